"""What differs between the scanned files and the last generation: which files to read, which documents to drop.

A file whose size and time of change are those last seen is taken to have the bytes last seen; all others are
hashed. Nothing is read as a document here.
"""

from __future__ import annotations

import fnmatch
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.index.interface import StoredDocument
from retriever.ingest.identity import file_digest
from retriever.types import SkippedSource

if TYPE_CHECKING:
    from retriever.index.interface import EmbeddingStore
    from retriever.ingest.scan import ScannedFile, ScanResult


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file to read: new or with other bytes than the documents it gave before, which are ``previous``."""

    file: ScannedFile
    digest: str
    previous: tuple[StoredDocument, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """``changed`` files are to be read, ``gone`` documents to be dropped; ``unchanged`` counts documents."""

    changed: tuple[ChangedFile, ...]
    gone: tuple[StoredDocument, ...]
    unchanged: int
    skipped: tuple[SkippedSource, ...]


def compare(
    sources: Sequence[str | Path],
    scanned: ScanResult,
    documents: Iterable[StoredDocument],
    cache: EmbeddingStore,
    *,
    read_all: bool,
) -> Difference:
    """Compare the scan of ``sources`` with the documents of the last generation.

    ``read_all`` takes every file as changed.
    """
    by_file: dict[str, list[StoredDocument]] = defaultdict(list)
    for document in documents:
        by_file[document.file].append(document)
    known = cache.file_states()
    changed: list[ChangedFile] = []
    skipped: list[SkippedSource] = []
    states: dict[str, tuple[int, int, str]] = {}
    unchanged = 0
    for file in scanned.files:
        path = str(file.path)
        previous = tuple(by_file.pop(path, ()))
        state = known.get(path)
        if state is not None and state[:2] == (file.size, file.mtime_ns):
            digest = state[2]
        else:
            try:
                digest = file_digest(Path(path))
            except OSError as error:
                # It is there but cannot be read now: what was read of it before stays.
                skipped.append(SkippedSource(file.source, f"it cannot be read: {error.strerror or error}"))
                unchanged += len(previous)
                continue
            states[path] = (file.size, file.mtime_ns, digest)
        if not read_all and any(document.file_hash == digest for document in previous):
            unchanged += len(previous)
        else:
            changed.append(ChangedFile(file, digest, previous))
    cache.remember_files(states)
    gone = [
        document
        for path, missing in by_file.items()
        if _covered(path, sources) and not _below_any(path, (os.path.realpath(item.source) for item in scanned.skipped))
        for document in missing
    ]
    return Difference(tuple(changed), tuple(gone), unchanged, tuple(skipped))


def _covered(path: str, sources: Sequence[str | Path]) -> bool:
    """Whether a file that the scan did not find would have come from ``sources``, so that it is gone."""
    for source in sources:
        name = os.path.expanduser(source)
        if os.path.lexists(name):
            if _below_any(path, [os.path.realpath(name)]):
                return True
        elif fnmatch.fnmatchcase(path, os.path.abspath(name).replace("**/", "*")):
            return True
    return False


def _below_any(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)
