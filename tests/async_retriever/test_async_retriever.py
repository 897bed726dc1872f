"""``AsyncRetriever`` has the verbs of ``Retriever``; what is cancelled ends at once and leaves nothing behind."""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from memory_index import MemoryIndex
from small_index import paragraph, write

from retriever import AsyncRetriever, Document, Progress, Retriever, RetrieverPool, SearchOptions
from retriever.errors import IndexLockedError, UsageError

FILES = {"river.txt": "The river froze in January.", "bakery.txt": "The bakery opens at six."}
VERBS = [name for name, _ in inspect.getmembers(Retriever, inspect.isfunction) if not name.startswith("_")]


class WaitingEncoder(FakeEncoder):
    """From ``hold`` on embeds a question once ``free`` is set, and lists those that it has been asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()
        self.started: list[str] = []
        self.entered = threading.Semaphore(0)

    def hold(self) -> None:
        self.free.clear()
        self.started.clear()
        self.entered = threading.Semaphore(0)

    def encode_queries(self, texts: Any) -> Any:
        self.started.extend(texts)
        self.entered.release()
        assert self.free.wait(60)
        return super().encode_queries(texts)


def run(work: Callable[[AsyncRetriever], Awaitable[None]], retriever: Retriever, threads: int = 2) -> None:
    async def whole() -> None:
        async with AsyncRetriever(retriever, threads=threads) as asynchronous:
            await work(asynchronous)

    asyncio.run(whole())


def open_index(folder: Path, encoder: FakeEncoder) -> Retriever:
    retriever = Retriever.open(folder / "index", create=True, model=encoder)
    retriever.sync(write(folder / "docs", FILES))
    if isinstance(encoder, WaitingEncoder):
        encoder.hold()
    return retriever


def described(function: Callable[..., Any]) -> str:
    """The arguments with their types and defaults, and what is returned or yielded."""
    signature = str(inspect.signature(function))
    return re.sub(r"(Async)?Iterator|\bAsyncRetriever", "", signature).replace("-> Retriever", "-> ")


@pytest.mark.parametrize("verb", VERBS)
def test_the_verbs_have_the_same_arguments(verb: str) -> None:
    ours, theirs = getattr(AsyncRetriever, verb), getattr(Retriever, verb)
    assert described(ours) == described(theirs)
    assert inspect.iscoroutinefunction(ours) or inspect.isasyncgenfunction(ours)
    assert inspect.getdoc(ours)


def test_opening_has_the_same_arguments() -> None:
    ours = dict(inspect.signature(AsyncRetriever.open).parameters)
    ours.pop("threads")
    assert list(ours.values()) == list(inspect.signature(Retriever.open).parameters.values())


def test_a_pool_is_asked_for_searches_and_closed(tmp_path: Path) -> None:
    retriever, other = (Retriever.open(tmp_path / name, create=True) for name in ("index", "other"))
    retriever.sync(write(tmp_path / "docs", FILES))
    expected = retriever.search("When did the river freeze?"), retriever.context("six", 200)
    pool = RetrieverPool([retriever], 1)

    async def whole() -> None:
        async with AsyncRetriever(retriever, pool=pool) as index:
            assert await index.search("When did the river freeze?") == expected[0]
            assert await index.context("six", 200) == expected[1]
            assert len(pool._processes.running) == 1
            await index.warm()
            assert await index.search_many(["When did the river freeze?"]) == [expected[0]]
            assert (await index.status()).documents == 2

    asyncio.run(whole())
    for closed in (pool, retriever):
        with pytest.raises(UsageError, match="is closed"):
            closed.search("six")
    with other, pytest.raises(UsageError, match="not a pool of this retriever"):
        AsyncRetriever(retriever, pool=RetrieverPool([other]))


def test_every_verb_does_what_it_does_there(tmp_path: Path) -> None:
    encoder = FakeEncoder()

    async def whole() -> None:
        docs = write(tmp_path / "docs", FILES)
        async with await AsyncRetriever.open(tmp_path / "index", create=True, model=encoder) as index:
            assert (await index.sync(docs)).added == 2
            assert (await index.add([Document("faq", "Rents rise in May.")])).added == 1
            there = index.retriever
            hits = await index.search("When did the river freeze?", k=1)
            assert list(hits) == list(there.search("When did the river freeze?", k=1))
            assert await index.search_with("six", SearchOptions(mode="lexical")) == there.search("six", mode="lexical")
            assert await index.search_many(["six", "May"], 1) == there.search_many(["six", "May"], 1)
            context = await index.context("When did the river freeze?", 200)
            assert context == there.context("When did the river freeze?", 200)
            assert (await index.check_citations("It froze in January.", ["It froze in January."])).unsupported == ()
            assert (await index.citation_checker(context)).finish() == []
            assert await index.read_documents(hits[0].document) == there.read_documents(hits[0].document)
            assert await index.passage(hits[0].id) == there.passage(hits[0].id)
            assert await index.document(hits[0].document) == there.document(hits[0].document)
            assert await index.documents() == there.documents()
            assert await index.facets() == there.facets()
            assert await index.sources() == there.sources()
            assert await index.status() == there.status()
            assert await index.verify() == []
            assert (await index.remove("faq")).removed == 1
            assert (await index.forget(docs)).removed == 2
            await index.warm()

    asyncio.run(whole())


def test_a_cancelled_search_ends_while_its_thread_still_works(tmp_path: Path) -> None:
    encoder = WaitingEncoder()
    retriever = open_index(tmp_path, encoder)

    async def cancel(index: AsyncRetriever) -> None:
        search = asyncio.create_task(index.search("six"))
        await asyncio.to_thread(encoder.entered.acquire)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert not encoder.free.is_set()
        encoder.free.set()
        assert len(await index.search("river", k=1)) == 1

    run(cancel, retriever)


class ClosableIndex(MemoryIndex):
    """Tells when it is closed."""

    def __init__(self) -> None:
        super().__init__("closable")
        self.closed = threading.Event()

    def close(self) -> None:
        super().close()
        self.closed.set()


class SlowlyDescribedEncoder(FakeEncoder):
    """Says what it is once ``free`` is set."""

    def __init__(self) -> None:
        self.asked, self.free = threading.Event(), threading.Event()
        super().__init__()

    @property
    def description(self) -> Any:
        self.asked.set()
        assert self.free.wait(60)
        return self._described

    @description.setter
    def description(self, described: Any) -> None:
        self._described = described


def test_what_is_opened_for_nobody_is_closed() -> None:
    index, encoder = ClosableIndex(), SlowlyDescribedEncoder()

    async def cancel() -> None:
        opening = asyncio.create_task(AsyncRetriever.open(index, create=True, model=encoder))
        await asyncio.to_thread(encoder.asked.wait)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert not index.closed.is_set()
        encoder.free.set()
        assert await asyncio.to_thread(index.closed.wait, 60)

    asyncio.run(cancel())


def test_what_waits_for_a_thread_is_never_begun_if_it_is_cancelled(tmp_path: Path) -> None:
    encoder = WaitingEncoder()
    retriever = open_index(tmp_path, encoder)

    async def cancel(index: AsyncRetriever) -> None:
        first = asyncio.create_task(index.search("first"))
        await asyncio.to_thread(encoder.entered.acquire)
        waiting = [asyncio.create_task(index.search(f"waiting {number}")) for number in range(3)]
        last = asyncio.create_task(index.search("last"))
        await asyncio.sleep(0)
        for search in waiting:
            search.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        encoder.free.set()
        assert await first
        assert await last
        assert encoder.started == ["first", "last"]

    run(cancel, retriever, threads=1)


def test_no_more_calls_are_worked_on_than_there_are_threads(tmp_path: Path) -> None:
    encoder = WaitingEncoder()
    retriever = open_index(tmp_path, encoder)

    async def ask(index: AsyncRetriever) -> None:
        searches = [asyncio.create_task(index.search(f"question {number}")) for number in range(5)]
        for _ in range(2):
            await asyncio.to_thread(encoder.entered.acquire)
        assert len(encoder.started) == 2
        encoder.free.set()
        assert all(await asyncio.gather(*searches))
        assert len(encoder.started) == 5

    run(ask, retriever)


@pytest.mark.parametrize("verb", ["sync", "add"])
def test_a_cancelled_write_leaves_the_index_as_it_was(tmp_path: Path, verb: str) -> None:
    retriever = open_index(tmp_path, FakeEncoder())
    before = retriever.status()
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Progress) -> None:
        begun.set()
        assert go_on.wait(60)

    def documents() -> Iterator[Document]:
        for number in range(600):
            yield Document(f"{number}", paragraph(number))

    async def cancel(index: AsyncRetriever) -> None:
        write(tmp_path / "docs", {f"{number}.txt": paragraph(number) for number in range(3)})
        work = index.sync(on_progress=wait) if verb == "sync" else index.add(documents(), on_progress=wait)
        writing = asyncio.create_task(work)
        await asyncio.to_thread(begun.wait)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        go_on.set()
        # The one thread works on the next call once the write has stopped.
        assert (await index.status()).documents == before.documents
        assert (await index.remove("faq")).missing == ("faq",)  # nothing is locked

    run(cancel, retriever, threads=1)


def test_two_writes_at_once_are_refused_as_of_two_processes(tmp_path: Path) -> None:
    retriever = open_index(tmp_path, FakeEncoder())
    begun, go_on = threading.Event(), threading.Event()

    def documents() -> Iterator[Document]:
        begun.set()
        assert go_on.wait(60)
        yield Document("faq", "Rents rise in May.")

    async def write_twice(index: AsyncRetriever) -> None:
        first = asyncio.create_task(index.add(documents()))
        await asyncio.to_thread(begun.wait)
        with pytest.raises(IndexLockedError):
            await index.sync()
        go_on.set()
        assert (await first).added == 1

    run(write_twice, retriever)


def test_leaving_a_watch_ends_its_thread(tmp_path: Path) -> None:
    retriever = open_index(tmp_path, FakeEncoder())

    async def watch(index: AsyncRetriever) -> None:
        reports = index.watch()
        assert (await anext(reports)).unchanged == 2
        write(tmp_path / "docs", {"pier.txt": "The lamp on the pier is lit."})
        assert (await anext(reports)).added == 1
        await reports.aclose()

    run(watch, retriever)
    for thread in threading.enumerate():
        if thread.name.startswith("retriever-watch"):
            thread.join(60)
            assert not thread.is_alive()


def test_a_closed_one_says_so(tmp_path: Path) -> None:
    retriever = open_index(tmp_path, FakeEncoder())

    async def close() -> None:
        index = AsyncRetriever(retriever)
        await index.search("six")
        await index.close()
        with pytest.raises(UsageError, match="is closed"):
            await index.search("six")

    asyncio.run(close())


def test_what_waits_when_it_is_closed_is_refused_and_not_cancelled(tmp_path: Path) -> None:
    encoder = WaitingEncoder()

    async def close() -> None:
        index = AsyncRetriever(open_index(tmp_path, encoder), threads=1)
        running, waiting = (asyncio.create_task(index.search("six", k=1)) for _ in range(2))
        await asyncio.to_thread(encoder.entered.acquire)
        closing = asyncio.create_task(index.close())
        await asyncio.sleep(0)
        encoder.free.set()
        assert len(await running) == 1
        with pytest.raises(UsageError, match="is closed"):
            await waiting
        await closing

    asyncio.run(close())


@pytest.mark.parametrize("threads", [0, -1, True, "2"])
def test_a_wrong_number_of_threads_is_refused(tmp_path: Path, threads: Any) -> None:
    with pytest.raises(UsageError, match="threads must be"):
        AsyncRetriever(open_index(tmp_path, FakeEncoder()), threads=threads)


def ask_in_child(index: AsyncRetriever, answers: Any) -> None:
    answers.put(len(asyncio.run(index.search("six"))))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_the_child_of_a_fork_has_threads_of_its_own(tmp_path: Path) -> None:
    index = AsyncRetriever(open_index(tmp_path, FakeEncoder()))
    asyncio.run(index.search("six"))
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=ask_in_child, args=(index, answers))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert answers.get() == 2
