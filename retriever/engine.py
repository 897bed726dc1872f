"""``Retriever``, the facade: opens an index with its model and wires the layers together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.arguments import quote, require_callback, require_filter, require_flag
from retriever.errors import RetrieverError, UsageError
from retriever.index import check_index, open_index
from retriever.locks import WORK
from retriever.reports import AddReport, Problem, RemoveReport, SyncReport
from retriever.search.loaded import LoadedModels
from retriever.searcher import Searcher
from retriever.searching import OnProgress
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document, Source, WaitFor

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.ingest.options import SyncOptions
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder, Reranker
    from retriever.options import Where


class Retriever(Searcher):
    """A semantic search index and the model that it was built with.

    Open one per index and keep it open. Searching is safe from many threads. A sync in this or another process
    becomes visible to the next search; a running search keeps its generation.

    >>> retriever = Retriever.open("indexes/reports", create=True)
    >>> retriever.sync("reports/")
    >>> for hit in retriever.search("怎样给老旧小区装电梯？", k=5):
    ...     print(hit.score, hit.citation, hit.text)
    """

    @classmethod
    @WORK.held
    def open(
        cls,
        location: str | Path | Index,
        *,
        create: bool = False,
        model: str | Path | Encoder | EmbeddingModel | None = None,
        reranker: str | Path | Reranker | None = None,
    ) -> Retriever:
        """Open an index.

        - ``location``: its folder, the URI of another engine, or an object that is an ``Index``
        - ``create``: create a missing index with the first sync
        - ``model``: a name of the catalogue, a folder, a hub name, or an object (``Encoder``); without one the model
          that the index was built with, for a new index the bundled one. It is loaded with the first call that needs
          it, which raises FingerprintMismatchError where the index was built with another one
        - ``reranker``: the name or folder of a cross-encoder, or an object (``Reranker``), which replaces late
          interaction

        Raises IndexNotFoundError, IndexCorruptError, IndexReadError or IndexVersionError where the index cannot be
        used, UsageError for a location of an unknown kind and for an object that lacks a capability.
        """
        require_flag("create", create)
        models = LoadedModels(model, reranker)
        index = open_index(location, create=create) if isinstance(location, str | Path) else check_index(location)
        return cls(index, models)

    def sync(
        self,
        *sources: str | Path,
        rebuild: bool = False,
        encoding: str | None = None,
        max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
        passage_tokens: int | None = None,
        token_vectors: bool | None = None,
        prune: bool = False,
        checksum: bool = False,
        dry_run: bool = False,
        wait: float = 0.0,
        follow: bool = False,
        allow_empty: bool = False,
        wait_for: WaitFor = "all",
        workers: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> SyncReport:
        """Update the index to the files, folders and patterns in ``sources``, and remember these.

        Without sources, those that the index remembers are refreshed, each with the options it was named with. Added,
        changed and moved files are read; what has not changed is not read again and no passage is embedded twice;
        documents below the sources whose files are gone are removed. Documents of other sources, and those that a
        program added, stay. Where much is to be embedded, everything is committed without vectors first, so that it is
        found by its words after seconds, and by meaning as vectors arrive; an interrupted sync continues where it
        stopped.

        - ``rebuild``: index the sources from scratch and drop everything else except documents of programs; the model,
          ``passage_tokens`` and ``token_vectors`` stay those of the index where they are not given
        - ``encoding``: overrides the recognised encoding of text files
        - ``max_file_size``: in bytes; larger files are skipped (None: no limit)
        - ``passage_tokens``: the length that passages are packed to; kept for later syncs
        - ``token_vectors``: store token vectors in the index, so that late interaction takes milliseconds; kept for
          later syncs
        - ``prune``: forget all other sources and drop their documents
        - ``checksum``: compare the bytes of every file, not size and time first
        - ``dry_run``: report what would be done, exactly, and write nothing
        - ``wait``: how many seconds to wait while another process writes
        - ``follow``: follow links in folders to files outside of them
        - ``allow_empty``: a source without any file was emptied; by default its documents stay, since it may not be
          mounted
        - ``wait_for``: ``"words"`` returns when everything is found by its words; the next sync embeds the rest
        - ``workers``: a Ray cluster that embeds: ``ray://HOST:10001``, ``ray:auto`` or ``ray:local``
        - ``on_progress``: called as the work goes on

        Raises UsageError for a source that does not exist, FingerprintMismatchError where ``rebuild`` is
        needed, IndexLockedError while another process writes, IndexWriteError where the disk refuses.
        Files that cannot be read are listed in the report's ``skipped``.
        """
        # The readers and the chunker take a while to import, and a search needs neither.
        with WORK.hold():
            from retriever.ingest.options import SyncOptions

        options = SyncOptions(
            rebuild=rebuild,
            encoding=encoding,
            max_file_size=max_file_size,
            passage_tokens=passage_tokens,
            token_vectors=token_vectors,
            prune=prune,
            checksum=checksum,
            dry_run=dry_run,
            wait=wait,
            follow=follow,
            allow_empty=allow_empty,
            wait_for=wait_for,
            workers=workers,
        )
        return self._sync(sources, options, on_progress)

    def watch(
        self,
        *sources: str | Path,
        encoding: str | None = None,
        max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
        follow: bool = False,
        allow_empty: bool = False,
        stop: threading.Event | None = None,
        on_error: Callable[[RetrieverError], None] | None = None,
    ) -> Iterator[SyncReport]:
        """Sync now and whenever files of the sources have changed, until ``stop`` is set.

        Without sources, those that the index remembers are watched, also those that it is given meanwhile. Yields the
        report of each sync. ``on_error`` is called for failed syncs, which are retried, and for vanished sources, whose
        documents stay; without it the first error is raised. The other arguments are those of ``sync``. A named source
        that does not exist at the start raises UsageError; a remembered one is listed in the reports' ``skipped``.
        """
        with WORK.hold():
            from retriever.ingest.options import SyncOptions
            from retriever.ingest.sources import resolve_source
            from retriever.ingest.watch import watch

        require_callback("on_error", on_error)
        if not (stop is None or (hasattr(stop, "is_set") and hasattr(stop, "wait"))):
            raise UsageError(f"stop must be an event, not {quote(stop)}", hint="give a threading.Event")
        options = SyncOptions(
            encoding=encoding, max_file_size=max_file_size, follow=follow, allow_empty=allow_empty, reread=False
        )
        run = partial(self._sync, options=options, on_progress=None)
        folder, stop = self._index.folder, stop or threading.Event()
        if sources:
            # Resolved now: the working folder may change while they are watched.
            chosen = partial(resolve_source, encoding=encoding, max_file_size=max_file_size, follow=follow)
            named = [chosen(source) for source in sources]
            by_path: dict[str | Path, Source] = {source.path: source for source in named}
            return watch(
                list(by_path),
                lambda there: run([by_path[path] for path in there]),
                exclude=folder,
                stop=stop,
                on_error=on_error,
            )
        # Named again, they would lose the names and options that the index remembers.
        return watch(
            (),
            run,
            exclude=folder,
            stop=stop,
            on_error=on_error,
            remembered=lambda: [one.path for one in self.sources()],
        )

    def forget(self, *sources: str | Path, wait: float = 0.0) -> RemoveReport:
        """Forget sources, by name or path, and remove their documents, except those that another source provides.

        All go in one commit. They need not exist any more. Raises UsageError where the index does not remember one
        of them, and then forgets none; IndexLockedError, IndexWriteError.
        """
        with WORK.hold():
            from retriever.ingest.forget import forget

        self._require_open()
        return forget(self._index, sources, wait=wait)

    def add(
        self,
        documents: Iterable[Document],
        *,
        passage_tokens: int | None = None,
        token_vectors: bool | None = None,
        wait: float = 0.0,
        on_progress: OnProgress | None = None,
    ) -> AddReport:
        """Add documents of a program in one commit; a document with an id that was added before replaces that one.

        They go through the same outline, passages and vectors as files, and no sync or prune touches them. A generator
        is consumed as a stream, so it may give more than fits into memory; it may read the index but not write to it.
        Of documents with one id the last counts, in the report, too.
        ``passage_tokens`` and ``token_vectors`` as for ``sync``.

        Raises UsageError for a document that cannot be kept, FingerprintMismatchError where the index was built with
        another model, IndexLockedError, IndexWriteError; then nothing was added.
        """
        with WORK.hold():
            from retriever.ingest.program import AddOptions, add

        self._require_open()
        require_callback("on_progress", on_progress)
        options = AddOptions(passage_tokens, token_vectors, wait)
        with self._writing_model(on_progress) as (name, model):
            return add(self._index, self._cache, model, name, documents, options, on_progress)

    def remove(self, *ids: str, where: Where | None = None, wait: float = 0.0) -> RemoveReport:
        """Remove documents that a program added: those of some ids, and those that match a filter.

        Ids that no document has are listed in the report's ``missing``. Raises UsageError where neither ids nor a
        filter are given and for a document that comes from a file, FilterError also for a field that no document of a
        program has and for one of passages, IndexLockedError, IndexWriteError.
        """
        with WORK.hold():
            from retriever.filters import Filter
            from retriever.ingest.program import remove

        self._require_open()
        require_filter(where, hint="such as: where=\"topic = 'old'\"")
        if not ids and where is None:
            raise UsageError("nothing to remove", hint="name the ids of documents, or give a filter: where=…")
        with WORK.hold():
            condition = None if where is None else Filter.of(where)
        return remove(self._index, ids, condition, wait=wait)

    def __enter__(self) -> Retriever:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _sync(
        self, sources: Sequence[str | Path | Source], options: SyncOptions, on_progress: OnProgress | None
    ) -> SyncReport:
        with WORK.hold():
            from retriever.ingest.sync import sync

        self._require_open()
        require_callback("on_progress", on_progress)
        with self._writing_model(on_progress, rebuild=options.rebuild, remember=not options.dry_run) as (name, model):
            return sync(self._index, self._cache, model, name, sources, options, on_progress)

    @contextmanager
    def _writing_model(
        self, on_progress: OnProgress | None, *, rebuild: bool = False, remember: bool = True
    ) -> Iterator[tuple[str, EmbeddingModel]]:
        """The model to write with, and its name; with ``rebuild`` also that of a damaged index.

        One that was named is remembered for this index, if the index has it in the end.
        """
        if rebuild:
            settings = self._index.last_settings()
        else:
            with self._reading() as snapshot:
                settings = snapshot.settings
        name = self._models.find_name(settings, self.location)
        model = self._models.embedding_model(name, on_progress)
        try:
            yield name, model
        finally:
            if remember:
                with suppress(RetrieverError), self._reading() as snapshot:
                    self._models.remember(snapshot.settings, self.location)


def verify_index(location: str | Path, *, deep: bool = True) -> list[Problem]:
    """Check an index, even one that is too damaged to be opened; see ``Retriever.verify``.

    Raises IndexNotFoundError, IndexVersionError.
    """
    from retriever.index import verify_location

    require_flag("deep", deep)
    return verify_location(location, deep=deep)
