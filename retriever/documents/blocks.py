"""Builds a text from blocks (paragraphs, headings, table rows) and records the span of each heading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from retriever.lazy import compile_later
from retriever.text.scripts import CJK
from retriever.types import Heading

CJK_CHARACTER = compile_later(f"[{CJK}]")
# A line break inside a wrapped line of Chinese or Japanese, which stands for no space.
WRAPPED = compile_later(f"(?<=[{CJK}])[ \t]*\r?\n\\s*(?=[{CJK}])")
SPACES = re.compile("[ \t\r\n\f\v]+")


@dataclass(slots=True)
class Blocks:
    """A text that is built block by block. An empty line separates blocks; a line break joins those that run on."""

    parts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, *, level: int | None = None, run_on: bool = False) -> None:
        """Append a block, as a heading if ``level`` (from 1) is given. ``run_on`` omits the empty line before it."""
        text = text.strip(" \t\r\n")
        if not text.strip():  # also of no-break spaces, separators and the like
            return
        if self.parts:
            self._append("\n" if run_on else "\n\n")
        if level is not None:
            self.headings.append(Heading(text, level, self.length, self.length + len(text)))
        self._append(text)

    def append_blocks(self, other: Blocks) -> None:
        """Append all blocks of ``other``."""
        if other.parts:
            if self.parts:
                self._append("\n\n")
            self.headings += [
                replace(item, start=item.start + self.length, end=item.end + self.length) for item in other.headings
            ]
            self._append(other.text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    @property
    def text(self) -> str:
        """The text built so far."""
        return "".join(self.parts)


def collapse_whitespace(text: str) -> str:
    """``text`` with each run of white space replaced by one space, or by none where a Chinese line was wrapped."""
    return SPACES.sub(" ", WRAPPED.sub("", text)).strip(" ")


def split_title(headings: list[Heading]) -> tuple[str, tuple[Heading, ...]]:
    """The title, and the headings; if there is a title it becomes level 1 and all headings move down one level."""
    title = next((heading.text for heading in headings if heading.level == 0), "")
    shift = 1 if title else 0
    return title, tuple(replace(heading, level=heading.level + shift) for heading in headings)
