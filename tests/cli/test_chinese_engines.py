"""Every error about an index elsewhere, a cluster that embeds and settings that differ is told in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever import errors
from retriever_cli.advice import for_shell
from retriever_cli.messages import localise

ROOT = Path(__file__).parents[2]
PLACES = ("index/__init__.py", "index/settings.py", "index/local/remote", "index/milvus", "ingest/workers")
# Of objects, which no command takes, or with parts that come from elsewhere, which are tried below or elsewhere.
OTHERS = {
    "rebuild the index: retriever index SOURCE... --index x --rebuildx",
    "x object is neither a location nor an index: it has no 'x'",
    "x is 'x'",
}
ERRORS = {name for name in vars(errors) if name.endswith("Error")}
OTHERS |= {
    "the index x was built with another x: x there, x here",
    "give a folder, a URI, or an object that implements Index",
    "x is being written by x",
}


def list_modules() -> list[Path]:
    roots = [ROOT / "retriever" / place for place in PLACES]
    return [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*.py")))]


def fill(node: ast.AST, constants: dict[str, str]) -> str | None:
    """A message with ``x`` at its places; None for one that is made elsewhere."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.FormattedValue):
        return (fill(node.value, constants) or "x") if node.conversion != ord("r") else "'x'"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "advise_rebuild":
        return errors.advise_rebuild("x" if node.args else None)
    if isinstance(node, ast.JoinedStr):
        return "".join(fill(part, constants) or "" for part in node.values)
    return None


def list_messages() -> Iterator[str]:
    """What the errors say that the modules raise, a message or a hint each."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in list_modules()]
    options = ast.parse((ROOT / "retriever/ingest/options.py").read_text(encoding="utf-8"))
    constants: dict[str, str] = {}
    for node in [one for tree in (options, *trees) for one in tree.body]:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants[node.targets[0].id] = fill(node.value, constants) or "x"
    for call in [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        if isinstance(call.func, ast.Name) and call.func.id in ERRORS and call.args:
            hints = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
            yield from filter(None, (fill(node, constants) for node in (call.args[0], *hints)))


MESSAGES = sorted({for_shell(message) for message in list_messages()} - OTHERS - {"x"})


def test_there_are_messages() -> None:
    assert len(MESSAGES) > 80


@pytest.mark.parametrize("message", MESSAGES)
def test_it_is_told_in_chinese(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh")
    assert localise(f"error: {message}") != f"error: {message}"


def test_the_part_that_differs_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh")
    told = localise("error: the index docs was built with another chunker or passage length: 4|1 there, 6|1 here")
    assert told == "错误：索引 docs 使用的切分方式或段落长度不同：索引中是 4|1，这里是 6|1"
    told = localise(
        "hint: rebuild the index: retriever index SOURCE... --index docs --rebuild; or use the model that it was "
        "built with: mine"
    )
    assert told == "提示：请重建索引：retriever index SOURCE... --index docs --rebuild；或使用建立它的模型：mine"
