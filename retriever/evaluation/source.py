"""A file of lines as text, and errors that name its lines. Nothing here knows a format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retriever.errors import UsageError
from retriever.paths import user_path


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of the file ``name``, line breaks as ``\\n``."""

    name: str
    text: str

    def error(self, line: int, message: str, *, hint: str = "") -> UsageError:
        """An error about a line; lines count from 1."""
        return UsageError(f"{self.name}, line {line}: {message}", hint=hint)

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def lines(self) -> list[tuple[int, str]]:
        """The lines that are not blank, with their numbers."""
        return [(number, line) for number, line in enumerate(self.text.split("\n"), 1) if line.strip()]


def read_source(path: Path) -> SourceText:
    """The file as UTF-8, with or without a byte order mark.

    Raises UsageError where it cannot be read, or is no UTF-8.
    """
    try:
        data = user_path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}, line {line}: not UTF-8", hint="convert the file to UTF-8") from error
    return SourceText(str(path), text.replace("\r\n", "\n").replace("\r", "\n"))
