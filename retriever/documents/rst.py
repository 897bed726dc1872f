"""reStructuredText (.rst): titles by their underlines; comments, targets and options of directives left out.

Literal blocks and code are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END
from retriever.documents.markup_lines import MarkupLines
from retriever.types import Document

ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")
TARGET = re.compile(r"[ \t]*\.\.[ \t]+(?:_[^:]*:|__)")
NOTE = re.compile(r"([ \t]*)\.\.[ \t]+(\[[^\[\]]+\](?:[ \t].*)?)")
DIRECTIVE = re.compile(r"([ \t]*)\.\.[ \t]+(?:\|[^|]*\|[ \t]*)?([\w.:-]+)::(.*)")
COMMENT = re.compile(r"([ \t]*)\.\.(?:[ \t]+(?![\w.:-]+::).*)?")
OPTION = re.compile(r"[ \t]+:[\w -]+:(?:[ \t].*)?")
FIELD = re.compile(r":([\w -]+):[ \t]+(.+)")
ROLE = re.compile(r":[\w.+-]+(?::[\w.+-]+)?:`([^`<>]*)(?:<[^`<>]*>)?`")
LINK = re.compile(r"`([^`<>]+)<[^`<>]*>`__?")
QUOTED = re.compile(r"``([^`]+)``|(?<![`\w])`([^`]+)`(?:__?)?(?!`)")
STRONG = re.compile(r"(?<![\w*])\*{1,2}([^\s*](?:[^*]*[^\s*])?)\*{1,2}(?![\w*])")
# Directives whose content is code, and those whose content is shown to nobody.
CODE = frozenset({"code", "code-block", "sourcecode", "math", "productionlist", "doctest", "testcode"})
UNSHOWN = frozenset(
    {"toctree", "raw", "highlight", "image", "include", "contents", "meta", "index", "currentmodule", "module"}
)
METADATA = {"author": "author", "authors": "author", "date": "date", "version": "version", "copyright": "copyright"}


def read_rst(source: Source) -> Iterator[Document]:
    """One document. Its title is its first title of the outermost level."""
    yield _show(LINE_END.split(decode_source(source))).document(source)


def _show(lines: list[str]) -> MarkupLines:
    out = MarkupLines()
    levels: dict[str, int] = {}
    block = _Block()
    at = 0
    while at < len(lines):
        line = lines[at]
        titled = None
        if block.holds(line):
            block.add_to(out, line)
        elif titled := _match_title(lines, at):
            mark, words, count = titled
            level = levels.setdefault(mark, len(levels) + 1)
            for _ in range(count - 2):
                out.add()
            out.add_heading(_inline(words), _inline(words), level)
            out.add()
            block = _Block()
        else:
            block = _add_line(out, line, options=block.options)
        at += titled[2] if titled else 1
    return out


@dataclass(slots=True)
class _Block:
    """The lines that are indented more than ``indent`` are hidden or literal; ``options`` may come first."""

    indent: int | None = None
    hidden: bool = False
    options: bool = False

    def holds(self, line: str) -> bool:
        return self.indent is not None and (not line.strip() or len(line) - len(line.lstrip()) > self.indent)

    def add_to(self, out: MarkupLines, line: str) -> None:
        self.options = self.options and OPTION.fullmatch(line) is not None
        out.add("" if self.hidden or self.options else line)


def _add_line(out: MarkupLines, line: str, *, options: bool) -> _Block:
    """Append a line outside of blocks, and return the block that it begins."""
    indent = len(line) - len(line.lstrip())
    if found := DIRECTIVE.fullmatch(line):
        hidden = found[2] in UNSHOWN
        out.add("" if hidden else found[1] + _inline(found[3].strip()))
        return _Block(indent if hidden or found[2] in CODE else None, hidden, options=True)
    if TARGET.match(line):
        out.add()
    elif found := NOTE.fullmatch(line):
        out.add(found[1] + _inline(found[2]))
    elif COMMENT.fullmatch(line):
        out.add()
        return _Block(indent, hidden=True)
    elif options and OPTION.fullmatch(line):
        out.add()
        return _Block(options=True)
    else:
        _add_text(out, line)
        return _Block(indent if line.rstrip().endswith("::") else None)
    return _Block(options=options)


def _add_text(out: MarkupLines, line: str) -> None:
    found = FIELD.fullmatch(line)
    if found and (name := METADATA.get(found[1].lower())):
        out.metadata.setdefault(name, found[2].strip())
    out.add("" if ADORNMENT.fullmatch(line) else _inline(line))


def _match_title(lines: list[str], at: int) -> tuple[str, str, int] | None:
    """The kind, the words and the number of lines of a title that begins at a line."""
    here = lines[at]
    after = lines[at + 1] if at + 1 < len(lines) else ""
    if ADORNMENT.fullmatch(here) and after.strip() and not ADORNMENT.fullmatch(after):
        below = lines[at + 2] if at + 2 < len(lines) else ""
        if below[:1] == here[:1] and ADORNMENT.fullmatch(below):
            return f"{here[0]}{here[0]}", after.strip(), 3
    long_enough = 2 * len(after.rstrip()) >= len(here.strip())
    if (
        here.strip()
        and not here[0].isspace()
        and ADORNMENT.fullmatch(after)
        and long_enough
        and not ADORNMENT.fullmatch(here)
    ):
        return after[0], here.strip(), 2
    return None


def _inline(line: str) -> str:
    line = ROLE.sub(lambda found: found[1].rstrip(), line)
    line = LINK.sub(lambda found: found[1].rstrip(), line)
    line = QUOTED.sub(lambda found: found[1] or found[2], line)
    return STRONG.sub(r"\1", line).removesuffix("::") + (
        ":" if line.rstrip().endswith("::") and line.strip() != "::" else ""
    )
