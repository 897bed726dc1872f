"""An adapter whose framework is not installed says how to install it."""

from __future__ import annotations

import subprocess
import sys

import pytest

FRAMEWORKS = {
    "langchain": ("langchain_core", "langchain"),
    "llama_index": ("llama_index.core", "llama-index"),
    "haystack": ("haystack", "haystack"),
}


@pytest.mark.parametrize("module", FRAMEWORKS)
def test_without_its_framework_an_adapter_names_the_command(module: str) -> None:
    library, extra = FRAMEWORKS[module]
    program = (
        f"import sys\nsys.modules[{library!r}] = None\n"
        "from retriever.errors import MissingExtraError\n"
        f"try:\n    import retriever.integrations.{module}\n"
        "except MissingExtraError as error:\n    print(error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"[{extra}]" in done.stdout


def test_the_package_imports_no_framework() -> None:
    program = (
        "import sys, retriever, retriever.integrations\n"
        "retriever.Retriever\n"
        "print([name for name in ('langchain_core', 'llama_index', 'haystack') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
