"""The compound files of the older formats of Office: their streams, and their properties under the common names."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.interface import Source
from retriever.errors import ReadError

if TYPE_CHECKING:
    from olefile import OleFileIO

ENCRYPTED = "the document is encrypted"
NO_PASSWORD = "save it without a password"
# The properties of the summary that become metadata, and the names that olefile has for them.
TEXTS = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "comments": "description",
}
TIMES = {"create_time": "created", "last_saved_time": "modified"}
COUNTS = {"num_pages": "pages", "slides": "pages"}
# What olefile calls a stream, as opposed to a storage.
STREAM = 2
# Before it no program wrote such files; what is older stands for no date.
FIRST_YEAR = 1980


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
            found = self._file.get_metadata()
        except MemoryError:
            raise
        except Exception:  # a library's parser of untrusted data, without which the text can still be read
            return {}
        codepage = f"cp{(found.codepage or 1252) & 0xFFFF}".replace("cp65001", "utf-8")
        properties: dict[str, Any] = {}
        for name, ours in TEXTS.items():
            text = collapse_whitespace(_decode(getattr(found, name), codepage))
            if text:
                properties[ours] = text
        for name, ours in TIMES.items():
            time = getattr(found, name)
            if isinstance(time, datetime) and time.year > FIRST_YEAR:
                properties[ours] = time.replace(microsecond=0).isoformat() + "Z"
        for name, ours in COUNTS.items():
            count = getattr(found, name)
            if isinstance(count, int) and count > 0:
                properties[ours] = count
        return properties


def read_stream(file: OleFileIO, path: str | list[str]) -> bytes:
    """The bytes of a stream. Raises OSError, and what else olefile does, for one that is damaged.

    One that states to be larger than the file leads round in circles, and would be read until the memory is full. So
    would the stream that holds all small ones, and the table of what is where in it.
    """
    if file.get_type(path) != STREAM:
        raise OSError("what should be a stream in it is none")
    table = file.num_mini_fat_sectors * file.sector_size
    if max(file.get_size(path), file.root.size, table) > file.fp.seek(0, os.SEEK_END):
        raise OSError("a stream in it states to be larger than the file")
    try:
        with file.openstream(path) as stream:
            return bytes(stream.read())
    except OverflowError as error:
        raise OSError("it states sectors of an impossible size") from error


@contextmanager
def open_compound(source: Source, what: str) -> Iterator[CompoundFile]:
    """The compound file of a source; ``what`` names its format in errors. Raises ReadError."""
    import olefile

    data = source.read_bytes()
    try:
        file = olefile.OleFileIO(io.BytesIO(data))
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


def _decode(value: object, codepage: str) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode(codepage, "replace").partition("\0")[0]
        except LookupError:
            return value.decode("cp1252", "replace").partition("\0")[0]
    return value.partition("\0")[0] if isinstance(value, str) else ""
