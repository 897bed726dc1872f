"""Text put together from blocks (paragraphs, headings, rows of tables), with the place of each heading kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from retriever.types import Heading

# Scripts that are written without spaces: a line end between two of their characters is no space.
UNSPACED = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
CJK_CHARACTER = re.compile(f"[{UNSPACED}]")
WRAPPED = re.compile(f"(?<=[{UNSPACED}])[ \t]*\r?\n\\s*(?=[{UNSPACED}])")
SPACES = re.compile("[ \t\r\n\f\v]+")


@dataclass(slots=True)
class Blocks:
    """A text that grows block by block. Blocks are set apart by an empty line, those of one run by a line end."""

    parts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, *, level: int | None = None, run_on: bool = False) -> None:
        """Append a block, a heading when ``level`` (from 1) is given; ``run_on`` sets it right below the last."""
        text = text.strip(" \t\r\n")
        if not text:
            return
        if self.parts:
            self._append("\n" if run_on else "\n\n")
        if level is not None:
            self.headings.append(Heading(text, level, self.length, self.length + len(text)))
        self._append(text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def collapse_whitespace(text: str) -> str:
    """``text`` with each run of white space as one space, or as none where a line of Chinese was wrapped."""
    return SPACES.sub(" ", WRAPPED.sub("", text)).strip(" ")


def format_row(cells: list[str]) -> str:
    """A row of a table as text: ``a | b | c``; empty when all of its cells are."""
    return " | ".join(cells) if any(cells) else ""
