"""Source code: the text as it is, with the definitions of functions, classes and the like as its outline.

Python is parsed; definitions of other languages are found line by line, by the words that begin them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.types import Document, Heading

PYTHON = (".py", ".pyi", ".pyw")
EXTENSIONS = tuple(
    f".{name}"
    for name in [
        "c",
        "cc",
        "clj",
        "cpp",
        "cs",
        "cxx",
        "dart",
        "el",
        "erl",
        "ex",
        "exs",
        "f90",
        "go",
        "gradle",
        "groovy",
        "h",
        "hh",
        "hpp",
        "hs",
        "java",
        "jl",
        "js",
        "jsx",
        "kt",
        "kts",
        "lisp",
        "lua",
        "m",
        "mjs",
        "ml",
        "mm",
        "php",
        "pl",
        "pm",
        "proto",
        "ps1",
        "py",
        "pyi",
        "pyw",
        "r",
        "rb",
        "rs",
        "scala",
        "sh",
        "bash",
        "sql",
        "svelte",
        "swift",
        "ts",
        "tsx",
        "vb",
        "vue",
    ]
)
MODIFIERS = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|partial|async|override|open|data|"
    r"pub(?:\([a-z]+\))?|unsafe|extern|inline|virtual|local|declare|readonly|suspend|case|implicit|lazy|create|replace|or|"
    r"const|mut|fileprivate|required|@\w+)\s+)*"
)
DEFINES = (
    r"class|interface|struct|enum|trait|impl|module|namespace|object|record|protocol|extension|actor|mixin|union|type|"
    r"message|service|def|defp|defmodule|func|fn|fun|function|sub|proc|procedure|method|constructor|macro_rules!|package|table|view|"
    r"trigger|subroutine|program"
)
DEFINITION = re.compile(
    rf"[ \t]*(?P<head>{MODIFIERS}(?:{DEFINES})\b[ \t]*(?:\([^()]*\)[ \t]*)?(?:<[^<>]*>[ \t]*)?"
    r"(?P<name>[^\W\d][\w$.:?!]*))",
    re.IGNORECASE,
)
# A function as C and its descendants define it: a type, a name, arguments, and an opening brace here or below.
C_LIKE = re.compile(r"[ \t]*(?:[\w$<>\[\],.:~?@]+[ \t*&]+){1,8}(?P<name>[\w$:~]+)[ \t]*\(")
# What may follow the name of something that is defined; prose does not go on so.
AFTER = re.compile(
    r"[ \t]*(?:[({<:=\[;,]|->|\Z|(?:extends|implements|where|for|is|as|begin|do|with|returns|on|if|struct|func)\b)",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"[ \t]*(?P<head>(?:export[ \t]+)?(?:const|let|var)[ \t]+(?P<name>[\w$]+)[^=]{0,80}=[ \t]*(?:async[ \t]*)?"
    r"(?:function\b|\([^()]*\)[^=]{0,80}=>|[\w$]+[ \t]*=>)).*"
)
NO_FUNCTION = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "new",
        "throw",
        "await",
        "yield",
        "case",
        "do",
        "with",
        "when",
        "elif",
        "until",
        "unless",
        "try",
        "delete",
        "typeof",
        "in",
        "not",
        "and",
        "or",
        "print",
        "echo",
        "assert",
        "using",
        "lock",
        "foreach",
    ]
)
# Longer lines are data or were written by programs.
LONGEST_LINE = 400
DEEPEST = 6


def read_code(source: Source) -> Iterator[Document]:
    """One document, called as its file."""
    text = decode_source(source)
    found = _find_in_python(text) if source.path.suffix.lower() in PYTHON else None
    headings = _find_by_line(text) if found is None else found
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        title=source.path.name,
        headings=headings or None,
        metadata={"code": source.path.suffix.lower().removeprefix(".")},
    )


def _find_in_python(text: str) -> tuple[Heading, ...] | None:
    """The definitions in Python; None if it cannot be parsed."""
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    # Lines as the parser counts them.
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
    headings: list[Heading] = []

    def visit(node: ast.AST, level: int) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                word = "class" if isinstance(child, ast.ClassDef) else "def"
                start = starts[min(child.lineno, len(starts)) - 1]
                headings.append(_mark(text, start, f"{word} {child.name}", level))
                visit(child, level + 1)
            elif not isinstance(child, ast.expr):
                visit(child, level)

    try:
        visit(tree, 1)
    except RecursionError:
        return None
    return _in_order(headings)


def _find_by_line(text: str) -> tuple[Heading, ...]:
    """The lines that define something, each one level below the one above it that is indented less."""
    headings: list[Heading] = []
    indents: list[int] = []
    for found in re.finditer(r"[^\r\n]+", text):
        line = found[0]
        if len(line) > LONGEST_LINE:
            continue
        words = _find_definition(line)
        if words:
            indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
            while indents and indents[-1] >= indent:
                indents.pop()
            indents.append(indent)
            headings.append(_mark(text, found.start(), words, len(indents)))
    return _in_order(headings)


def _find_definition(line: str) -> str:
    """What a line defines, in its own words; "" if nothing."""
    found = DEFINITION.match(line)
    if found is not None:
        return " ".join(found["head"].split()) if AFTER.match(line, found.end()) else ""
    found = BOUND.fullmatch(line)
    if found is not None:
        return " ".join(found["head"].split())
    found = C_LIKE.match(line)
    if found is None or found["name"] in NO_FUNCTION or not NO_FUNCTION.isdisjoint(found[0].split()):
        return ""
    rest = line[found.end() :].rstrip()
    if ";" in rest or not rest.endswith(("{", ")", ",", ":")) or "=" in rest:
        return ""
    return " ".join(line.strip().rstrip("{").split())


def _mark(text: str, start: int, words: str, level: int) -> Heading:
    """A heading of the line that begins at ``start``."""
    end = min((at for at in (text.find("\n", start), text.find("\r", start)) if at >= 0), default=len(text))
    line = text[start:end]
    first = start + len(line) - len(line.lstrip())
    return Heading(words, min(level, DEEPEST), first, start + len(line.rstrip()))


def _in_order(headings: list[Heading]) -> tuple[Heading, ...]:
    kept: list[Heading] = []
    for heading in sorted(headings, key=lambda heading: heading.start):
        if heading.end > heading.start and (not kept or heading.start >= kept[-1].end):
            kept.append(heading)
    return tuple(kept)
