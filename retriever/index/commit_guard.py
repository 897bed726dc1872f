"""What refuses a commit from within the stream of another commit, for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retriever.errors import UsageError
from retriever.locks import renew_in_child


class CommitGuard:
    """Lets one commit at a time be made to the index at ``location``, by the thread whose turn it is to write."""

    def __init__(self, location: object) -> None:
        self._location = location
        self._committing = False
        renew_in_child(self)

    def renew(self) -> None:
        """Forget the parent's commit in the child of a fork."""
        self._committing = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be in the middle of a commit. Raises UsageError within another commit: one of the two would be lost."""
        if self._committing:
            hint = "do not write to an index from the iterator of documents that is being added to it"
            raise UsageError(f"this thread is already committing to the index {self._location}", hint=hint)
        self._committing = True
        try:
            yield
        finally:
            self._committing = False
