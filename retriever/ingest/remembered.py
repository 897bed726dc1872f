"""The sources that an index remembers, and whether they can be refreshed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from retriever.errors import IndexNotFoundError, UsageError
from retriever.ingest.options import SyncOptions
from retriever.ingest.sources import exists
from retriever.types import DEFAULT_MAX_FILE_SIZE, Source

if TYPE_CHECKING:
    from retriever.index.interface import Index


def list_remembered(index: Index) -> tuple[Source, ...]:
    """The sources that an index remembers; none where there is no index yet."""
    with suppress(IndexNotFoundError), index.reading() as snapshot:
        return snapshot.sources
    return ()


def list_reread(named: Sequence[Source], remembered: Sequence[Source], options: SyncOptions) -> frozenset[str]:
    """The paths of named sources of which every file is read again, changed or not.

    With an encoding these are all; else those that are remembered with another one, or with another maximum size.
    """
    if options.encoding is not None:
        return frozenset(source.path for source in named if options.reread)
    ways = {source.path: (source.encoding, source.max_file_size) for source in remembered}
    return frozenset(
        source.path
        for source in named
        if source.path in ways and ways[source.path] != (source.encoding, source.max_file_size)
    )


def check_refresh(index: Index, options: SyncOptions) -> None:
    """Raises UsageError where the remembered sources cannot be refreshed with these options."""
    remembered = list_remembered(index)
    if not remembered:
        place = shlex.quote(index.location)
        hint = f"name at least one: retriever index SOURCE... --index {place} (in Python: Retriever.sync(SOURCE))"
        raise UsageError(f"the index {index.location} remembers no sources", hint=hint)
    if options.encoding is not None or options.max_file_size != DEFAULT_MAX_FILE_SIZE or options.follow:
        message = "an encoding, a maximum file size and following links belong to the sources that are named with them"
        raise UsageError(message, hint="name the sources, too; the index remembers each one's options")
    gone = [source.name for source in remembered if not exists(source)] if options.rebuild or options.prune else []
    if gone:
        action = "rebuild" if options.rebuild else "prune"
        message = f"cannot {action} without the remembered sources that are gone: {', '.join(gone)}"
        raise UsageError(message, hint="bring them back, forget them (retriever forget), or name the sources to keep")
