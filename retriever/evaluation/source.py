"""The text of a query set or qrels file, and errors that name its lines. Nothing here knows a format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retriever.errors import UsageError
from retriever.paths import read_file, user_path

MOST = 256 << 20
"""The most bytes of a file that are read; the largest public sets of questions have some ten million."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of the file ``name``, with line feeds as line breaks."""

    name: str
    text: str

    def error(self, line: int, message: str, *, hint: str = "") -> UsageError:
        """An error about a line, counted from 1."""
        return UsageError(f"{self.name}, line {line}: {message}", hint=hint)

    def line_at(self, offset: int) -> int:
        """The number of the line at an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def lines(self) -> list[tuple[int, str]]:
        """The lines that are not blank, with their numbers."""
        return [(number, line) for number, line in enumerate(self.text.split("\n"), 1) if line.strip()]


def read_source(path: str | Path) -> SourceText:
    """Read a file as UTF-8, with or without a byte order mark.

    Raises UsageError if it cannot be read, has more than ``MOST`` bytes or is not UTF-8.
    """
    try:
        data = read_file(user_path(path), MOST)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}, line {line}: not UTF-8", hint="convert the file to UTF-8") from error
    return SourceText(str(path), text.replace("\r\n", "\n").replace("\r", "\n"))


def list_some(names: Iterable[str]) -> str:
    """The first three names for a message, separated by commas, with an ellipsis if there are more."""
    listed = list(names)
    return ", ".join(listed[:3]) + (", …" if len(listed) > 3 else "")
