"""The right to write: one thread has it, may nest it, and others are told who."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from index_corpus import changes

from retriever.errors import IndexLockedError, StorageError
from retriever.index.interface import Index


@contextmanager
def written_elsewhere(index: Index) -> Iterator[threading.Event]:
    """While another thread has the right to write; it lets go when the event is set, or at the end."""
    has, release = threading.Event(), threading.Event()

    def hold() -> None:
        with index.writing():
            has.set()
            assert release.wait(60)

    with ThreadPoolExecutor(1, thread_name_prefix="another thread") as pool:
        holder: Future[None] = pool.submit(hold)
        assert has.wait(60)
        try:
            yield release
        finally:
            release.set()
            holder.result()


def test_a_thread_may_nest_it_and_commit_inside(index: Index) -> None:
    with index.writing():
        with index.writing(timeout=5):
            first = index.commit(changes(additions={"a": ["tea"]}))
        with index.reading() as snapshot:
            assert snapshot.generation == first
        assert index.commit(changes(["a"])) > first
    with index.writing():
        pass


def test_another_thread_is_refused_and_told_who_writes(index: Index) -> None:
    with written_elsewhere(index):
        with pytest.raises(IndexLockedError, match="another thread") as caught, index.writing():
            pass
        with pytest.raises(IndexLockedError), index.writing(timeout=0.01):
            pass
        assert index.location in str(caught.value)
        assert caught.value.hint
        assert isinstance(caught.value, StorageError)
    with index.writing():
        pass


def test_a_commit_is_refused_while_another_thread_writes(index: Index) -> None:
    with written_elsewhere(index):
        with pytest.raises(IndexLockedError):
            index.commit(changes(additions={"a": ["tea"]}))
        with index.reading() as snapshot:
            assert snapshot.documents == 0
    index.commit(changes(additions={"a": ["tea"]}))
    with index.reading() as snapshot:
        assert snapshot.documents == 1


def test_who_waits_long_enough_gets_it(index: Index) -> None:
    with written_elsewhere(index) as release, ThreadPoolExecutor(1) as pool:
        began = threading.Event()

        def wait() -> bool:
            began.set()
            with index.writing(timeout=60):
                return release.is_set()

        waiting = pool.submit(wait)
        assert began.wait(60)
        release.set()
        assert waiting.result(60)


def test_it_is_free_again_after_an_error(index: Index) -> None:
    with pytest.raises(ZeroDivisionError), index.writing():
        raise ZeroDivisionError
    with ThreadPoolExecutor(1) as pool:
        number = pool.submit(index.commit, changes(additions={"a": ["tea"]})).result()
    with index.reading() as snapshot:
        assert snapshot.generation == number


def test_readers_are_not_held_up(index: Index) -> None:
    index.commit(changes(additions={"a": ["tea"]}))
    with written_elsewhere(index), index.reading() as snapshot:
        assert snapshot.lexical({"tea": 1.0}, 3).refs.size == 1
