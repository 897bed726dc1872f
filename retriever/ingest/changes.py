"""What differs between the scanned files and the last generation: which files to read, which documents to drop.

A file whose size and time of change are those last seen is taken to have the bytes last seen; all others are
hashed. Nothing is read as a document here.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retriever.ingest.identity import file_digest
from retriever.ingest.sources import below_any, covering, locate, refusal
from retriever.reports import SkippedSource
from retriever.types import StoredDocument

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.ingest.scan import ScannedFile, ScanResult
    from retriever.types import Source

# A file may change again without its time of change showing it, as long as the clock that stamps it has not moved
# on: so long, two seconds on the coarsest file systems, what was seen of it is not remembered.
COARSE_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file to read: new or with other bytes than the documents it gave before, which are ``previous``.

    ``moved`` are the documents of a file of the same bytes that is gone, where there is one.
    """

    file: ScannedFile
    digest: str
    previous: tuple[StoredDocument, ...]
    moved: tuple[StoredDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceChanges:
    """``changed`` files are to be read, ``gone`` documents, by file, to be dropped; ``unchanged`` counts documents."""

    changed: tuple[ChangedFile, ...]
    gone: tuple[tuple[StoredDocument, ...], ...]
    unchanged: int
    skipped: tuple[SkippedSource, ...]


def compare(
    sources: Sequence[Source],
    scanned: ScanResult,
    documents: Iterable[StoredDocument],
    cache: EmbeddingStore,
    *,
    read_all: bool,
    checksum: bool,
    prune: bool,
) -> SourceChanges:
    """Compare the scan of ``sources`` with the documents of the last generation.

    ``read_all`` takes every file as changed, ``checksum`` hashes every file, ``prune`` drops also the documents
    that lie under none of the sources. Documents that a program added take no part.
    """
    by_file: dict[str, list[StoredDocument]] = defaultdict(list)
    for document in documents:
        if document.file:
            by_file[document.file].append(document)
    digests, skipped = _read_digests(scanned.files, cache, checksum=checksum)
    changed: list[ChangedFile] = []
    unchanged = 0
    for file in scanned.files:
        previous = tuple(by_file.pop(file.real, ()))
        digest = digests.get(file.real)
        # One without a digest is there but cannot be read now: what was read of it before stays.
        if digest is None or (not read_all and any(document.file_hash == digest for document in previous)):
            unchanged += len(previous)
        else:
            changed.append(ChangedFile(file, digest, previous))
    covers = covering(sources)
    unseen = scanned.unseen
    gone: list[tuple[StoredDocument, ...]] = []
    hidden: dict[str, SkippedSource] = {}
    for path, missing in by_file.items():
        covered = covers(path) or _is_lost_link(missing[0], sources, covers)
        if below_any(path, unseen) or not (prune or covered):
            continue
        if covered and (reason := refusal(path)):
            # It may be there: no pattern finds what lies in a folder that cannot be entered.
            folder = os.path.dirname(missing[0].source)
            hidden[folder] = SkippedSource(folder, reason.lower())
        else:
            gone.append(tuple(missing))
    skipped += [hidden[folder] for folder in sorted(hidden)]
    return SourceChanges(_pair_moved(changed, gone), tuple(gone), unchanged, tuple(skipped))


def _read_digests(
    files: Iterable[ScannedFile], cache: EmbeddingStore, *, checksum: bool
) -> tuple[dict[str, str], list[SkippedSource]]:
    """Each file's digest by its path, and the files that cannot be read."""
    known = {} if checksum else cache.file_states()
    digests: dict[str, str] = {}
    skipped: list[SkippedSource] = []
    states: dict[str, tuple[int, int, str]] = {}
    for file in files:
        path = file.real
        state = known.get(path)
        if state is not None and state[:2] == (file.size, file.changed_ns):
            digests[path] = state[2]
            continue
        try:
            digests[path] = file_digest(file.path)
        except OSError as error:
            skipped.append(SkippedSource(file.source, f"it cannot be read: {error.strerror or error}"))
            continue
        if file.changed_ns < time.time_ns() - COARSE_NS:
            states[path] = (file.size, file.changed_ns, digests[path])
    if states:
        cache.remember_files(states)
    return digests, skipped


def _is_lost_link(document: StoredDocument, sources: Sequence[Source], covers: Callable[[str], bool]) -> bool:
    """Whether a file that was reached through a link of a source no longer exists."""
    if os.path.lexists(document.file):
        return False
    paths = [locate(source, document.source) for source in sources]
    return any(path is not None and covers(path) for path in paths)


def _pair_moved(changed: Iterable[ChangedFile], gone: Iterable[tuple[StoredDocument, ...]]) -> tuple[ChangedFile, ...]:
    """The changed files, each new one with the gone file of the same bytes that it is, one to one."""
    left: dict[str, list[tuple[StoredDocument, ...]]] = defaultdict(list)
    for documents in sorted(gone, key=lambda documents: documents[0].file, reverse=True):
        left[next((document.file_hash for document in documents if document.file_hash), "")].append(documents)
    return tuple(
        replace(item, moved=left[item.digest].pop()) if not item.previous and left.get(item.digest) else item
        for item in changed
    )
