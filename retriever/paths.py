"""Validates paths given by the user: the one place where paths that cannot name a file are rejected."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from retriever.errors import RetrieverError, UsageError


def user_path(path: str | Path, *, too_long: type[RetrieverError] = UsageError) -> Path:
    """``path`` with ``~`` expanded. Whether anything exists there is not checked.

    Raises UsageError for the home of an unknown user and for characters that are not allowed in paths, ``too_long``
    for a name or path that is longer than the operating system allows.
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"a path must be text or a Path, not {path!r}")
    if not str(path):
        raise UsageError("the path is empty", hint="for the working folder write .")
    try:
        expanded = Path(path).expanduser()
    except RuntimeError as error:
        hint = "write the folder out, or begin the path with ./ if its name begins with ~"
        raise UsageError(f"unknown user in path {str(path)!r}", hint=hint) from error
    try:
        os.lstat(expanded)
    except ValueError as error:  # Also a UnicodeEncodeError.
        raise UsageError(f"invalid path {str(path)!r}: it contains characters not allowed in paths") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            name = str(path)
            shown = name if len(name) <= 80 else f"{name[:80]}…"
            raise too_long(f"path too long: {shown!r}", hint="check the path") from error
    return expanded
