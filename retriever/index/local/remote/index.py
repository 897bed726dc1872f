"""The index at ``s3://bucket/prefix``: asks for the newest generation, mirrors it, and searches the mirror.

A reading asks the server whether ``CURRENT`` has changed. Files are fetched once a machine. While one thread or process
fetches a generation, the others that have one go on with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError, StorageError
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.audit import Audit
from retriever.index.local.later import LaterVersion
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.manifest import CURRENT, POINTER_SIZE, Manifest
from retriever.index.local.remote.faults import MissingObjectError
from retriever.index.local.remote.fetch import PUBLISH_AGAIN, fetch_manifest, parse_current, read_current
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings
from retriever.index.local.remote.mirror import GENERATIONS_KEPT, Mirror
from retriever.index.local.remote.publication import RemotePublication, missing_error
from retriever.index.local.remote.removal import drop
from retriever.index.local.remote.store import ObjectStore
from retriever.index.local.remote.verify import verify_objects
from retriever.index.local.snapshot import LocalSnapshot
from retriever.locks import ForkSafeLock, renew_in_child
from retriever.reports import Problem

if TYPE_CHECKING:
    from retriever.index.interface import Changes
    from retriever.index.settings import IndexSettings


FETCHED_AGAIN = "ask again: what is missing or damaged of the copy on this machine is fetched again"


class RemoteIndex:
    """An index on an object store; see ``Index``. Safe to use from many threads."""

    folder: Path | None = None
    """See ``Index.folder``: the mirror is a copy, which may be deleted."""

    def __init__(
        self,
        location: RemoteLocation,
        *,
        create: bool = False,
        settings: RemoteSettings | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Asks for nothing yet; use ``open_remote``. Raises MissingExtraError, StorageError for an invalid endpoint."""
        self.location = str(location)
        self._create = create
        self._settings = settings or RemoteSettings.from_environment()
        self._limits = replace(limits, generations=GENERATIONS_KEPT)
        self._store = ObjectStore(location)
        self._mirror = Mirror(self._store, self._settings)
        self._publication = RemotePublication(self._store, self._mirror, self._settings, create=create)
        self._local = LocalIndex(self._mirror.folder, self._limits, self._publication, self.location)
        self._empty = LocalSnapshot(
            self._mirror.folder, Manifest(0, 0, ""), [], None, Audit(self._mirror.folder), self.location
        )
        self._later = LaterVersion()
        # The newest generation that was read here, the tag of its CURRENT, and when that was the newest.
        self._known: tuple[LocalSnapshot, str] | None = None
        self._asked = 0.0
        self._closed = False
        self._advancing = ForkSafeLock()
        renew_in_child(self)
        self.renew()

    def renew(self) -> None:
        """In the child of a fork, nobody is fetching."""
        self._fetching = False

    @contextmanager
    def reading(self) -> Iterator[LocalSnapshot]:
        """See ``Index.reading``. Also raises IndexUnavailableError where the server cannot be reached."""
        known = self._known  # Another thread may forget it in the meantime.
        with self._naming_itself():
            snapshot = self._later.read(self.snapshot, known[0] if known else None)
        try:
            with self._naming_itself(), snapshot.guard():
                yield snapshot
        except IndexCorruptError as error:
            # The mirror may have been emptied, by whatever tidies caches: the next reading fetches what is missing.
            self._known = None
            raise IndexCorruptError(str(error), hint=FETCHED_AGAIN) from error

    def snapshot(self) -> LocalSnapshot:
        """The newest generation; all callers share one object. Raises as ``reading``."""
        known = self._find_known()
        if known and time.monotonic() - self._asked < self._settings.max_age:
            return known[0]
        asked = time.monotonic()
        try:
            answer = self._store.read(CURRENT, POINTER_SIZE, unless=known[1] if known else "")
        except MissingObjectError as error:
            if not self._create:
                raise missing_error(self._store) from error
            return self._empty
        if answer is not None:
            return self._advance()
        self._asked = asked
        # Another thread may have advanced meanwhile, or forgotten it: never go back.
        known = self._known
        return known[0] if known else self._advance()

    @contextmanager
    def writing(self, *, timeout: float = 0.0) -> Iterator[None]:
        """See ``Index.writing``: excludes writers of this machine; those of others are noticed when they publish.

        Also raises IndexUnavailableError.
        """
        with ExitStack() as stack:
            with self._naming_itself():
                with self._mirror.hold():
                    pass  # Makes the folder.
                stack.enter_context(self._local.writing(timeout=timeout))
            yield

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """See ``Index.commit``. Raises IndexLockedError also where another machine has published meanwhile."""
        with self.writing():
            if not replace:
                self._publication.require_sound()
            with self._naming_itself():
                return self._local.commit(changes, replace=replace)

    def last_settings(self) -> IndexSettings | None:
        """See ``Index.last_settings``."""
        with suppress(StorageError, MissingObjectError):
            data, _ = read_current(self._store)
            return fetch_manifest(self._store, parse_current(self._store, data)).settings
        return None

    def verify(self, *, deep: bool) -> list[Problem]:
        """See ``Index.verify``: compares what is on the server, with ``deep`` every byte, and then the mirror."""
        try:
            data, _ = read_current(self._store)
            manifest = fetch_manifest(self._store, parse_current(self._store, data))
        except MissingObjectError as error:
            if str(error) == CURRENT:
                raise missing_error(self._store) from error
            return [Problem(str(error), f"{self.location}/{error} is missing", PUBLISH_AGAIN)]
        except IndexCorruptError as error:
            return [Problem(CURRENT, str(error), error.hint)]
        if problems := list(verify_objects(self._store, manifest, deep=deep)):
            return problems
        with self._mirror.hold():
            self._mirror.fetch_newest()
        return self._local.verify(deep=deep)

    def drop(self, timeout: float = 0.0) -> tuple[int, int]:
        """Remove the index from the server; return how many objects and bytes it had. Raises as ``removal.drop``."""
        self.close()
        with self._naming_itself():
            objects = drop(self._store, self._mirror, timeout)
        return len(objects), sum(item.size for item in objects)

    def close(self) -> None:
        """See ``Index.close``."""
        self._closed = True
        self._known = None
        self._local.close()

    @contextmanager
    def _naming_itself(self) -> Iterator[None]:
        """Name the index in errors about its mirror."""
        try:
            yield
        except StorageError as error:
            if self.location in str(error):
                raise
            raise type(error)(f"{self.location}: {error}", hint=error.hint) from error

    def _advance(self) -> LocalSnapshot:
        """Fetch the newest generation, or return the known one while another thread or process fetches it."""
        known = self._find_known()
        if known and self._fetching:
            return known[0]
        with self._advancing.hold():
            self._fetching = True
            try:
                with self._mirror.hold(wait=known is None) as held:
                    if known and not held:
                        return known[0]
                    return self._fetch_newest()
            finally:
                self._fetching = False

    def _find_known(self) -> tuple[LocalSnapshot, str] | None:
        """The newest generation that was read here, as long as its files are there and sound."""
        known = self._known
        return known if known and known[0].is_intact and self._mirror.current() else None

    def _fetch_newest(self) -> LocalSnapshot:
        asked = time.monotonic()
        try:
            snapshot, tag = self._open_newest()
        except MissingObjectError as error:
            raise missing_error(self._store) from error
        if not self._closed:
            self._known, self._asked = (snapshot, tag), asked
        return snapshot

    def _open_newest(self) -> tuple[LocalSnapshot, str]:
        """The newest generation with its tag. What is damaged in the mirror is fetched once more."""
        known = self._find_known()
        fetched = self._mirror.fetch_newest()
        if known is None:  # What is open may be files that are gone.
            self._local.forget()
        with suppress(IndexCorruptError):
            return self._local.snapshot(), fetched.tag
        self._mirror.drop_damaged(fetched.manifest)
        fetched = self._mirror.fetch_newest()
        self._local.forget()
        return self._local.snapshot(), fetched.tag


def open_remote(location: str, create: bool) -> RemoteIndex:
    """Open the index at ``s3://bucket/prefix`` and its newest generation; see ``open_index``.

    Raises UsageError for an invalid location, MissingExtraError, StorageError.
    """
    index = RemoteIndex(RemoteLocation.parse(location), create=create)
    if not create:
        index.snapshot()
    return index
