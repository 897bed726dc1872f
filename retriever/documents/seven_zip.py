"""7z archives: every file in them is a document of its own format. The library that unpacks them is an extra."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from retriever.documents.archives import Archive
from retriever.documents.interface import Member, Source
from retriever.errors import EmptyFileError, MissingExtraError, ReadError, install_command
from retriever.signals import raise_of_signal

if TYPE_CHECKING:
    from py7zr import SevenZipFile

# Methods of packing, as the format numbers them: encryption, and one for programs that the library does not know.
# 7-Zip packs the programs in an archive apart by the second.
AES, BCJ2 = b"\x06\xf1\x07\x01", b"\x03\x03\x01\x1b"
UNSUPPORTED = "compressed by a method that is not supported"


def read_seven_zip(source: Source) -> Iterator[Member]:
    """The files in the archive. Raises MissingExtraError without the library."""
    try:
        import py7zr
    except ImportError as error:
        message = "reading 7z archives needs py7zr, which is not installed"
        raise MissingExtraError(message, hint=install_command("archives")) from error
    with source.open() as file:
        try:
            with py7zr.SevenZipFile(file, mode="r") as package:
                packed = [methods for entry in package.files if (methods := _methods(entry))]
                if packed and all(AES in methods for methods in packed):
                    raise _encrypted_error()
                yield from _iter_members(source, package)
        except ReadError:
            raise
        except py7zr.exceptions.PasswordRequired as error:
            # The list of files is encrypted, too.
            raise _encrypted_error() from error
        except py7zr.exceptions.UnsupportedCompressionMethodError as error:
            raise ReadError(f"the 7z archive is {UNSUPPORTED}") from error
        except Exception as error:
            raise_of_signal(error)
            # The library raises what the parsers below it do, of which there is no list.
            raise ReadError(f"the 7z archive is broken: {type(error).__name__}") from error


def _encrypted_error() -> ReadError:
    return ReadError("the 7z archive is encrypted", hint="pack it without a password")


def _iter_members(source: Source, package: SevenZipFile) -> Iterator[Member]:
    from py7zr.io import BytesIOFactory

    archive = Archive(source)
    entries = list(package.files)
    if not entries:
        raise EmptyFileError("the archive holds no files")
    # The name of each file in the archive, by that of its member, and why some are not unpacked.
    names: dict[str, str] = {}
    refused: dict[str, ReadError | None] = {}
    largest = 0
    for entry in entries:
        if not archive.may_go_on():
            break
        if entry.is_symlink or _is_special(entry):
            archive.add_link(entry.filename)
        elif not entry.is_directory:
            size = int(entry.uncompressed or 0)
            for member in archive.take(entry.filename, bytes):
                if member.name in names:
                    archive.report(member.name, "the archive has several files of this name; one of them is read")
                names[member.name] = entry.filename
                refused[member.name] = _refuse(archive, entry, size)
                largest = max(largest, size)
    archive.finish()
    # The files of an archive are packed together: all are unpacked in one pass, into memory that has been counted.
    factory = BytesIOFactory(largest + 1)
    package.extract(targets=[name for member, name in names.items() if refused[member] is None], factory=factory)
    for member_name, name in names.items():
        product, reason = factory.products.get(name), refused[member_name]
        yield Member(member_name, partial(_take, product, reason))


def _methods(entry: Any) -> frozenset[bytes]:
    """How a file is packed; nothing where it has no content."""
    return frozenset(coder["method"] for coder in entry.folder.coders) if entry.folder else frozenset()


def _refuse(archive: Archive, entry: Any, size: int) -> ReadError | None:
    """Why a file of ``size`` bytes is not unpacked; None if it is."""
    methods = _methods(entry)
    if AES in methods:
        return ReadError("it is encrypted", hint="pack it without a password")
    if BCJ2 in methods:
        return ReadError(f"it is {UNSUPPORTED}")
    try:
        archive.allow(size)
    except ReadError as error:
        return error
    return None


def _take(product: Any, refused: ReadError | None) -> bytes:
    if refused:
        raise refused
    if product is None:
        raise ReadError("it is broken: it cannot be unpacked")
    product.seek(0)
    data = bytes(product.read())
    if not data:
        raise EmptyFileError("the file is empty")
    return data


def _is_special(entry: Any) -> bool:
    mode = getattr(entry, "posix_mode", None)
    return mode is not None and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
