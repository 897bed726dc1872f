"""Verifies what an object store has of a generation: the sizes of its objects, or every byte. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xxhash import xxh3_128

from retriever.index.local.remote.faults import MissingObjectError
from retriever.index.local.remote.fetch import PUBLISH_AGAIN
from retriever.reports import Problem

if TYPE_CHECKING:
    from retriever.index.local.entries import FileEntry
    from retriever.index.local.manifest import Manifest
    from retriever.index.local.remote.store import ObjectStore


def verify_objects(store: ObjectStore, manifest: Manifest, *, deep: bool) -> Iterator[Problem]:
    """The problems of the objects of a generation. Raises IndexUnavailableError, IndexReadError."""
    sizes = {item.name: item.size for item in store.list()}
    for file in manifest.files:
        if file.path not in sizes:
            yield _problem(store, file, "is missing")
        elif sizes[file.path] != file.size:
            yield _problem(store, file, f"has {sizes[file.path]} bytes instead of {file.size}")
        elif deep and not _is_whole(store, file):
            yield _problem(store, file, "is damaged: its checksum differs")


def _is_whole(store: ObjectStore, file: FileEntry) -> bool:
    state = xxh3_128()
    try:
        for piece in store.stream(file.path):
            state.update(piece)
    except MissingObjectError:
        return False
    return state.hexdigest() == file.digest


def _problem(store: ObjectStore, file: FileEntry, what: str) -> Problem:
    return Problem(file.path, f"{store.location}/{file.path} {what}", PUBLISH_AGAIN)
