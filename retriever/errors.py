"""The hierarchy of errors that Retriever raises deliberately.

The message says what is wrong and where, the hint what to do about it. The command line prints both and maps each
branch to an exit code. Programming errors raise other exceptions.
"""

from __future__ import annotations

import errno
import shlex
from collections.abc import Callable

PACKAGE = "retriever-engine"
# The most characters of a message: an id that it quotes may have any number.
LONGEST = 5000
_IN_PYTHON = " (in Python: Retriever.sync(..., rebuild=True))"
# What to do where the system has no more of what a process asks for.
FREE_FILES = "close other programs or raise the limit of open files (ulimit -n), and run the same command again"
FREE_MEMORY = "close other programs or raise the limit of memory (ulimit -v), and run the same command again"
EXHAUSTED = {errno.EMFILE: FREE_FILES, errno.ENFILE: FREE_FILES, errno.ENOMEM: FREE_MEMORY}
USE_UTF_8 = "set LANG to a locale in UTF-8, such as C.UTF-8"


class RetrieverError(Exception):
    """Base of all errors meant for a user: ``str(error)`` is the message, ``error.hint`` says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(_shorten(message))
        self.hint = _shorten(hint)

    def __reduce__(self) -> tuple[Callable[..., RetrieverError], tuple[object, ...], dict[str, object]]:
        """For pickle, which would call the class with the message alone."""
        return _restore, (type(self), *self.args), self.__dict__


def _shorten(text: str) -> str:
    """The text; one that is too long without its middle, as it says at both ends what is wrong."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 + 1 :]}"


def _restore(kind: type[RetrieverError], *arguments: object) -> RetrieverError:
    error = kind.__new__(kind)
    error.args = arguments
    return error


class UsageError(RetrieverError):
    """An invalid argument: an empty query, a missing path, an unknown setting."""


class FilterError(UsageError):
    """An invalid filter expression; ``position`` is the 0-based offset of the error in ``expression``."""

    def __init__(self, message: str, *, expression: str, position: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.expression = expression
        self.position = position


class NotFoundError(UsageError):
    """An id that no passage or document of the index has."""


class ReadError(RetrieverError):
    """A source that cannot be read as a document: it is binary, encrypted, broken, empty or too large."""


class EmptyFileError(ReadError):
    """A source without a single byte, row or word: worth a notice, but no failure."""


class UnfinishedReadError(ReadError):
    """A source whose reading was broken off, so that what it holds is unknown; what an index has of it stays.

    The system refused to read it, its reader failed or died, or it went beyond the limits of memory, time or output.
    """


class ModelError(RetrieverError):
    """A model that cannot be found, loaded or used."""


class MissingExtraError(ModelError):
    """An optional dependency is not installed; the hint is the pip command."""


class ProcessError(RetrieverError):
    """A process that was to search has ended before it answered, or cannot be started."""


class ProcessTimeoutError(ProcessError):
    """A process that was to search did not answer in time, and was ended."""


class StorageError(RetrieverError):
    """Base of all errors about a stored index."""


class IndexNotFoundError(StorageError):
    """There is no index at the location."""


class IndexCorruptError(StorageError):
    """A file of the index is missing, truncated or altered."""


class IndexReadError(StorageError):
    """A file of the index cannot be read, but may be intact: no permission, too many open files, a disk error."""


class IndexUnavailableError(IndexReadError):
    """The server that stores the index cannot be reached, does not answer or refuses access; the index is as it was."""


class IndexVersionError(StorageError):
    """The index has a format that this version does not support."""


class FingerprintMismatchError(StorageError):
    """The index was built with another model or other settings than those requested."""


class IndexLockedError(StorageError):
    """Another process is writing to the index."""


class IndexWriteError(StorageError):
    """The index cannot be written: it is read-only, permission is missing, or the disk is full."""


def refuse_encoding(path: object, error: UnicodeEncodeError) -> UsageError:
    """The error about a path that cannot be written in the encoding of file names; ``error`` has tried."""
    if error.encoding.lower() in ("utf-8", "utf-16-le"):
        return UsageError(
            f"invalid path {str(path)!r}: it contains characters not allowed in paths", hint="check the path"
        )
    return UsageError(f"{str(path)!r} cannot be written in {error.encoding}", hint=USE_UTF_8)


def advise_rebuild(location: object = None) -> str:
    """The hint to rebuild an index: the one at ``location``, or that of the command that fails."""
    if location is None:
        return f"rebuild the index: retriever index SOURCE... --rebuild{_IN_PYTHON}"
    return f"rebuild the index: retriever index SOURCE... --index {shlex.quote(str(location))} --rebuild{_IN_PYTHON}"


def install_command(extra: str) -> str:
    """The pip command that installs an extra, for the way in which this package was installed.

    From a checkout or a file, the name alone would look for a release, of which there may be none.
    """
    import json
    from importlib import metadata
    from urllib.parse import unquote, urlsplit

    try:
        origin = json.loads(metadata.distribution(PACKAGE).read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        origin = {}
    url = str(origin.get("url", "")) if isinstance(origin, dict) else ""
    if not url:
        return f'pip install "{PACKAGE}[{extra}]"'
    directory = origin.get("dir_info")
    if isinstance(directory, dict) and directory.get("editable"):
        folder = unquote(urlsplit(url).path)
        return f"pip install -e {shlex.quote(f'{folder}[{extra}]')}"
    history = origin.get("vcs_info")
    scheme = f"{history.get('vcs', 'git')}+" if isinstance(history, dict) else ""
    return f'pip install "{PACKAGE}[{extra}] @ {scheme}{url}"'
