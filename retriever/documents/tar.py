"""TAR archives, packed by gzip, bzip2 or xz or not at all, and single files packed by these.

The archive is read from its beginning, as it must be where it is packed: once for the names, once for the files.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import BinaryIO, cast

from retriever.documents.archives import Archive, broken_error
from retriever.documents.encodings import decode_bytes, detect_encoding
from retriever.documents.interface import MEMBERS, Member, Source, format_bytes, too_large_error
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import SkippedSource

# What unpacking a damaged archive may raise; TypeError where a header of gzip ends early.
UNPACK_ERRORS = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError, TypeError)
OPENERS: Mapping[bytes, tuple[str, Callable[[BinaryIO], BinaryIO]]] = {
    b"\x1f\x8b": ("gzip", lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file))),
    b"BZh": ("bzip2", lambda file: cast(BinaryIO, bz2.BZ2File(file))),
    b"\xfd7zXZ": ("xz", lambda file: cast(BinaryIO, lzma.LZMAFile(file))),  # noqa: SIM115
}
# How far a packed archive is gone through for small members behind large ones.
PASSED, PASSED_A_BYTE = 512 << 20, 64
BLOCK = 1 << 20


def read_tar(source: Source) -> Iterator[Member]:
    """The files in the archive, in its order; of a packed file that is not an archive, that file."""
    with source.open() as file:
        head = file.read(6)
        packing = next((packing for mark, packing in OPENERS.items() if head.startswith(mark)), None)
        file.seek(0)
        archive = _open_archive(file)
        if archive is not None:
            yield from _iter_members(source, archive, limited=packing is not None)
        elif packing is None:
            raise ReadError("what looks like a TAR archive is broken: no file in it can be found")
        else:
            file.seek(0)
            name = source.path.stem or "unnamed"
            kind, opener = packing
            with opener(file) as packed:
                data = _read_all(source, packed, kind)
            yield Member(name, lambda: data)


def _open_archive(file: BinaryIO) -> tarfile.TarFile | None:
    with suppress(*UNPACK_ERRORS):
        return tarfile.open(fileobj=file, mode="r|*", encoding="utf-8", errors="surrogateescape")
    return None


def _iter_members(source: Source, package: tarfile.TarFile, *, limited: bool) -> Iterator[Member]:
    archive = Archive(source)
    archive.leave_replaced(_iter_names(source, limited=limited))
    most = PASSED + PASSED_A_BYTE * source.size
    count = 0
    while (entry := _next(source, package)) is not None and archive.may_go_on():
        count += 1
        if limited and package.offset > most:
            reason = f"the rest of the archive was not read: it unpacks to more than {format_bytes(most)}"
            source.report(SkippedSource(source.name, reason))
            break
        if count - 1 in archive.replaced:
            continue
        if entry.isreg():
            yield from archive.take(_decode_name(entry.name), partial(_unpack, archive, package, entry))
        elif not entry.isdir():
            archive.add_link(_decode_name(entry.name))
        if not limited and package.offset > source.size:
            # To pass over what is not there takes as long as if it were.
            entry = None
            break
    if not count:
        raise EmptyFileError("the archive holds no files")
    if entry is None and not _has_end(package):
        source.notice("the archive has no mark at its end: it may have been cut")
    archive.finish()


def _iter_names(source: Source, *, limited: bool) -> Iterator[str | None]:
    """The names of the entries, as far as the archive is read; None for what is not a file."""
    most = PASSED + PASSED_A_BYTE * source.size if limited else source.size
    with source.open() as file, suppress(*UNPACK_ERRORS):
        package = _open_archive(file)
        for _ in range(MEMBERS):
            entry = package.next() if package is not None else None
            if package is None or entry is None or package.offset > most:
                return
            package.members = []  # type: ignore[attr-defined]
            yield _decode_name(entry.name) if entry.isreg() else None


def _has_end(package: tarfile.TarFile) -> bool:
    """Whether the second of the two empty blocks follows by which an archive ends."""
    with suppress(*UNPACK_ERRORS):
        return package.fileobj is not None and len(package.fileobj.read(tarfile.BLOCKSIZE)) > 0
    return False


def _next(source: Source, package: tarfile.TarFile) -> tarfile.TarInfo | None:
    """The next entry; None at the end, and where the archive cannot be read any further."""
    try:
        entry = package.next()
    except UNPACK_ERRORS:
        source.report(SkippedSource(source.name, "the rest of the archive was not read: it is broken"))
        return None
    # What was passed is not needed again, and would fill the memory.
    package.members = []  # type: ignore[attr-defined]
    return entry


def _decode_name(name: str) -> str:
    """The name of an entry, of which bytes that are not UTF-8 have been kept."""
    if name.isascii():
        return name
    data = name.encode("utf-8", "surrogateescape")
    return decode_bytes(data, detect_encoding(data).name)[0]


def _unpack(archive: Archive, package: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    archive.allow(entry.size)
    try:
        part = package.extractfile(entry)
        data = part.read() if part is not None else b""
    except UNPACK_ERRORS as error:
        raise broken_error("it cannot be unpacked") from error
    if len(data) < entry.size:
        raise broken_error("it is truncated")
    return data


def _read_all(source: Source, packed: BinaryIO, kind: str) -> bytes:
    """The whole of a packed file, whose size nothing states."""
    limit = source.max_size
    parts: list[bytes] = []
    size = 0
    try:
        while block := packed.read(BLOCK):
            size += len(block)
            source.room.take(len(block))
            if limit is not None and size > limit:
                raise too_large_error(size, limit)
            parts.append(block)
    except UNPACK_ERRORS as error:
        raise ReadError(f"the file is compressed ({kind}) and broken: it cannot be unpacked") from error
    if not parts:
        raise EmptyFileError("the file is empty")
    return b"".join(parts)
