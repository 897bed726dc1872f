"""No more threads compute at a time than may, none waits for itself, and no turn is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest
from fake_encoder import FakeEncoder
from forked import in_child

from retriever import Document, Retriever
from retriever.models.embedding_model import EmbeddingModel
from retriever.search.turns import TURNS, Turns
from retriever.types import Mode


def test_so_many_compute_at_a_time_and_no_more() -> None:
    turns, both = Turns(2), threading.Barrier(2)
    inside: set[int] = set()
    most = 0

    def work(number: int) -> None:
        nonlocal most
        with turns.hold(), turns.hold():
            inside.add(number)
            # Nobody goes on alone, so two are inside at once, and a third would be seen.
            both.wait(60)
            most = max(most, len(inside))
            both.wait(60)
            inside.remove(number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(12)))
    assert most == 2


def test_what_waits_for_others_needs_no_turn() -> None:
    turns, came = Turns(1), threading.Event()

    def pass_by() -> None:
        with turns.hold(needed=False):
            came.set()

    with turns.hold():
        thread = threading.Thread(target=pass_by)
        thread.start()
        thread.join(60)
        assert came.is_set()


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(KeyError), turns.hold():
            raise KeyError
    with turns.hold():
        pass


def test_a_turn_that_was_taken_at_a_fork_is_free_in_the_child() -> None:
    turns = Turns(1)

    def take() -> None:
        thread = threading.Thread(target=lambda: turns.hold().__enter__())
        thread.start()
        thread.join(60)
        assert not thread.is_alive()

    with turns.hold():
        in_child(take)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_search_keeps_its_turn_to_the_end(mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would wait behind all other threads once more."""
    taken: list[object] = []

    class Free(SimpleQueue[None]):
        def get(self, block: bool = True, timeout: float | None = None) -> None:
            taken.append(super().get(block, timeout))

    free = Free()
    free.put(None)
    monkeypatch.setattr(TURNS, "_free", free)
    # A model that is trusted, as the bundled one is, waits for nobody.
    with Retriever.open(tmp_path, create=True, model=EmbeddingModel(FakeEncoder(), checked=False)) as retriever:
        retriever.add([Document("ferry", "The ferry leaves at nine.")])
        assert retriever.search("ferry", mode=mode).hits
    assert len(taken) == 1
    assert free.qsize() == 1
