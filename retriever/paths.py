"""Paths as users give them, checked in this one place, and as citations show them."""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from pathlib import Path

from retriever.errors import USE_UTF_8, RetrieverError, UsageError, refuse_encoding
from retriever.types import MEMBER


def user_path(path: str | Path, *, too_long: type[RetrieverError] = UsageError) -> Path:
    """``path`` with ``~`` expanded, in the form of Unicode that the disk has. Whether anything exists is not checked.

    Raises UsageError for the home of an unknown user and for characters that are not allowed in paths, ``too_long``
    for a name or path that is longer than the operating system allows.
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"a path must be text or a Path, not {path!r}", hint="give each path by itself, as text")
    if not str(path):
        raise UsageError("the path is empty", hint="for the working folder write .")
    try:
        expanded = Path(path).expanduser()
    except RuntimeError as error:
        hint = "write the folder out, or begin the path with ./ if its name begins with ~"
        raise UsageError(f"unknown user in path {str(path)!r}", hint=hint) from error
    try:
        os.lstat(expanded)
    except UnicodeEncodeError as error:
        raise refuse_encoding(path, error) from error
    except ValueError as error:
        raise UsageError(
            f"invalid path {str(path)!r}: it contains characters not allowed in paths", hint="check the path"
        ) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            name = str(path)
            shown = name if len(name) <= 80 else f"{name[:80]}…"
            raise too_long(f"path too long: {shown!r}", hint="check the path") from error
        if error.errno == errno.ENOENT:
            return _find_stored(expanded)
    return expanded


def is_unicode(path: str) -> bool:
    """Whether a path is valid Unicode; file names need not be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def describe_undecodable() -> str:
    """Why a name that has halves of characters is refused; in a locale without UTF-8 its bytes may be text."""
    encoding = sys.getfilesystemencoding()
    if encoding == "utf-8":
        return "its name is not valid Unicode: rename it"
    return f"its name is not valid {encoding}: {USE_UTF_8}"


def _find_stored(path: Path) -> Path:
    """The path of which the existing part is written as the disk writes it.

    One name has several forms in Unicode, which look the same: keyboards type one of them, macOS stored another. Most
    file systems tell them apart.
    """
    found = Path(path.anchor)
    for at, part in enumerate(path.parts[1:] if path.anchor else path.parts):
        exact = found / part
        if not os.path.lexists(exact):
            stored = None if part.isascii() else _same_name(found, part)
            if stored is None:
                return found.joinpath(*(path.parts[1:] if path.anchor else path.parts)[at:])
            exact = found / stored
        found = exact
    return found


def _same_name(folder: Path, name: str) -> str | None:
    """The one entry of a folder whose name is canonically equivalent to ``name``; None without, or with several."""
    form = unicodedata.normalize("NFC", name)
    try:
        same = [entry for entry in os.listdir(folder) if unicodedata.normalize("NFC", entry) == form]
    except OSError:
        return None
    return same[0] if len(same) == 1 else None


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a file of at most ``most`` bytes; a device or a pipe may never end. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MB", str(path))
    return data


def absolute_path(path: str | Path, *, too_long: type[RetrieverError] = UsageError) -> Path:
    """As ``user_path``, absolute: it stays the same place when the working folder changes.

    Raises UsageError also for a relative path in a working folder that does not exist any more.
    """
    expanded = user_path(path, too_long=too_long)
    try:
        absolute = expanded.absolute()
        # What is above a link is not what stands before it.
        return absolute.resolve() if os.pardir in absolute.parts else absolute
    except OSError as error:
        raise UsageError(
            f"cannot tell where {str(path)!r} is: {(error.strerror or str(error)).lower()}",
            hint="change to a folder that exists, or give an absolute path",
        ) from error


def local_path(source: str, path: str) -> str:
    """The shortest path from the working folder to the file at the absolute ``path``.

    It is ``source`` if that still names the file, else a relative path for a file below the working folder, else the
    absolute path; of a member of that file, with ``!`` and the member behind it.
    """
    source, member = split_member(source, path)
    try:
        here = os.getcwd()
    except OSError:  # The working folder does not exist any more.
        return path + member
    below = path.startswith(here.rstrip(os.sep) + os.sep)
    shortest = os.path.relpath(path, here) if below else path
    # Where the source leads to is asked only where it makes a difference: the disk is slow to tell.
    return (source if source == shortest or os.path.realpath(source) == path else shortest) + member


def split_member(source: str, path: str) -> tuple[str, str]:
    """The source of the file at the absolute ``path``, and ``!`` and the member of it that a document is, if it is one.

    A file may have ``!`` in its own name, too.
    """
    if MEMBER not in source:
        return source, ""
    ends = [at for at, character in enumerate(source) if character == MEMBER]
    name = re.split(r"[/\\]", path)[-1]
    for at in (len(source), *ends):
        if re.split(r"[/\\]", source[:at])[-1] == name:
            return source[:at], source[at:]
    # Reached through a link of another name.
    if not ends or os.path.realpath(source) == path:
        return source, ""
    at = next((at for at in ends if os.path.realpath(source[:at]) == path), ends[0])
    return source[:at], source[at:]
