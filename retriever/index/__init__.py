"""Opens an index at a location: chooses the storage engine by the scheme of the location.

Only this module and ``retriever.maintenance`` know an engine by name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retriever.errors import USE_UTF_8, IndexNotFoundError, RetrieverError, UsageError
from retriever.paths import absolute_path

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.reports import Problem

_MILVUS_FILE = "milvus+file:"

Opener = Callable[[str, bool], "Index"]
"""Opens the index at a location; with the flag, an index that does not exist is created."""


def open_index(location: str | Path, *, create: bool = False) -> Index:
    """The index at a location: a folder, or ``scheme://…`` of another engine.

    With ``create`` a missing index is created by the first commit. Raises UsageError for an unknown scheme,
    IndexNotFoundError, IndexCorruptError, IndexReadError or IndexVersionError.
    """
    if isinstance(location, Path) or not is_uri(location):
        return _open_folder(location, create)
    location = str(location)
    scheme = location.partition(":")[0]
    if scheme not in OPENERS:
        raise UsageError(
            f"unknown index scheme {scheme + '://'!r} in {location!r}",
            hint=f"name a folder, or one of: {', '.join(f'{name}://' for name in OPENERS)}",
        )
    return OPENERS[scheme](location, create)


def is_uri(location: object) -> bool:
    """Whether a location is a URI, and not the path of a folder: ``scheme://…``, or a file by milvus-lite."""
    return "://" in str(location) or str(location).startswith(_MILVUS_FILE)


def _open_local(location: str, create: bool) -> Index:
    return _open_folder(_file_path(location), create)


def _open_folder(location: str | Path, create: bool) -> Index:
    from retriever.index.local.index import LocalIndex

    folder = _find_folder(location, UsageError if create else IndexNotFoundError)
    return LocalIndex.plan(folder) if create else LocalIndex.open(folder)


def _open_milvus(location: str, create: bool) -> Index:
    from retriever.index.milvus.index import MilvusIndex

    return MilvusIndex.open(location, create=create)


def _open_remote(location: str, create: bool) -> Index:
    from retriever.index.local.remote.index import open_remote

    return open_remote(location, create)


def _file_path(uri: str) -> str:
    """The path that a ``file://`` URI names (RFC 8089). Raises UsageError for one on another machine."""
    from urllib.request import url2pathname  # Brings the modules of HTTP along.

    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"{uri!r} names a folder on another machine, {parts.netloc!r}", hint="write file:///folder")
    return url2pathname(parts.path)


def check_index(index: Index) -> Index:
    """The index, unchanged. Raises UsageError for an object that lacks a member of ``Index``."""
    for member in ("location", "folder", "reading", "writing", "commit", "last_settings", "verify", "close"):
        if not hasattr(index, member):
            raise UsageError(
                f"{type(index).__name__} object is neither a location nor an index: it has no {member!r}",
                hint="give a folder, a URI, or an object that implements Index",
            )
    return index


def local_folder(location: str | Path) -> Path:
    """The folder of a local index. Raises UsageError for the URI of another engine, IndexNotFoundError."""
    if isinstance(location, str) and is_uri(location):
        if not location.startswith("file://"):
            raise UsageError(f"{location!r} is not a folder", hint="only an index in a local folder supports this")
        location = _file_path(location)
    return _find_folder(location, IndexNotFoundError)


def _find_folder(location: str | Path, refusal: type[RetrieverError]) -> Path:
    """The absolute path of a folder. Raises ``refusal`` for one that none of the libraries below could open."""
    folder = absolute_path(location, too_long=refusal)
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        is_utf_8 = sys.getfilesystemencoding() == "utf-8"
        hint = "name another folder, or rename those on the way to it" if is_utf_8 else USE_UTF_8
        raise refusal(f"no index can be at {str(folder)!r}: its path is not UTF-8", hint=hint) from error
    return folder


def verify_location(location: str | Path, *, deep: bool) -> list[Problem]:
    """List the problems of the index at a location, even one that is too damaged to be opened.

    Raises IndexNotFoundError, IndexVersionError, UsageError for an invalid location.
    """
    if isinstance(location, str) and is_uri(location) and not location.startswith("file://"):
        # One on an object store is opened without being read.
        index = open_index(location, create=location.startswith("s3://"))
        try:
            return index.verify(deep=deep)
        finally:
            index.close()
    from retriever.index.local.integrity.verify import verify

    return verify(local_folder(location), deep=deep)


# An engine is imported when a location names it.
OPENERS: dict[str, Opener] = {
    "file": _open_local,
    "milvus": _open_milvus,
    "milvus+file": _open_milvus,
    "s3": _open_remote,
}
