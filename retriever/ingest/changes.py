"""Compares the scanned files with the last generation: which files to read, which documents to remove.

A file with the size and time of change of the last sync is assumed to be unchanged; all others are hashed. Nothing is
read as a document here.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retriever.ingest.identity import file_digest
from retriever.ingest.origins import SURE, make_claim, make_locator, make_path_test
from retriever.ingest.sources import find_refusal, is_below
from retriever.reports import Notice, SkippedSource
from retriever.system import real_path
from retriever.types import StoredDocument

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.ingest.scan import ScannedFile, ScanResult
    from retriever.types import Source

# Within the resolution of time stamps, two seconds on the coarsest file systems, a file may change again and keep its
# time. Until that has passed, its state is not cached.
COARSE_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file to read, new or changed; ``previous`` are its documents in the index.

    ``moved`` are the documents of a removed file with the same bytes, if there is one.
    """

    file: ScannedFile
    digest: str
    previous: tuple[StoredDocument, ...]
    moved: tuple[StoredDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceChanges:
    """The ``changed`` files to read, the ``gone`` documents to remove, by file, and the ``unchanged`` documents.

    ``broken`` are the links that lead nowhere, with what becomes of the documents that came through them.
    """

    changed: tuple[ChangedFile, ...]
    gone: tuple[tuple[StoredDocument, ...], ...]
    unchanged: int
    skipped: tuple[SkippedSource, ...]
    broken: tuple[Notice, ...] = ()


def compare(
    sources: Sequence[Source],
    scanned: ScanResult,
    documents: Iterable[StoredDocument],
    cache: EmbeddingStore,
    *,
    reread: Collection[str],
    checksum: bool,
    prune: bool,
    remembered: Sequence[Source] = (),
) -> SourceChanges:
    """Compare the scan of ``sources`` with the documents of the last generation.

    Every file whose path is in ``reread`` counts as changed, and so does one whose name no source of ``remembered``,
    all that the index will have, knows it by. With ``checksum`` every file is hashed, with ``prune`` documents outside
    of the sources are removed, too. Documents that a program added are ignored.
    """
    by_file: dict[str, list[StoredDocument]] = defaultdict(list)
    for document in documents:
        if document.file:
            by_file[document.file].append(document)
    digests, skipped = _read_digests(scanned.files, cache, checksum=checksum)
    changed: list[ChangedFile] = []
    unchanged = 0
    is_named = _make_name_test(remembered)
    for file in scanned.files:
        previous = tuple(by_file.pop(file.real, ()))
        digest = digests.get(file.real)
        # A file without a digest exists but cannot be read now: its documents stay.
        is_read = file.real in reread or all(document.file_hash != digest for document in previous)
        is_read = is_read or not (previous[0].file_source == file.source or is_named(previous[0]))
        if digest is None or not is_read:
            unchanged += len(previous)
        else:
            changed.append(ChangedFile(file, digest, previous))
    covers = make_path_test(sources)
    is_lost = _make_loss_test(sources, [source for source in remembered if source not in sources], scanned.unseen)
    gone: list[tuple[StoredDocument, ...]] = []
    hidden: dict[str, SkippedSource] = {}
    held: list[str] = []
    for path, missing in by_file.items():
        covered = covers(path) or is_lost(missing[0])
        if is_below(path, scanned.unseen):
            held.append(missing[0].file_source)
        elif not (prune or covered):
            continue
        elif covered and (reason := find_refusal(path)):
            # It may exist: a pattern does not match files in a folder that cannot be entered.
            folder = os.path.dirname(missing[0].file_source)
            hidden[folder] = SkippedSource(folder, reason.lower())
        else:
            gone.append(tuple(missing))
    skipped += [hidden[folder] for folder in sorted(hidden)]
    links = {_describe_broken(link, held) for link in (*scanned.broken, *scanned.dangling)} - {*scanned.dangling}
    broken = tuple(sorted(links, key=lambda link: link.source))
    return SourceChanges(_pair_moved(changed, gone), tuple(gone), unchanged, tuple(skipped), broken)


def _read_digests(
    files: Iterable[ScannedFile], cache: EmbeddingStore, *, checksum: bool
) -> tuple[dict[str, str], list[SkippedSource]]:
    """The digest of each file by path, and the files that cannot be read."""
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


def _make_name_test(sources: Iterable[Source]) -> Callable[[StoredDocument], bool]:
    """A test whether one of ``sources`` has the file of a document, which is there, by the name that it is known by."""
    find_places = make_locator(sources, missing=True)

    def is_named(document: StoredDocument) -> bool:
        return any(real_path(path) == document.file for path in find_places(document))

    return is_named


def _describe_broken(link: Notice, held: Iterable[str]) -> Notice:
    """What is said of a link that leads nowhere: documents came through it where names that stay are below its own."""
    if not any(name == link.source or name.startswith(f"{link.source}/") for name in held):
        return link
    message = "a broken or circular link; what it led to stays in the index until the link is removed"
    return replace(link, message=message)


def _make_loss_test(
    sources: Iterable[Source], others: Iterable[Source], unseen: Collection[str]
) -> Callable[[StoredDocument], bool]:
    """A test whether a file was reached through a link of ``sources``, and neither they nor ``others`` bring it now.

    A link in a folder that is ``unseen`` may be there.
    """
    find_places = make_locator(sources)
    claimed = [make_claim(source) for source in others]

    def is_lost(document: StoredDocument) -> bool:
        paths = find_places(document)
        if not paths or any(is_below(real_path(os.path.dirname(path)), unseen) or find_refusal(path) for path in paths):
            return False
        return not (os.path.lexists(document.file) and any(claim(document) == SURE for claim in claimed))

    return is_lost


def _pair_moved(changed: Iterable[ChangedFile], gone: Iterable[tuple[StoredDocument, ...]]) -> tuple[ChangedFile, ...]:
    """The changed files, each new one paired with a removed file of the same bytes, one to one."""
    left: dict[str, list[tuple[StoredDocument, ...]]] = defaultdict(list)
    for documents in sorted(gone, key=lambda documents: documents[0].file, reverse=True):
        left[next((document.file_hash for document in documents if document.file_hash), "")].append(documents)
    return tuple(
        replace(item, moved=left[item.digest].pop()) if not item.previous and left.get(item.digest) else item
        for item in changed
    )
