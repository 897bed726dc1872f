"""Texts with marks of their own, line by line: what all such formats have in common.

Every line of the file stays a line, so that citations lead to it; a line that is not shown is left empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from retriever.documents.interface import Source
from retriever.errors import EmptyFileError
from retriever.types import Document, Heading


@dataclass(slots=True)
class MarkupLines:
    """A text that is built line by line, with its headings, title and metadata."""

    lines: list[str] = field(default_factory=list)
    marks: list[tuple[int, str, int]] = field(default_factory=list)
    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    def add(self, line: str = "") -> None:
        """Append a line as it is shown."""
        self.lines.append(line.rstrip())

    def add_heading(self, line: str, words: str, level: int) -> None:
        """Append a line that is a heading of these words."""
        self.add(line)
        if words.strip():
            self.marks.append((len(self.lines) - 1, words.strip(), max(1, level)))

    def document(self, source: Source) -> Document:
        """The document. Raises EmptyFileError if it has no text."""
        text = "\n".join(self.lines)
        if not text.strip():
            raise EmptyFileError("the file contains no text")
        headings = tuple(self._place_headings())
        first = next((heading.text for heading in headings if heading.level == 1), "")
        return Document(
            id=source.name,
            source=source.name,
            text=text,
            title=self.title or first,
            headings=headings or None,
            metadata=self.metadata,
        )

    def _place_headings(self) -> Iterable[Heading]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        for number, words, level in self.marks:
            shown = self.lines[number].lstrip()
            end = starts[number] + len(self.lines[number])
            if shown:
                yield Heading(words, level, end - len(shown), end)
