"""How far an indexing run is: it moves with the passages that are embedded, which is what takes the time.

How many there will be is unknown before all files are read, so it is estimated from the sizes of the files.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.reports import Progress

if TYPE_CHECKING:
    from retriever.ingest.changes import ChangedFile
    from retriever.types import Document

# Until files of a format have been read: bytes of text to a byte of the file. They count as much as so many bytes.
DENSITY = {".pdf": 0.05, ".docx": 0.1, ".html": 0.4, ".htm": 0.4, ".png": 0.003, ".jpg": 0.003, ".tif": 0.003}
PLAIN_DENSITY = 0.95
DENSITY_WEIGHT = 20_000
# Until passages have been cut: their length in bytes. It counts as much as one passage.
PASSAGE_LENGTH = 700


@dataclass(slots=True)
class IndexingProgress:
    """Counts the work of a run and reports it. ``searchable`` says that its words are committed."""

    on_progress: Callable[[Progress], None]
    searchable: bool = False
    _files: int = 0
    _files_read: int = 0
    _unread: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _read_bytes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _read_text: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _text: int = 0
    _current: tuple[str, int, int] = ("", 0, 0)
    _passages: int = 0
    _embedded: int = 0
    _share: float = 0.0

    def begin(self, files: Sequence[ChangedFile]) -> None:
        """Take note of the files to read."""
        self._files = len(files)
        for changed in files:
            self._unread[_extension(changed)] += changed.file.size

    def begin_file(self, changed: ChangedFile) -> None:
        """Begin to read a file."""
        kind, size = _extension(changed), changed.file.size
        self._unread[kind] -= size
        self._current = kind, size, 0

    def count_document(self, document: Document) -> None:
        """Count a document of the current file."""
        kind, size, text = self._current
        length = len(document.text.encode("utf-8", "surrogatepass"))
        self._current = kind, size, text + length
        self._text += length

    def count_page(self, source: str, done: int, total: int) -> None:
        """Report that pages of a file have been recognised."""
        detail = f"{done:,} of {total:,} pages of {source} recognised"
        self.on_progress(Progress("index", self._files_read, self._files, "files", detail, self._share))

    def end_file(self) -> None:
        """Count the current file as read, and report."""
        kind, size, text = self._current
        self._read_bytes[kind] += size
        self._read_text[kind] += text
        self._current = "", 0, 0
        self._files_read += 1
        self._report()

    def count_chunked(self, passages: int) -> None:
        """Count passages that are to be embedded."""
        self._passages += passages

    def count_embedded(self, passages: int) -> None:
        """Count passages that have been embedded, or come from the cache, and report."""
        self._embedded += passages
        self._report()

    def _report(self) -> None:
        total = max(1, self._passages + round(self._estimate_rest()))
        # An estimate that grows must not move a bar back.
        self._share = max(self._share, min(1.0, self._embedded / total))
        done = self._embedded
        about = "" if total == self._passages else "about "
        detail = f"{done:,} of {about}{total:,} passages" if done < total else f"{done:,} passages"
        # Before any is embedded, the sizes of files are all that is known.
        parts = [] if about and not done else [detail]
        if self.searchable and done < total:
            parts.append("searchable")
        detail = ", ".join(parts)
        self.on_progress(Progress("index", self._files_read, self._files, "files", detail, self._share))

    def _estimate_rest(self) -> float:
        """The passages of what has not been read."""
        text = sum(size * self._density(kind) for kind, size in self._unread.items())
        kind, size, read = self._current
        text += max(0.0, size * self._density(kind) - read)
        return text * (self._passages + 1) / (self._text + PASSAGE_LENGTH)

    def _density(self, kind: str) -> float:
        known = self._read_text[kind] + DENSITY.get(kind, PLAIN_DENSITY) * DENSITY_WEIGHT
        return known / (self._read_bytes[kind] + DENSITY_WEIGHT)


def _extension(changed: ChangedFile) -> str:
    return os.path.splitext(changed.file.source)[1].lower()
