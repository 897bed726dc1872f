"""ZIP archives: every file in them is a document of its own format, ``archive.zip!folder/name``.

Names are decoded as what they most plausibly are, since many programs write them in the encoding of their system.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from lzma import LZMAError

from retriever.documents.archives import Archive, broken_error
from retriever.documents.encodings import decode_bytes, detect_encoding
from retriever.documents.interface import Member, Source
from retriever.documents.mixed_encodings import is_utf8
from retriever.errors import EmptyFileError, ReadError

# What unpacking a damaged archive may raise.
UNPACK_ERRORS = (zipfile.BadZipFile, zlib.error, LZMAError, ValueError, EOFError, OSError, struct.error, RuntimeError)
ENCRYPTED, UTF8 = 1, 0x800
# The field of an entry that has its name in UTF-8, beside one in the encoding of a system.
UNICODE_PATH = 0x7075


def read_zip(source: Source) -> Iterator[Member]:
    """The files in the archive, in its order."""
    with source.open() as file:
        try:
            package = zipfile.ZipFile(file)
        except UNPACK_ERRORS as error:
            raise ReadError("the ZIP archive is broken: it has no readable list of its files") from error
        with package:
            entries = package.infolist()
            if not entries:
                raise EmptyFileError("the archive holds no files")
            yield from _iter_members(source, package, entries)


def _iter_members(source: Source, package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> Iterator[Member]:
    archive = Archive(source)
    names = _decode_names(source, entries)
    archive.leave_replaced(None if name.endswith("/") else name for name in names)
    for at, (entry, name) in enumerate(zip(entries, names, strict=True)):
        if not archive.may_go_on():
            break
        if at in archive.replaced:
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            archive.add_link(name)
        elif not name.endswith("/"):
            yield from archive.take(name, partial(_unpack, archive, package, entry))
    archive.finish()


def _unpack(archive: Archive, package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & ENCRYPTED:
        raise ReadError("it is encrypted", hint="pack it without a password")
    archive.allow(entry.file_size)
    try:
        with package.open(entry) as part:
            # Never more than the entry states, whatever it unpacks to.
            return part.read(entry.file_size)
    except NotImplementedError as error:
        raise ReadError("it is compressed by a method that is not supported") from error
    except UNPACK_ERRORS as error:
        raise broken_error("it cannot be unpacked") from error


def _decode_names(source: Source, entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries, with ``/`` between folders."""
    raw = {
        entry.orig_filename: entry.orig_filename.encode("cp437")
        for entry in entries
        if not entry.flag_bits & UTF8 and not entry.orig_filename.isascii()
    }
    named = source.encoding or detect_encoding(b"\n".join(raw.values())).name if raw else ""
    if raw and not source.encoding and any(not is_utf8(name) for name in raw.values()):
        source.notice(f"encoding of the names in the archive guessed: {named}")
    names = []
    for entry in entries:
        name = entry.orig_filename.partition("\0")[0]
        if entry.orig_filename in raw:
            name = _read_unicode_path(entry) or decode_bytes(raw[entry.orig_filename], named)[0]
        names.append(name if "/" in name else name.replace("\\", "/"))
    return names


def _read_unicode_path(entry: zipfile.ZipInfo) -> str:
    """The name in the field for it, if that belongs to the name that the entry has."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == UNICODE_PATH and size > 5:
            (checksum,) = struct.unpack_from("<I", extra, 5)
            if checksum == zlib.crc32(entry.orig_filename.encode("cp437")):
                return extra[9 : 4 + size].decode("utf-8", "replace")
        extra = extra[4 + size :]
    return ""
