"""Forgetting sources: the index no longer knows them, and their documents go unless another source brings them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import UsageError
from retriever.index.interface import Changes
from retriever.ingest.origins import make_claim
from retriever.ingest.remembered import compare_ways
from retriever.ingest.sources import resolve_source
from retriever.reports import RemoveReport
from retriever.types import Source

if TYPE_CHECKING:
    from retriever.index.interface import Addition, Index


def forget(index: Index, sources: Sequence[str | Path], *, wait: float = 0.0) -> RemoveReport:
    """Take sources and their documents out of an index, all in one commit; see ``Retriever.forget``."""
    with index.writing(timeout=wait):
        with index.reading() as snapshot:
            before, settings = snapshot.generation, snapshot.settings
            targets = _find_all(snapshot.sources, sources, index.location)
            remaining = tuple(source for source in snapshot.sources if source not in targets)
            theirs, others = [make_claim(source) for source in targets], [make_claim(source) for source in remaining]
            is_reread = compare_ways(snapshot.sources, remaining)
            keys, outdated = [], []
            for stored in snapshot.stored_documents():
                if max(claim(stored) for claim in theirs) > max((claim(stored) for claim in others), default=0):
                    keys.append(stored.key)
                elif stored.file and is_reread(stored.file):
                    outdated.append(stored.key)
        generation = index.commit(Changes(sorted(keys), _outdate(index, sorted(outdated)), settings, remaining))
        with index.reading() as snapshot:
            documents = snapshot.documents
    return RemoveReport(
        generation=generation,
        committed=generation != before,
        removed=len(keys),
        missing=(),
        documents=documents,
    )


def _outdate(index: Index, keys: Sequence[str]) -> Iterator[Addition]:
    """Documents as they are, but of files that count as changed: the next sync reads them by other options."""
    if keys:
        with index.reading() as snapshot:
            for addition in snapshot.additions(keys):
                yield replace(addition, document=replace(addition.document, file_hash=""))


def _find_all(known: Sequence[Source], wanted: Sequence[str | Path], location: str) -> list[Source]:
    """The sources of those paths or names. Raises UsageError where the index does not remember one of them."""
    if not wanted:
        raise UsageError("no source to forget", hint=_list_names(known))
    matches = [(str(source), _find(known, source)) for source in wanted]
    if unknown := [repr(name) for name, found in matches if not found]:
        raise UsageError(f"the index {location} has no source {', '.join(unknown)}", hint=_list_names(known))
    for name, found in matches:
        if len(found) > 1:
            paths = ", ".join(source.path for source in found)
            raise UsageError(
                f"the index {location} has several sources {name!r}", hint=f"name one by its path: {paths}"
            )
    return [found[0] for _, found in matches]


def _find(known: Sequence[Source], wanted: str | Path) -> list[Source]:
    """The source of that path from the working folder, else those of that name."""
    path, name = resolve_source(wanted).path, os.path.normpath(wanted)
    return [source for source in known if source.path == path] or [source for source in known if source.name == name]


def _list_names(known: Sequence[Source]) -> str:
    return f"its sources: {', '.join(source.name for source in known) or 'none'}"
