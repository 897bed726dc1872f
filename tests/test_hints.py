"""What the library advises: a command for the shell, and beside it what a program calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import retriever
from retriever_cli.advice import for_shell

LIBRARY = Path(retriever.__file__).parent
COMMANDS = "|".join(("index", "repair", "verify", "compact", "export", "import", "history", "forget", "models"))
SHELL = re.compile(rf"`retriever (?:{COMMANDS})\b|retriever index SOURCE|(?<![\w-])--[a-z][a-z-]+")
# These are for the shell in whatever form they come.
ELSEWHERE = ("pip install",)
WAYS_IN = ("serving", "integrations")


def find_texts(tree: ast.AST) -> Iterator[str]:
    """The strings of a module, each whole, with the names of its values; but no docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else ast.unparse(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | parts:
            yield node.value


@cache
def list_advice() -> list[tuple[str, str]]:
    """Every text of the library that names a command or an option of the command line, with its file."""
    paths = sorted(path for path in LIBRARY.rglob("*.py") if path.relative_to(LIBRARY).parts[0] not in WAYS_IN)
    texts = [(path.name, text) for path in paths for text in find_texts(ast.parse(path.read_text(encoding="utf-8")))]
    return [(name, text) for name, text in texts if SHELL.search(text) and not any(it in text for it in ELSEWHERE)]


def test_advice_for_the_shell_says_what_a_program_calls() -> None:
    advice = list_advice()
    assert len(advice) > 25
    names = re.compile(r"in Python: |Retriever\.|import_index\(|_IN_PYTHON|advise_rebuild")
    assert [(name, text) for name, text in advice if not names.search(text)] == []


@pytest.mark.parametrize(
    ("advice", "shown"),
    [
        ("run `retriever repair` (in Python: repair_index)", "run `retriever repair`"),
        ("do x --rebuild (in Python: Retriever.sync(..., rebuild=True)); or y", "do x --rebuild; or y"),
        ("a (in Python: f) b (in Python: g(1)): c", "a b: c"),
        ("links (that lead out) of (in Python", "links (that lead out) of (in Python"),
    ],
)
def test_a_shell_is_not_told_what_a_program_calls(advice: str, shown: str) -> None:
    assert for_shell(advice) == shown


def test_no_shell_advice_is_left_with_brackets() -> None:
    assert [text for _, text in list_advice() if "in Python" in for_shell(text)] == []
