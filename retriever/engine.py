"""``Retriever``, the facade: opens an index with its model and wires the rooms together. It decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.chunking.settings import ChunkSettings
from retriever.errors import IndexNotFoundError, RetrieverError, UsageError
from retriever.hits import Hit, SearchResponse
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.index.local.snapshot import LocalSnapshot
from retriever.index.settings import IndexSettings
from retriever.index.status import documents_of, status_of
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.paths import user_path
from retriever.search.loaded import LoadedModels
from retriever.search.pipeline import run
from retriever.search.query import SearchRequest
from retriever.text.analyzer import ANALYZER_VERSION
from retriever.types import (
    DEFAULT_MAX_FILE_SIZE,
    Duplicates,
    IndexedDocument,
    IndexStatus,
    Mode,
    Problem,
    Progress,
    SyncReport,
)

if TYPE_CHECKING:
    from retriever.ingest.sync import SyncOptions
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder, Reranker

OnProgress = Callable[[Progress], None]


class Retriever:
    """A semantic search index on disk and the model that it was built with.

    Open one per index and keep it: searching is safe from any number of threads, and a sync in this process
    or another becomes visible to the next search, never to half of one.

    >>> retriever = Retriever.open("indexes/reports", create=True)
    >>> retriever.sync("reports/")
    >>> for hit in retriever.search("怎样给老旧小区装电梯？", k=5):
    ...     print(hit.score, hit.citation, hit.text)
    """

    def __init__(self, index: LocalIndex, models: LoadedModels) -> None:
        """Use ``Retriever.open``."""
        self._index = index
        self._models = models
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = False,
        model: str | Path | Encoder | EmbeddingModel | None = None,
        reranker: str | Path | Reranker | None = None,
    ) -> Retriever:
        """Open the index folder at ``path``.

        ``create`` makes an index where there is none, with the first sync. ``model`` is a name of the catalogue, a
        folder, a hub name or an object (``Encoder``); without one it is the model that the index was built with, for a
        new index the bundled one. It is loaded with the first call that needs it, which raises
        FingerprintMismatchError where the index was built with another one. ``reranker`` is the name or folder of a
        cross-encoder, or an object (``Reranker``), which then takes the place of late interaction.

        Raises IndexNotFoundError, IndexCorruptError, IndexReadError or IndexVersionError where the folder cannot be
        used, UsageError for an object that lacks a capability.
        """
        folder = user_path(path) if create else user_path(path, too_long=IndexNotFoundError)
        index = LocalIndex.plan(folder) if create else LocalIndex.open(folder)
        return cls(index, LoadedModels(model, reranker))

    @property
    def path(self) -> Path:
        """The index folder."""
        return self._index.path

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
        on_progress: OnProgress | None = None,
    ) -> SyncReport:
        """Bring the index up to the files, folders and globs in ``sources``.

        Added, changed and moved files are read; what has not changed is not read again and no passage is
        embedded twice; documents below the sources whose files are gone are removed. Documents from other
        sources stay, with ``prune`` they go. ``rebuild`` indexes the sources from nothing and drops all else; the
        model, ``passage_tokens`` and ``token_vectors`` stay those of the index where they are not given, and vectors
        already computed by the same model are used again. ``encoding`` overrides the recognised encoding of text
        files, ``max_file_size`` is in bytes (None: no limit), ``passage_tokens`` is the length that passages are
        packed to, ``token_vectors`` keeps the vectors of their tokens in the index, so that late
        interaction takes milliseconds (both kept for later syncs). ``checksum`` compares the bytes of every file,
        not size and time first. ``dry_run`` says what would be done, exactly, and writes nothing. ``wait`` is how many
        seconds to wait while another process writes.

        Raises UsageError for a source that does not exist, FingerprintMismatchError where ``rebuild`` is
        needed, IndexLockedError while another process writes, IndexWriteError where the disk refuses.
        Files that cannot be read are listed in the report's ``skipped``.
        """
        # The readers and the chunker take a while to import, and a search needs neither.
        from retriever.ingest.sync import SyncOptions

        options = SyncOptions(
            rebuild, encoding, max_file_size, passage_tokens, token_vectors, prune, checksum, dry_run, wait
        )
        return self._sync(sources, options, on_progress)

    def watch(
        self,
        *sources: str | Path,
        encoding: str | None = None,
        max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
        stop: threading.Event | None = None,
        on_error: Callable[[RetrieverError], None] | None = None,
    ) -> Iterator[SyncReport]:
        """Sync now and whenever files of the sources have changed and come to rest, until ``stop`` is set.

        Yields the report of each sync. ``on_error`` hears of syncs that failed, which are tried again, and of sources
        that have vanished, whose documents stay; without it the first error is raised. A source that is not there
        at the beginning raises UsageError.
        """
        from retriever.ingest.sync import SyncOptions
        from retriever.ingest.watch import watch

        options = SyncOptions(encoding=encoding, max_file_size=max_file_size, reread=False)
        run = partial(self._sync, options=options, on_progress=None)
        return watch(sources, run, exclude=self.path, stop=stop or threading.Event(), on_error=on_error)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: str | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> list[Hit]:
        """The ``k`` best passages for a question, best first; see ``respond``."""
        found = self.respond(
            query,
            k,
            mode=mode,
            context=context,
            rerank=rerank,
            duplicates=duplicates,
            where=where,
            min_score=min_score,
            diverse=diverse,
            max_per_document=max_per_document,
            explain=explain,
        )
        return list(found.hits)

    def respond(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: str | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> SearchResponse:
        """Search, and say also which generation answered and how long it took.

        ``mode`` is ``hybrid`` (meaning and words), ``dense`` (meaning) or ``lexical`` (words; loads no model).
        ``context`` adds that many neighbouring passages before and after each hit. ``rerank`` is how many
        candidates late interaction compares with the question token by token; None is 30 in hybrid mode and 0 in
        the others, 0 is quickest. ``duplicates`` folds passages that say nearly the same into the best of them,
        where they are listed, or shows them all. ``where`` is a filter (docs/filters.md). ``min_score`` (0 to 1)
        is the least score of a hit. ``diverse`` spreads the hits over documents and subjects,
        ``max_per_document`` caps them a document. ``explain`` fills each hit's ``explanation``. Safe from many threads.

        Raises UsageError for an empty query or one of punctuation only and for a number that is out of range,
        FilterError, FingerprintMismatchError where the index was built with another model, or by a version that cuts or
        analyses text differently.
        """
        snapshot = self._snapshot()
        if not snapshot.settings:
            raise IndexNotFoundError(
                f"the index {self.path} is empty",
                hint=f"put documents into it: retriever index SOURCE... --index {self.path}",
            )
        settings = IndexSettings.of(snapshot.settings)
        chunker = ChunkSettings.of(settings.passage_tokens).fingerprint
        settings.require(self.path, {"chunker": chunker, "analyzer": ANALYZER_VERSION})
        request = SearchRequest(
            query, k, mode, context, rerank, duplicates, where, min_score, diverse, max_per_document, explain
        )
        model = partial(self._models.embedding_model_for, settings, self.path)
        background = ScoreBaseline(*settings.background)
        with snapshot.explaining():
            return run(snapshot, model, request, str(self.path), background, self._models.reranker)

    def warm(self, on_progress: OnProgress | None = None) -> None:
        """Load now what a search needs, so that the first is as quick as the next.

        ``on_progress`` hears of the bundled model being prepared, which happens once on a machine. Raises what
        ``respond`` raises of an index that cannot be searched.
        """
        settings = self._snapshot().settings
        if settings:
            built_with = IndexSettings.of(settings)
            model = self._models.embedding_model(self._models.model or built_with.model, on_progress)
            late = model.has_token_vectors and ScoreBaseline(*built_with.background).has_late
            # What a search loads besides the model, it loads for this one.
            self.respond("warm", 1, rerank=int(late))
        if self._models.reranker:
            self._models.reranker()

    def status(self) -> IndexStatus:
        """What the index holds, in numbers. Loads no model."""
        return status_of(self.path, self._snapshot())

    def documents(self) -> list[IndexedDocument]:
        """The documents that the index holds, by source and id. Loads no model."""
        return documents_of(self._snapshot())

    def verify(self, *, deep: bool = True) -> list[Problem]:
        """Check the index: with ``deep`` every checksum and cross-reference, without only sizes and manifests.

        An empty list means that nothing is wrong. Nothing is changed.
        """
        return verify_index(self.path, deep=deep)

    def close(self) -> None:
        """Let go of files and memory. Searches that are running end well; later calls raise UsageError."""
        self._closed = True
        self._models.close()
        self._index.close()

    def __enter__(self) -> Retriever:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _require_open(self) -> None:
        if self._closed:
            raise UsageError(f"the retriever of {self.path} is closed", hint="open it again: Retriever.open")

    def _sync(self, sources: Sequence[str | Path], options: SyncOptions, on_progress: OnProgress | None) -> SyncReport:
        from retriever.ingest.sync import sync

        self._require_open()
        name = self._models.model or self._built_with(options.rebuild)
        model = self._models.embedding_model(name, on_progress)
        return sync(self._index, model, name, sources, options, on_progress)

    def _snapshot(self) -> LocalSnapshot:
        """The newest generation."""
        self._require_open()
        return self._index.snapshot()

    def _built_with(self, rebuild: bool) -> str:
        """The model of the index, or of the one to be rebuilt, which may be damaged."""
        found = IndexSettings.told(self._index.last_settings() if rebuild else self._snapshot().settings)
        return found.model if found else "bundled"


def verify_index(path: str | Path, *, deep: bool = True) -> list[Problem]:
    """Check an index, also one that is too damaged to be opened; see ``Retriever.verify``.

    Raises IndexNotFoundError where there is none, IndexVersionError.
    """
    return verify(user_path(path, too_long=IndexNotFoundError), deep=deep)
