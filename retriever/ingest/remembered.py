"""The sources that an index remembers, and whether they can be refreshed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.errors import IndexNotFoundError, UsageError
from retriever.ingest.options import SyncOptions
from retriever.ingest.origins import make_source_finder
from retriever.ingest.sources import exists
from retriever.types import DEFAULT_MAX_FILE_SIZE, Source

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.ingest.scan import ScannedFile, ScanResult
    from retriever.types import StoredDocument


def list_remembered(index: Index) -> tuple[Source, ...]:
    """The sources that an index remembers; none where there is no index yet."""
    with suppress(IndexNotFoundError), index.reading() as snapshot:
        return snapshot.sources
    return ()


def keep_names(named: Sequence[Source], remembered: Sequence[Source]) -> list[Source]:
    """The ``named`` sources by the names that they are remembered by, whatever the way to them from here.

    What a source holds is listed and filtered by its name: documents that are not read again would keep the former one.
    """
    names = {source.path: source.name for source in remembered}
    return [replace(source, name=names.get(source.path, source.name)) for source in named]


def assign_options(scanned: ScanResult, sources: Sequence[Source]) -> ScanResult:
    """The scan with each file to be read by the options of the nearest of ``sources``, also of ones not scanned now."""
    if len({_way(source) for source in sources}) < 2:
        return scanned
    rules = make_source_finder(sources)
    return replace(
        scanned, files=tuple(replace(file, origin=rules(file.real) or file.origin) for file in scanned.files)
    )


def list_reread(
    files: Sequence[ScannedFile],
    named: Sequence[Source],
    remembered: Sequence[Source],
    documents: Iterable[StoredDocument],
    options: SyncOptions,
) -> frozenset[str]:
    """The files of ``documents`` to read again, changed or not, by their absolute paths.

    These are the ones that were read by another encoding or maximum size, which were those of the ``remembered``
    sources, and with an encoding all of the ``named`` sources.
    """
    forced = {source.path for source in named if options.encoding is not None and options.reread}
    ways = {_way(source) for source in remembered} | {_way(file.origin) for file in files}
    if not forced and len(ways) < 2:
        return frozenset()
    held = {document.file for document in documents}
    before, same = make_source_finder(remembered), {source.path: source for source in remembered}

    def is_reread(file: ScannedFile) -> bool:
        then = before(file.real) or same.get(file.origin.path)
        return file.origin.path in forced or (then is not None and _way(then) != _way(file.origin))

    return frozenset(file.real for file in files if file.real in held and is_reread(file))


def compare_ways(before: Sequence[Source], after: Sequence[Source]) -> Callable[[str], bool]:
    """A test whether a file, by its absolute path, is read otherwise with the sources ``after`` than ``before``."""
    if len({_way(source) for source in before}) < 2:
        return lambda file: False
    then, now = make_source_finder(before), make_source_finder(after)

    def differs(file: str) -> bool:
        old, new = then(file), now(file)
        return old is not None and new is not None and _way(old) != _way(new)

    return differs


def _way(source: Source) -> tuple[str | None, int | None]:
    """How the files of a source are read."""
    return source.encoding, source.max_file_size


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
