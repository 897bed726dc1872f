"""docs/api.md is true: every public name, argument and field is on it, and its examples run.

So do those of the READMEs and of docs/integrations.md.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_index import ExampleIndex
from fork_server import run

import retriever

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PAGES = {"docs/api.md": 5, "README.md": 1, "README.zh.md": 2}  # with the number of examples that a page has at least

# As where the extra alone is installed: Haystack imports torch, and scikit-learn pandas, wherever they are.
HIDE = f"import sys; sys.path.append({str(ROOT / 'tests')!r}); from hidden import hide; hide('pandas', 'torch')"

METHODS = [
    name for name, _ in inspect.getmembers(retriever.Retriever, inspect.isfunction) if not name.startswith("_")
] + ["open"]
FUNCTIONS = [name for name in retriever.__all__ if inspect.isfunction(getattr(retriever, name))]
VALUES = [name for name in retriever.__all__ if dataclasses.is_dataclass(getattr(retriever, name))]


def signature_of(function: Callable[..., Any]) -> str:
    """A call as the page writes it: names, defaults and the star, without self and annotations."""
    parameters = list(inspect.signature(function).parameters.values())
    bare = [item.replace(annotation=inspect.Parameter.empty) for item in parameters if item.name != "self"]
    return str(inspect.Signature(bare)).replace("'", '"').replace("67108864", "64 * 1024 * 1024")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, examples: ExampleIndex) -> Path:
    """Where the examples of pages run: what they index has been embedded before."""
    return make_folder(tmp_path_factory.mktemp("pages"), examples)


@pytest.fixture(scope="module")
def framework_folder(tmp_path_factory: pytest.TempPathFactory, examples: ExampleIndex) -> Path:
    """Where those of frameworks run. The index that the first one makes is up to date for the next."""
    return make_folder(tmp_path_factory.mktemp("frameworks"), examples)


def make_folder(folder: Path, examples: ExampleIndex) -> Path:
    for name in ("reports", "work"):
        examples.give_embeddings(folder / "indexes" / name)
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "reports").symlink_to(ROOT / "examples" / "corpus")
    return folder


def run_examples(text: str, least: int, folder: Path) -> None:
    """Run the examples of a text, at least so many, one after the other."""
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= least
    # In a process of their own, as whoever copies them runs them: each index that they open loads a model.
    script = "\n".join([HIDE, *blocks])
    code, _, errors = run([sys.executable, "-c", script], b"", timeout=120, cwd=folder)
    assert code == 0, errors.decode()


@pytest.mark.parametrize(("page", "least"), PAGES.items())
def test_the_examples_run_one_after_the_other(page: str, least: int, folder: Path) -> None:
    run_examples((ROOT / page).read_text("utf-8"), least, folder)


@pytest.mark.parametrize("name", ["LangChain", "LlamaIndex", "Haystack"])
def test_the_examples_of_a_framework_run(name: str, framework_folder: Path) -> None:
    page = (ROOT / "docs" / "integrations.md").read_text("utf-8")
    section = re.split(r"^## ", page.partition(f"\n## {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    run_examples(section, 2, framework_folder)


@pytest.mark.parametrize("name", retriever.__all__)
def test_every_public_name_is_on_the_page(name: str) -> None:
    assert re.search(rf"`{name}\b", PAGE)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_on_the_page_with_its_arguments(name: str) -> None:
    prefix = "Retriever." if name == "open" else ""
    written = re.search(rf"^### .*`{re.escape(prefix + name)}(\(.*?\))`", PAGE, re.MULTILINE)
    assert written is not None
    assert written[1] == signature_of(getattr(retriever.Retriever, name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_on_the_page_with_its_arguments(name: str) -> None:
    assert f"`{name}{signature_of(getattr(retriever, name))}`" in PAGE


@pytest.mark.parametrize("name", VALUES)
def test_every_field_is_on_the_page(name: str) -> None:
    value = getattr(retriever, name)
    assert [field.name for field in dataclasses.fields(value) if f"`{field.name}`" not in PAGE] == []
