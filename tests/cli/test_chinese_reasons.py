"""Every reason, notice and hint about a file has its Chinese, whichever module says it."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever_cli.advice import for_shell
from retriever_cli.messages import localise

ROOT = Path(__file__).parents[2]
PACKAGE, COMMANDS = ROOT / "retriever", ROOT / "cli" / "retriever_cli" / "commands"
PLACE = re.compile(r"\{[^{}]*\}")
# What may stand in the place of an expression.
SAMPLES = (
    *("7", "x.y", "lines", "page 7", "pages 7, 8 and 9 more", "1 character was", "2 rows have", "series", "the book"),
    *("the file is empty", "a PDF document", "a DOCX", "2 .xyz, 3 of 2 other types", "2 pages, 1 image", "such as 7"),
    *("the file that was there stays", "add", "; 7 passages embedded, 7 from the cache", "before the newest"),
)
# Which arguments of a call are told, by the name of what is called; of an error the first.
TOLD = {
    **dict.fromkeys(("notice", "note", "append"), 0),
    **dict.fromkeys(("Notice", "SkippedSource", "report", "Problem", "add"), 1),
    **dict.fromkeys(("classify_read_error",), 2),
}
ERROR = re.compile(
    r"(?!IndexError|NotImplemented|Protocol|Value|Type|OS|Key|NotOurs|Database)[A-Z]\w+Error|\w+_error|_damage"
)
NAMES = {"reason", "message", "problem"}
EXPLAINING = re.compile(r"_?(?:explain|describe|check|advise)_\w+")
# Made of what is told elsewhere.
FOREIGN = {"{}; {}", "{} {}", "({})", "cannot rebuild without {}: ", "{} of near-duplicates"}
FOREIGN |= {"{} of {} other types", "{} other types"}


def modules() -> list[Path]:
    """The modules that read files, or say of files that they are not read; of upkeep, of serving and of commands."""
    ingest = [PACKAGE / "ingest" / f"{name}.py" for name in ("changes", "counts", "read", "scan", "seen", "sync")]
    folders = [PACKAGE / name for name in ("documents", "index/cache", "index/files", "index/local", "maintenance")]
    folders += [PACKAGE / "serving/mcp/clients", PACKAGE / "serving/http", COMMANDS]
    found = [*ingest, PACKAGE / "ingest/vanished.py"]
    found += [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return [path for path in found if "remote" not in path.parts]


def told_in(path: Path) -> Iterator[tuple[str, bool]]:
    """The templates of what a module tells, and whether it is advice."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        for said, advice in told_by(node):
            for text in texts(said, constants):
                if text not in FOREIGN:
                    yield text.removeprefix("hint: "), advice or text.startswith("hint: ")


def told_by(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The expressions that a node tells, and whether they are advice."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = 0 if ERROR.fullmatch(name) else TOLD.get(name, len(node.args))
        yield from ((said, False) for said in node.args[at : at + 1])
        yield from ((said.value, said.arg == "hint") for said in node.keywords if said.arg in {"hint", "problem"})
        if name == "problem":  # a refusal of the server
            yield from zip(node.args[2:], (False, True), strict=False)
    elif isinstance(node, ast.Assign):
        named = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if named & {*NAMES, "hint"}:
            yield node.value, "hint" in named
        if isinstance(node.value, ast.Dict) and any(name.endswith(("HINTS", "REFUSALS")) for name in named):
            yield from ((value, True) for value in node.value.values)
    elif isinstance(node, ast.FunctionDef) and EXPLAINING.fullmatch(node.name):
        advice = "advise" in node.name
        for given in ast.walk(node):
            if isinstance(given, ast.Return | ast.Yield) and given.value is not None:
                parts = given.value.elts if isinstance(given.value, ast.Tuple) else [given.value]
                yield from zip(parts, (advice, True), strict=False)


def texts(node: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    """What an expression may be, with ``{expression}`` in its places; nothing if it is not text of words."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = node.value
    elif isinstance(node, ast.JoinedStr):
        found = "".join(
            str(part.value) if isinstance(part, ast.Constant) else constants.get(ast.unparse(part.value), "{}")
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    elif isinstance(node, ast.Name) and node.id in constants:
        found = constants[node.id]
    elif isinstance(node, ast.IfExp | ast.BoolOp):
        for part in (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values:
            yield from texts(part, constants)
        return
    else:
        return
    if re.search("[a-z] [a-z]", found.replace("{}", "a a")):
        yield found


def is_chinese(template: str, *, advice: bool) -> bool:
    """Whether what a template becomes is shown in Chinese."""
    parts = for_shell(template).split("{}")
    for filling in itertools.product(SAMPLES, repeat=len(parts) - 1):
        line = "".join(itertools.chain(*itertools.zip_longest(parts, filling, fillvalue="")))
        lines = [f"hint: {line}"] if advice else [f"skipped: a: b.pdf: {line}", f"error: {line}", f"error: a/b {line}"]
        if any(is_whole(parts, localise(line)) for line in lines):
            return True
    return False


def is_whole(parts: list[str], shown: str) -> bool:
    """Whether a line is in Chinese and keeps no words of the message, but those of a command."""
    words = (part.strip(" ;,.()") for part in parts if "retriever" not in part and "--" not in part)
    return not shown.isascii() and not any(re.search("[a-z] [a-z]", part) and part in shown for part in words)


TEMPLATES = sorted({told for path in modules() for told in told_in(path)})


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")


@pytest.mark.parametrize(("template", "advice"), TEMPLATES)
def test_every_reason_has_its_chinese(template: str, advice: bool) -> None:
    assert is_chinese(template, advice=advice)


def test_the_reasons_are_found() -> None:
    found = {template for template, _ in TEMPLATES}
    assert {"the 7z archive is encrypted", "the OFD document has no text", "no text on {}", "unclosed quote"} <= found


def test_a_reason_without_chinese_is_noticed() -> None:
    assert not is_chinese("the document is of tomorrow", advice=False)
    assert not is_chinese("wait until {}", advice=True)
