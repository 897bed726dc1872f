"""docs/integrations.md is true: its examples run, one after the other, as whoever copies them runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
SECTIONS = ("LangChain", "LlamaIndex", "Haystack")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the examples. The index that the first page makes is up to date for the next."""
    made = tmp_path_factory.mktemp("work")
    (made / "examples").symlink_to(ROOT / "examples")
    return made


@pytest.mark.parametrize("name", SECTIONS)
def test_the_examples_of_a_framework_run(name: str, folder: Path) -> None:
    section = re.split(r"^## ", PAGE.partition(f"\n## {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    script = folder / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


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
