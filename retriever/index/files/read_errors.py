"""Tells a damaged file of an index from one that the system cannot read at the moment and that may be intact.

The libraries that read the files hardly make this distinction, so their errors are classified here.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from retriever.errors import EXHAUSTED, IndexCorruptError, IndexReadError, advise_rebuild
from retriever.index.files.access import UnexpectedFileError, is_there, list_folder, opened
from retriever.signals import raise_of_signal

REBUILD = (
    f"repair it with `retriever repair` (in Python: repair_index), or {advise_rebuild()}; "
    "vectors that are already computed are reused"
)
UNEXPECTED = (
    "an index has regular files in folders, and no links: do not use one like this from somebody else; in your own, "
    "put the file itself there, or run `retriever repair` (in Python: repair_index)"
)
_PERMISSION = "check the permissions of the file and of the folders above it"
_DISK = (
    "the disk or the network drive fails: check it, then check the index with `retriever verify` "
    "(in Python: verify_index)"
)
_LOOP = "a link in this path leads back to itself: name the folder of the index, or repair the link"
_REFUSALS = {
    **EXHAUSTED,
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EIO: _DISK,
    errno.ESTALE: _DISK,
    errno.ETIMEDOUT: _DISK,
    errno.ELOOP: _LOOP,
}


def classify_read_error(path: Path, error: BaseException, what: str = "") -> IndexReadError | IndexCorruptError:
    """The error to raise when reading ``path``, a file or a folder of files, has failed with ``error``.

    Its message is ``what``, by default the message of ``error``. Raises that instead where a signal raised it.
    """
    pass_on_timeout(error)
    if code := _refusal(path, error):
        return IndexReadError(f"{path} cannot be read: {os.strerror(code)}", hint=_REFUSALS[code])
    if isinstance(error, FileNotFoundError):
        return IndexCorruptError(f"{error.filename or path} is missing", hint=REBUILD)
    if isinstance(error, UnexpectedFileError):
        return IndexCorruptError(f"{error.filename} cannot be read: {error.strerror}", hint=UNEXPECTED)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return IndexCorruptError(f"{path} {what or f'cannot be read: {reason}'}", hint=REBUILD)


def pass_on_timeout(error: BaseException) -> None:
    """Raise what a signal handler raised, such as a time limit; a TimeoutError of the system has a number."""
    raise_of_signal(error)
    if isinstance(error, TimeoutError) and error.errno is None:
        raise error


def exists(path: Path) -> bool:
    """Whether anything stands at ``path``. Raises IndexReadError where the system does not allow to find out."""
    try:
        return is_there(path)
    except OSError as error:
        refused = classify_read_error(path, error)
        if isinstance(refused, IndexReadError):
            raise refused from error
        return False


def _refusal(path: Path, error: BaseException) -> int:
    """The errno of a refusal by the system: from the error, its message, or another attempt to read; 0 for none."""
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        return error.errno
    if isinstance(error, UnexpectedFileError):
        return 0
    message = str(error)
    for code in _REFUSALS:
        if os.strerror(code) in message:
            return code
    try:
        for file in [path / name for name in list_folder(path)] if path.is_dir() else [path]:
            if not file.is_dir():
                with opened(file) as handle:
                    os.read(handle, 1)
    except OSError as again:
        return again.errno if again.errno in _REFUSALS else 0
    return 0
