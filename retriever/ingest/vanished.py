"""Sources that hold no file any more, though documents of them are in the index: they may not be mounted now.

Their documents stay until the user says that they shall go.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.errors import StorageError, UsageError
from retriever.ingest.origins import make_claim
from retriever.reports import SkippedSource

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.ingest.changes import SourceChanges
    from retriever.types import Source


def keep_vanished(changes: SourceChanges, empty: Sequence[Source]) -> SourceChanges:
    """The changes without the removal of what came from the ``empty`` sources, which are listed as skipped instead.

    A source of which every document has been moved elsewhere is not a loss, and counts as emptied.
    """
    moved = {document.file for item in changes.changed for document in item.moved}
    kept: set[str] = set()
    skipped = []
    for source in empty:
        claim = make_claim(source)
        files = {documents[0].file for documents in changes.gone if claim(documents[0])}
        if files <= moved:
            continue
        kept |= files
        skipped.append(SkippedSource(source.name, describe_vanished(len(files))))
    if not kept:
        return changes
    stay = sum(len(documents) for documents in changes.gone if documents[0].file in kept)
    return replace(
        changes,
        changed=tuple(
            replace(item, moved=tuple(document for document in item.moved if document.file not in kept))
            for item in changes.changed
        ),
        gone=tuple(documents for documents in changes.gone if documents[0].file not in kept),
        unchanged=changes.unchanged + stay,
        skipped=(*changes.skipped, *skipped),
    )


def check_rebuild(index: Index, empty: Sequence[Source]) -> None:
    """Raise UsageError if a rebuild would drop the documents of the ``empty`` sources.

    Nothing can be said of a damaged index, which a rebuild is there to replace.
    """
    if not empty:
        return
    with suppress(StorageError), index.reading() as snapshot:
        tests = [make_claim(source) for source in empty]
        files = {stored.file for stored in snapshot.stored_documents() if any(claim(stored) for claim in tests)}
        if files:
            message = f"cannot rebuild without {', '.join(source.name for source in empty)}: "
            raise UsageError(
                message + describe_vanished(len(files)),
                hint="mount it, or allow it with --allow-empty (in Python: allow_empty=True)",
            )


def describe_vanished(files: int) -> str:
    """What is said of a source without files, of which the index has documents from so many files."""
    held = "the file that was there stays" if files == 1 else f"the {files:,} files that were there stay"
    return (
        f"it holds no file now, and {held} in the index: is it mounted? if it was emptied, "
        "add --allow-empty (in Python: allow_empty=True)"
    )
