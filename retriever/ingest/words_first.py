"""Makes a large corpus searchable by its words at once, and by meaning as vectors arrive.

Embedding takes nearly all the time of a first index. So a corpus of more than ``FEW`` new passages is committed before
it is embedded, its documents pending, the first ones after seconds; then they are embedded. Both is done in steps, a
commit each, which readers follow. What a step embedded is in the embedding cache before its commit, so that an
interruption costs nothing. The end is the same index as if all had been embedded before one commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from retriever.index.identity import term_hash
from retriever.index.interface import Addition, Changes
from retriever.index.wanted import forget_wanted, read_wanted

if TYPE_CHECKING:
    from retriever.index.interface import Index, Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.ingest.additions import AdditionBuilder, Group
    from retriever.types import Passage, StoredDocument

# Passages without a vector up to which a sync embeds first and commits once: that takes some seconds.
FEW = 512
# What is read in so many seconds is committed first; each step of reading takes twice as long as the one before.
FIRST = 1.0
# A step of embedding takes so many seconds, and so many times as long as its commit, which costs a tenth at most.
SECONDS = 10.0
TIMES_COMMIT = 10
# Passages of pending documents that are read out of the index at once.
READ = 4096


@dataclass(slots=True)
class WordsFirst:
    """The additions of one sync: embedded where few passages lack a vector, else pending.

    - ``few``: so many passages are embedded at once; None for any number
    - ``clock``: seconds
    - ``pending``: how many passages were left pending
    """

    builder: AdditionBuilder
    few: int | None
    clock: Callable[[], float] = time.monotonic
    pending: int = 0

    def divide(self, additions: Iterator[Addition]) -> Iterator[Iterator[Addition]]:
        """The additions of each commit: all in one, or those of some seconds where they are pending."""
        length, ended = FIRST, False

        def take(until: float) -> Iterator[Addition]:
            nonlocal ended
            for addition in additions:
                yield addition
                if self.pending and self.clock() >= until:
                    return
            ended = True

        while not ended:
            yield take(self.clock() + length)
            length *= 2

    def build(self, documents: Iterable[tuple[StoredDocument, Sequence[Passage]]]) -> Iterator[Addition]:
        """Additions of documents with their passages, as they come."""
        groups = self.builder.group(documents)
        if self.few is None:
            yield from chain.from_iterable(self.builder.embed_all(groups))
            return
        known: list[Group] = []
        missing = 0
        for group in groups:
            known.append(group)
            missing += self.builder.count_missing(group)
            if missing > self.few:
                for one in chain(known, groups):
                    self.pending += sum(len(passages) for _, passages in one)
                    yield from self.builder.leave_pending(one)
                return
        yield from chain.from_iterable(self.builder.embed_all(known))


@dataclass(slots=True)
class PendingEmbedder:
    """Embeds the pending documents of an index, and commits them in steps.

    - ``changed``: when files changed, by path; the newest come first, after what searches have found meanwhile
    - ``clock``: seconds
    """

    index: Index
    builder: AdditionBuilder
    settings: IndexSettings
    changed: Mapping[str, int]
    clock: Callable[[], float] = time.monotonic
    # How long a step takes before its commit, and when the last one had embedded what it commits.
    _length: float = field(default_factory=lambda: SECONDS, init=False)
    _ended: float = field(default=0.0, init=False)

    def run(self) -> int:
        """Embed until nothing is pending; return the number of the newest generation.

        Raises what ``Index.commit`` raises, ModelError.
        """
        while True:
            with self.index.reading() as snapshot:
                waiting = self._sort(snapshot.pending_documents())
                if not waiting:
                    forget_wanted(self.index.location)
                    return snapshot.generation
                self.index.commit(Changes([], self._embed(snapshot, waiting), self.settings))
            self._length = max(SECONDS, TIMES_COMMIT * (self.clock() - self._ended))

    def _sort(self, documents: Iterable[StoredDocument]) -> list[StoredDocument]:
        """The documents in the order in which they are embedded."""
        wanted = read_wanted(self.index.location)

        def place(stored: StoredDocument) -> tuple[bool, int, str]:
            return term_hash(stored.key) not in wanted, -self.changed.get(stored.file, 0), stored.key

        return sorted(documents, key=place)

    def _embed(self, snapshot: Snapshot, waiting: Sequence[StoredDocument]) -> Iterator[Addition]:
        """The documents that can be embedded in one step, at least one group of them."""
        until = self.clock() + self._length
        for additions in self.builder.embed_all(self.builder.group(_read(snapshot, waiting))):
            yield from additions
            self._ended = self.clock()
            if self._ended >= until:
                return


def _read(
    snapshot: Snapshot, documents: Iterable[StoredDocument]
) -> Iterator[tuple[StoredDocument, Sequence[Passage]]]:
    """Documents of a snapshot in order, with their passages."""
    for keys in _batch(documents):
        made = {addition.document.key: addition for addition in snapshot.additions(keys)}
        yield from ((made[key].document, made[key].passages) for key in keys if key in made)


def _batch(documents: Iterable[StoredDocument]) -> Iterator[list[str]]:
    """The keys of documents, so many together that they have about ``READ`` passages."""
    keys: list[str] = []
    passages = 0
    for stored in documents:
        keys.append(stored.key)
        passages += stored.passages
        if passages >= READ:
            yield keys
            keys, passages = [], 0
    if keys:
        yield keys
