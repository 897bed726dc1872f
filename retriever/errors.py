"""Every error that Retriever raises on purpose, as one tree.

An error says what is wrong and where; its hint says what to do about it. The command line prints both
and maps each branch to an exit code. Nothing here is raised for a programming mistake.
"""

from __future__ import annotations


class RetrieverError(Exception):
    """Base of all errors meant for a user: ``str(error)`` is one sentence, ``error.hint`` the remedy."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(RetrieverError):
    """An argument that cannot be acted on: an empty query, a missing path, an unknown setting."""


class FilterError(UsageError):
    """A filter expression that does not parse; ``position`` is the 0-based character it fails at."""

    def __init__(self, message: str, *, expression: str, position: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.expression = expression
        self.position = position


class ReadError(RetrieverError):
    """A source that cannot be read as a document: binary, encrypted, broken, empty or too large."""


class ModelError(RetrieverError):
    """A model that cannot be found, loaded or used."""


class MissingExtraError(ModelError):
    """A feature whose optional dependency is not installed; the hint is the pip command."""


class StorageError(RetrieverError):
    """Base of what goes wrong with an index folder."""


class IndexNotFoundError(StorageError):
    """There is no index at the path."""


class IndexCorruptError(StorageError):
    """A file of the index is missing, truncated or altered."""


class IndexReadError(StorageError):
    """A file of the index cannot be read now, though it may be whole: no permission, too many open files, the disk."""


class IndexVersionError(StorageError):
    """The index was written in a format that this version does not know."""


class FingerprintMismatchError(StorageError):
    """The index was built with another model or other settings than the ones asked for."""


class IndexLockedError(StorageError):
    """Another process is writing to the index."""


class IndexWriteError(StorageError):
    """The index cannot be written: read-only, no permission, or the disk is full."""
