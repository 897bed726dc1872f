"""A path as the user gave it: the one place where what can name no file is refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from retriever.errors import RetrieverError, UsageError


def user_path(path: str | Path, *, too_long: type[RetrieverError] = UsageError) -> Path:
    """``path`` with ``~`` expanded. What is there, if anything, is the caller's business.

    Raises UsageError for the ``~`` of a user who is not known and for characters that no path can hold, ``too_long``
    for a name or path that is longer than the system has them.
    """
    try:
        expanded = Path(path).expanduser()
    except RuntimeError as error:
        hint = "write the folder out, or ./~ for one that is called so"
        raise UsageError(f"{path}: there is no such user", hint=hint) from error
    try:
        os.lstat(expanded)
    except ValueError as error:  # Also a UnicodeEncodeError.
        raise UsageError(f"{str(path)!r} is no path: it has characters that no path can hold") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            name = str(path)
            shown = name if len(name) <= 80 else f"{name[:80]}…"
            raise too_long(f"there can be no {shown}: the path is too long", hint="check the path") from error
    return expanded
