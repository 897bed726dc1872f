"""``AsyncRetriever``: an open index for asyncio. Wiring only; the work is done by ``Retriever`` in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.arguments import require_count
from retriever.async_retriever.searching import AsyncSearcher
from retriever.engine import Retriever
from retriever.errors import RetrieverError
from retriever.options import Where
from retriever.reports import AddReport, RemoveReport, SyncReport
from retriever.searching import OnProgress
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document, WaitFor

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder, Reranker


class AsyncRetriever(AsyncSearcher):
    """An open index for asyncio, with the verbs of ``Retriever``, worked on in a bounded number of threads.

    A call that is cancelled ends at once. If it was waiting for a thread, its work is never begun; else the answer of a
    search is dropped, and a sync or an addition stops at its next step and leaves the index as it was. Callbacks and
    iterators of documents are called in the threads, not in the event loop.

    >>> async with await AsyncRetriever.open("indexes/reports") as retriever:
    ...     hits = await retriever.search("怎样给老旧小区装电梯？", k=5)
    """

    @classmethod
    async def open(
        cls,
        location: str | Path | Index,
        *,
        create: bool = False,
        model: str | Path | Encoder | EmbeddingModel | None = None,
        reranker: str | Path | Reranker | None = None,
        threads: int | None = None,
    ) -> AsyncRetriever:
        """As ``Retriever.open``; ``threads`` is how many calls are worked on at once, by default one more than CPUs."""
        require_count("threads", threads, at_least=1, optional=True)
        work = partial(Retriever.open, location, create=create, model=model, reranker=reranker)
        opening = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return cls(await asyncio.shield(opening), threads=threads)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

    async def sync(
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
        """As ``Retriever.sync``. Cancelled before it commits, it leaves the index as it was."""

        def sync(progress: OnProgress) -> SyncReport:
            return self.retriever.sync(
                *sources,
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
                on_progress=progress,
            )

        return await self._threads.write(sync, on_progress)

    async def add(
        self,
        documents: Iterable[Document],
        *,
        passage_tokens: int | None = None,
        token_vectors: bool | None = None,
        wait: float = 0.0,
        on_progress: OnProgress | None = None,
    ) -> AddReport:
        """As ``Retriever.add``. Cancelled before it commits, it leaves the index as it was."""

        def add(progress: OnProgress) -> AddReport:
            return self.retriever.add(
                documents,
                passage_tokens=passage_tokens,
                token_vectors=token_vectors,
                wait=wait,
                on_progress=progress,
            )

        return await self._threads.write(add, on_progress)

    async def remove(self, *ids: str, where: Where | None = None, wait: float = 0.0) -> RemoveReport:
        """As ``Retriever.remove``."""
        return await self._threads.run(partial(self.retriever.remove, *ids, where=where, wait=wait))

    async def forget(self, *sources: str | Path, wait: float = 0.0) -> RemoveReport:
        """As ``Retriever.forget``."""
        return await self._threads.run(partial(self.retriever.forget, *sources, wait=wait))

    async def watch(
        self,
        *sources: str | Path,
        encoding: str | None = None,
        max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
        follow: bool = False,
        allow_empty: bool = False,
        stop: threading.Event | None = None,
        on_error: Callable[[RetrieverError], None] | None = None,
    ) -> AsyncIterator[SyncReport]:
        """As ``Retriever.watch``, in a thread of its own, until ``stop`` is set or the loop over it is left."""
        ended = stop or threading.Event()
        reports = self.retriever.watch(
            *sources,
            encoding=encoding,
            max_file_size=max_file_size,
            follow=follow,
            allow_empty=allow_empty,
            stop=ended,
            on_error=on_error,
        )
        executor = ThreadPoolExecutor(1, thread_name_prefix="retriever-watch")
        try:
            while (report := await asyncio.wrap_future(executor.submit(next, reports, None))) is not None:
                yield report
        finally:
            ended.set()
            executor.shutdown(wait=False)

    async def close(self) -> None:
        """Begin nothing more, and release files and memory.

        Running searches finish; later calls raise UsageError, and so do those that wait for a thread.
        """
        self._threads.close()
        await asyncio.to_thread(self.retriever.close if self._pool is None else self._pool.close)

    async def __aenter__(self) -> AsyncRetriever:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def _close(opening: asyncio.Future[Retriever]) -> None:
    """Close what was opened for nobody."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
