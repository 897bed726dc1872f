"""The compound files of the older formats of Office: their streams, and their properties under the common names."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from retriever.documents.interface import Source
from retriever.documents.ole_properties import read_properties
from retriever.errors import ReadError

if TYPE_CHECKING:
    from olefile import OleFileIO

ENCRYPTED = "the document is encrypted"
NO_PASSWORD = "save it without a password"
SUMMARY, DOCUMENT_SUMMARY = "\x05SummaryInformation", "\x05DocumentSummaryInformation"
# What olefile calls a stream, as opposed to a storage.
STREAM = 2
# Where the header has the sizes of sectors and of small ones, as powers of two, and those that [MS-CFB] 2.2 allows.
SHIFTS, SECTOR_SHIFTS, SMALL_SECTOR_SHIFT = 30, (9, 12), 6


def open_ole(file: BinaryIO) -> OleFileIO:
    """A compound file by olefile. Raises OSError, and what else olefile does, for one that is damaged.

    Of a sector of 2^38 bytes olefile would read as much at once.
    """
    import olefile

    file.seek(SHIFTS)
    sector, small = struct.unpack("<HH", file.read(4).ljust(4, b"\0"))
    if sector not in SECTOR_SHIFTS or small != SMALL_SECTOR_SHIFT:
        raise OSError("its sectors have an impossible size")
    file.seek(0)
    return olefile.OleFileIO(file)


class CompoundFile:
    """An open compound file."""

    def __init__(self, file: OleFileIO) -> None:
        self._file = file

    def has(self, name: str) -> bool:
        """Whether there is a stream of this name."""
        return bool(self._file.exists(name))

    def read(self, name: str) -> bytes:
        """The bytes of a stream; none if it does not exist."""
        return read_stream(self._file, name) if self._file.exists(name) else b""

    def properties(self) -> dict[str, Any]:
        """The properties of the document under the names that all formats share; {} if they are damaged."""
        try:
            return read_properties(self.read(SUMMARY), self.read(DOCUMENT_SUMMARY))
        except (OSError, IndexError):  # without them the text can still be read
            return {}


def read_stream(file: OleFileIO, path: str | list[str]) -> bytes:
    """The bytes of a stream. Raises OSError, and what else olefile does, for one that is damaged.

    One that claims to be larger than the file leads round in circles, and would be read until the memory is full. So
    would the stream that holds all small ones, and the table of what is where in it.
    """
    if file.get_type(path) != STREAM:
        raise OSError("what should be a stream in it is not one")
    table = file.num_mini_fat_sectors * file.sector_size
    if max(file.get_size(path), file.root.size, table) > file.fp.seek(0, os.SEEK_END):
        raise OSError("a stream in it claims to be larger than the file")
    with file.openstream(path) as stream:
        return bytes(stream.read())


@contextmanager
def open_compound(source: Source, what: str) -> Iterator[CompoundFile]:
    """The compound file of a source; ``what`` names its format in errors. Raises ReadError."""
    try:
        file = open_ole(io.BytesIO(source.read_bytes()))
    except (OSError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ReadError(f"the document is broken or not {what}: its streams cannot be found") from error
    try:
        if file.exists("EncryptedPackage"):
            raise ReadError(ENCRYPTED, hint=NO_PASSWORD)
        yield CompoundFile(file)
    except (OSError, IndexError) as error:
        raise ReadError(f"the document is broken: {error}") from error
    finally:
        file.close()
