"""The interface of readers: a reader is a function from a source file to its documents, and to files in it.

A reader gets the bytes by ``source.read_bytes()``, decoded text by ``decode_source(source)``, which refuses what is not
text (blank files, binary ones, and any with the mark of a binary format), or the file by ``source.open()``, never by
its path: it may be a member of an archive. A library that it needs is imported inside its functions.

It raises ReadError with the reason if nothing in the file can be read, and lets OSErrors pass. It reports lesser
problems (replaced characters) by ``source.notice``, and a part that it leaves out (a malformed row) by
``source.report(SkippedSource(f"{source.name}:{line}", reason))``, which also makes the exit code 4.

It yields ``Document(id=source.name, source=source.name, text=...)``; of a file of rows the id is the row's own, and
``line`` the line that it begins on. What a document must be, as ``tests/documents/invariants.py`` checks:

- ``text`` is not blank and has no lone surrogates or NULs. A citation counts its lines: a format that people open as
  text keeps the lines of the file, and leaves those empty that are not shown;
- ``headings`` are in order and do not overlap, each a non-empty span in ``text`` with words and a level from 1; if
  there are none they are None, never (), and the outline is found in the text;
- ``pages`` are the offsets at which pages begin, ascending from 0, and empty for a format without pages;
- ``places`` are for a format that is cited otherwise than by lines and pages: ascending offsets, each with the name, on
  one line, that a citation ends with;
- ``title`` and ``metadata`` are as the format has them, ``metadata`` by the names that other formats use.

Of a format that holds files (an archive, a message with attachments) it yields a ``Member`` for each, whose ``unpack``
asks ``source.room`` before it unpacks. ``read.py`` reads it by its own format, as the document ``container!member``.

A file that was read whole is read again only when it changes: another reader for a known extension takes effect with
``--rebuild``. Nothing here knows a format.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from retriever.errors import EmptyFileError, ReadError
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import MEMBER, Document

Report = Callable[[Notice | SkippedSource | WaitingPages], None]
"""Receives what the user should know: a notice about a source, or a part of it that was skipped or waits."""


# What may be unpacked of one file, and for each byte of it: text packs to a tenth, rarely to less than a twentieth.
UNPACKED, UNPACKED_A_BYTE = 6 << 20, 24
# Members of containers in one file that are looked at.
MEMBERS = 50_000
# Pages of one file that are recognised, and bytes of it for each further one: a scan takes thousands a page.
PAGES, BYTES_A_PAGE = 50, 1_000


@dataclass(slots=True)
class Room:
    """What may still be unpacked of a file, from containers within containers as well, and recognised in it."""

    limit: int = UNPACKED
    taken: int = 0
    members: int = 0
    pages: int = PAGES

    @classmethod
    def of(cls, size: int) -> Room:
        """The room of a file of ``size`` bytes."""
        return cls(UNPACKED + UNPACKED_A_BYTE * size, pages=PAGES + size // BYTES_A_PAGE)

    def take(self, size: int) -> None:
        """Count a member of ``size`` unpacked bytes. Raises ReadError if that is too much."""
        if self.taken + size > self.limit:
            raise ReadError(f"not unpacked: all of the file would come to more than {format_bytes(self.limit)}")
        self.taken += size

    def count(self) -> bool:
        """Count a member, and tell whether it may be looked at."""
        self.members += 1
        return self.members <= MEMBERS

    def take_pages(self, wanted: int) -> int:
        """How many of ``wanted`` pages may be recognised; they are counted."""
        given = min(wanted, self.pages)
        self.pages -= given
        return given


class PageStore(Protocol):
    """Keeps what was recognised on pages, by a digest of the picture and the recogniser."""

    def recall(self, key: bytes) -> bytes | None:
        """What was remembered under ``key``; None if nothing was."""
        ...

    def remember(self, key: bytes, value: bytes) -> None:
        """Keep ``value`` under ``key``."""
        ...

    def count(self, source: str, done: int, total: int) -> None:
        """Take note that ``done`` of ``total`` pages of a file have been recognised."""
        ...


class RecognitionHost(PageStore, Protocol):
    """What the process that reads files offers to the reading of containers and the recognition of pages."""

    def enter(self, name: str) -> bool:
        """Take note that the file ``name`` in a container is read from now on; False if it is to be passed over."""
        ...

    def allow(self, *, memory: int = 0, seconds: int = 0) -> None:
        """Let the file take more bytes of memory and seconds of the processor."""
        ...


class NoHost:
    """A ``RecognitionHost`` that keeps nothing, for the reading of one file."""

    def recall(self, key: bytes) -> bytes | None:
        """None: nothing is kept."""
        return None

    def remember(self, key: bytes, value: bytes) -> None:
        """Keep nothing."""

    def count(self, source: str, done: int, total: int) -> None:
        """Take no note."""

    def enter(self, name: str) -> bool:
        """True: nothing is passed over."""
        return True

    def allow(self, *, memory: int = 0, seconds: int = 0) -> None:
        """Change nothing: there are no limits."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or a member of one that contains others.

    ``name`` is the path as the user knows it. ``encoding`` overrides detection. ``max_size`` is the maximum number of
    bytes held in memory at once: of the file, or of one row if rows are read one by one. A member is not a file: it has
    its bytes in ``data``, and its ``path`` only has its name. ``depth`` is how many containers it lies in, and
    ``room`` what may still be unpacked, for all members of a file. ``host`` is asked before members are read and pages
    recognised.
    """

    path: Path
    name: str
    encoding: str | None
    max_size: int | None
    report: Report
    data: bytes | None = field(default=None, repr=False)
    depth: int = 0
    room: Room = field(default_factory=Room, repr=False)
    host: RecognitionHost = field(default_factory=NoHost, repr=False)

    def notice(self, message: str) -> None:
        """Report a notice about this source."""
        self.report(Notice(self.name, message))

    def open(self) -> BinaryIO:
        """The file, opened for reading, with a position that can be set."""
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)

    @property
    def size(self) -> int:
        """The number of bytes of the file."""
        return os.stat(self.path).st_size if self.data is None else len(self.data)

    def enclose(self, name: str) -> Source:
        """The source of a member of this one, empty until its ``data`` is unpacked."""
        path = Path(name.rpartition("/")[2] or "unnamed")
        return replace(self, path=path, name=f"{self.name}{MEMBER}{name}", data=b"", depth=self.depth + 1)

    def read_bytes(self) -> bytes:
        """The whole file. Raises ReadError if it is larger than ``max_size`` or empty."""
        with self.open() as file:
            size = self.size
            data = file.read() if self.max_size is None else file.read(self.max_size + 1)
        if self.max_size is not None and len(data) > self.max_size:
            raise too_large_error(max(size, len(data)), self.max_size)
        if not data:
            raise EmptyFileError("the file is empty")
        return data


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container, such as an attachment, to be read by the reader of its own format.

    ``name`` is its path within the container, with ``/`` between folders. ``unpack`` gives its bytes, and raises
    ReadError with the reason if it cannot; it is not called for a format that is not read. ``reader`` is set where the
    container knows the format.
    """

    name: str
    unpack: Callable[[], bytes]
    reader: Reader | None = None


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Source, /) -> Iterator[Document | Member]:
        """The documents of ``source`` in order, none of them blank, and its members where they stand.

        Raises ReadError if there are none.
        """
        ...


def too_large_error(size: int, limit: int) -> ReadError:
    """The error for a file of ``size`` bytes where ``limit`` are allowed."""
    return ReadError(
        f"the file is too large: {format_bytes(size)}, the limit is {format_bytes(limit)}",
        hint="raise the limit with --max-file-size (in Python: max_file_size=...)",
    )


def format_bytes(size: int) -> str:
    """A human-readable size: ``17 bytes``, ``1.5 MB`` (1 MB is 1024 * 1024 bytes)."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" or value == int(value) else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"
