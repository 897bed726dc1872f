"""The index in Milvus: any number of readers on any number of machines, while one writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from retriever.arguments import require_seconds
from retriever.errors import IndexNotFoundError, StorageError
from retriever.index.milvus import schema
from retriever.index.milvus.commit import Commit
from retriever.index.milvus.garbage import collect
from retriever.index.milvus.limits import DEFAULT_LIMITS, Limits
from retriever.index.milvus.location import Location
from retriever.index.milvus.memo import Memo, read_memo
from retriever.index.milvus.recovery import recover
from retriever.index.milvus.site import find_site
from retriever.index.milvus.state import State
from retriever.index.milvus.verify import verify
from retriever.index.milvus.view import View

if TYPE_CHECKING:
    from retriever.index.interface import Changes
    from retriever.index.milvus.snapshot import MilvusSnapshot
    from retriever.index.settings import IndexSettings
    from retriever.reports import Problem


class MilvusIndex:
    """An index in Milvus; see ``Index``. Safe to use from many threads."""

    folder = None

    def __init__(self, location: Location, limits: Limits = DEFAULT_LIMITS) -> None:
        """Connects to nothing; use ``open``."""
        self._site = find_site(location, limits)
        self._site.enter()
        self._open = True

    @classmethod
    def open(cls, uri: str, *, create: bool = False, limits: Limits = DEFAULT_LIMITS) -> MilvusIndex:
        """The index at a URI; with ``create`` a missing one is made by the first write.

        Raises UsageError, MissingExtraError, IndexNotFoundError, IndexUnavailableError, IndexLockedError.
        """
        index = cls(Location.parse(uri), limits)
        if create:
            index._site.client.open(create=True)
        elif not index._site.exists():
            raise IndexNotFoundError(
                f"there is no index {index.location}",
                hint="create it with: retriever index SOURCE... --index URI "
                "(in Python: Retriever.open(..., create=True))",
            )
        return index

    @property
    def location(self) -> str:
        """See ``Index.location``."""
        return self._site.location.uri

    @contextmanager
    def reading(self) -> Iterator[MilvusSnapshot]:
        """See ``Index.reading``."""
        yield self._site.newest() if self._site.exists() else self._site.planned()

    @contextmanager
    def writing(self, *, timeout: float = 0.0) -> Iterator[None]:
        """See ``Index.writing``."""
        require_seconds(timeout)
        with self._site.turn.take(timeout, self._site.create):
            yield

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """See ``Index.commit``."""
        with self.writing(), self._site.commits.hold():
            base, memo = self._begin(replace)
            commit = Commit(self._site, base, memo, fresh=replace)
            try:
                state = commit.run(changes)
            except BaseException:
                if commit.begun:
                    # If this fails as well, the next writer does it.
                    with suppress(StorageError):
                        recover(self._site, *self._site.head.state_and_mark())
                raise
            if state is None:
                return base.generation
            with suppress(StorageError):
                collect(self._site, state)
            return state.generation

    def _begin(self, replace: bool) -> tuple[State, Memo]:
        """The generation to start from, without what an unfinished commit left."""
        head = self._site.head
        try:
            state, mark = head.state_and_mark()
            recover(self._site, state, mark)
            return state, Memo() if replace else self._site.memo(state)
        except StorageError:
            if not replace:
                raise
        return self._guess(), Memo()

    def _guess(self) -> State:
        """The number of the last generation, where the index is too damaged to say."""
        with suppress(StorageError):
            return State(generation=self._site.head.state().generation)
        begin = f"{self._site.location.prefix}__"
        names = [name.removeprefix(begin).partition("_")[0] for name in self._site.client.collections()]
        # Generations since the last era are not known, so some are left out.
        return State(generation=max((int(name) for name in names if name.isdecimal()), default=0) + (1 << 20))

    def last_settings(self) -> IndexSettings | None:
        """See ``Index.last_settings``."""
        with suppress(StorageError):
            if self._site.exists():
                state = self._site.head.state()
                return read_memo(
                    View(self._site.client, schema.Names.of(self._site.location, state.era), state)
                ).settings
        return None

    def drop(self, timeout: float = 0.0) -> int:
        """Remove the index from the server, also a damaged one, and return how many collections it had.

        Snapshots in use do not stay valid. Raises IndexLockedError after ``timeout`` seconds of waiting for a writer.
        """
        site, begin = self._site, f"{self._site.location.prefix}__"
        with self.writing(timeout=timeout):
            names = [name for name in site.client.collections() if name.startswith(begin)]
            # The head goes last: without it there is no index.
            for name in sorted(names, key=lambda name: name == schema.head_name(site.location)):
                site.client.drop(name)
            site.forget()
        return len(names)

    def verify(self, *, deep: bool) -> list[Problem]:
        """See ``Index.verify``."""
        return verify(self._site, deep=deep) if self._site.exists() else []

    def close(self) -> None:
        """See ``Index.close``. The connection is closed when no snapshot needs it any more."""
        if self._open:
            self._open = False
            self._site.leave()
