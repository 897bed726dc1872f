"""Verifies an index: its newest generation, the older ones that are kept, and the embedding cache.

Nothing is changed. Problems are listed, not raised.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from retriever.errors import IndexCorruptError, StorageError
from retriever.index.cache.check import check_cache
from retriever.index.cache.store import CACHE
from retriever.index.files.read_errors import REBUILD
from retriever.index.local.entries import GENERATIONS
from retriever.index.local.integrity.verify_segment import verify_files, verify_segment
from retriever.index.local.lock import GenerationHold, is_written
from retriever.index.local.manifest import Manifest, Pointer, generations_on_disk, manifest_path, read_manifest
from retriever.reports import Problem

DROP = "searches do not use it; remove it with `retriever compact` (in Python: compact_index)"
SET_ASIDE = "set it aside with `retriever repair` (in Python: repair_index); its intact entries are kept"


def verify(root: Path, *, deep: bool) -> list[Problem]:
    """All problems; see ``LocalIndex.verify``. An index that cannot be opened is one problem.

    Raises IndexNotFoundError, IndexReadError, IndexVersionError.
    """
    try:
        manifest, hold = _open(root)
    except StorageError as error:
        # An index that cannot be read at all is an error, not a problem found in it.
        if not os.path.isdir(root / GENERATIONS):
            raise
        return [Problem(str(root), str(error), error.hint)]
    found = list(_verify_newest(root, manifest, deep=deep))
    del hold
    return [*found, *_verify_older(root, manifest), *_verify_cache(root)] if deep else found


def _open(root: Path) -> tuple[Manifest, GenerationHold]:
    """The manifest of the newest generation, and a hold on its files. Raises StorageError."""
    missing: Pointer | None = None
    while (pointer := Pointer.read(root)) != missing:
        with suppress(FileNotFoundError):
            hold = GenerationHold(root / manifest_path(pointer.generation))
            return read_manifest(root, pointer.generation, pointer.digest), hold
        # If CURRENT has changed in the meantime, the next attempt finds the generation it names now.
        missing = pointer
    raise IndexCorruptError(f"{root / manifest_path(pointer.generation)} is missing", hint=REBUILD)


def _verify_newest(root: Path, manifest: Manifest, *, deep: bool) -> Iterator[Problem]:
    if not deep:
        yield from verify_files(root, manifest.files, deep=False)
        return
    ids = [np.zeros(0, np.uint64)]
    for entry in manifest.segments:
        yield from verify_segment(root, manifest, entry, ids)
    every = np.concatenate(ids)
    if len(np.unique(every)) != len(every):
        yield Problem(manifest.path, "passages share an id", REBUILD)


def _verify_older(root: Path, newest: Manifest) -> Iterator[Problem]:
    """Problems of the files of older generations that the newest does not list."""
    checked = set(newest.files)
    for number in [number for number in generations_on_disk(root) if number < newest.generation]:
        try:
            hold = GenerationHold(root / manifest_path(number))
            manifest = read_manifest(root, number)
        except FileNotFoundError:
            continue  # It was removed in the meantime.
        except StorageError as error:
            yield Problem(manifest_path(number), str(error), DROP)
            continue
        yield from verify_files(root, [file for file in manifest.files if file not in checked], deep=True, hint=DROP)
        checked.update(manifest.files)
        del hold


def _verify_cache(root: Path) -> Iterator[Problem]:
    fault = check_cache(root / CACHE)
    # While it is being written, the check may have read half of a change.
    if fault and not is_written(root):
        yield Problem(CACHE, fault, SET_ASIDE)
