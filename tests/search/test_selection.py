"""Which candidates become hits: folded, spread over documents, capped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import create_index, search_index, write

from retriever.index.interface import StoredPassage
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.options import SearchOptions
from retriever.search.candidates import Candidate
from retriever.search.fusion import StageScores
from retriever.search.selection import choose
from retriever.types import Passage, StoredDocument

QUESTION = "the lamp on the pier is lit at dusk by the keeper"
BACKGROUND = ScoreBaseline(0.0, 0.1, 0.0, 0.1)


def candidate(ref: int, document: str, dense: float) -> Candidate:
    stored = StoredDocument(document, document, document, document, "", "")
    text = f"word{ref} of its own{ref}"
    passage = StoredPassage(ref, f"{ref:016x}", 0, Passage(text, ref, ref + 1), stored)
    return Candidate.of(passage, StageScores(dense, None, None, True), BACKGROUND)


def ranked(*rows: tuple[str, float]) -> list[Candidate]:
    items = [candidate(ref, document, dense) for ref, (document, dense) in enumerate(rows)]
    return sorted(items, key=lambda item: item.order)


def chosen(items: list[Candidate], vectors: list[list[float]], **settings: int | bool) -> list[int]:
    options = SearchOptions(**settings)  # type: ignore[arg-type]
    units = np.array(vectors, np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return [items[group[0]].stored.ref for group in choose(items, units, options, BACKGROUND)]


def test_diversity_by_hand() -> None:
    items = ranked(("a", 0.85), ("b", 0.84), ("c", 0.83))
    vectors = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]
    assert chosen(items, vectors, k=3) == [0, 1, 2]
    # The second says what the first does; the third, a little less likely, is new.
    assert chosen(items, vectors, k=3, diverse=True) == [0, 2, 1]


def test_diversity_prefers_another_document() -> None:
    items = ranked(("a", 0.85), ("a", 0.84), ("b", 0.83))
    vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert chosen(items, vectors, k=3, diverse=True) == [0, 2, 1]


def test_diversity_where_a_model_finds_all_texts_alike() -> None:
    items, same = ranked(("a", 0.85), ("b", 0.84)), np.ones((2, 2), np.float32)
    options = SearchOptions(2, diverse=True, duplicates="show")
    assert [at for [at] in choose(items, same, options, ScoreBaseline(1.0, 0.1, 0.0, 0.1))] == [0, 1]


def test_a_cap_by_hand() -> None:
    items = ranked(("a", 0.9), ("a", 0.8), ("b", 0.7), ("a", 0.6), ("b", 0.5))
    vectors = np.eye(5).tolist()
    assert chosen(items, vectors, k=5, max_per_document=1) == [0, 2]
    assert chosen(items, vectors, k=5, max_per_document=2) == [0, 1, 2, 4]
    assert chosen(items, vectors, k=2, max_per_document=1) == [0, 2]


rows = st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1, 1)), max_size=30)


@given(rows, st.integers(1, 12), st.booleans(), st.none() | st.integers(1, 3), st.randoms(use_true_random=False))
def test_what_is_chosen(
    table: list[tuple[str, float]], k: int, diverse: bool, cap: int | None, random: np.random.RandomState
) -> None:
    items = ranked(*table)
    vectors = np.array([[random.uniform(-1, 1) for _ in range(4)] for _ in items], np.float32).reshape(-1, 4)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    options = SearchOptions(k, diverse=diverse, max_per_document=cap)
    heads = [items[group[0]] for group in choose(items, vectors, options, BACKGROUND)]
    assert len({head.stored.ref for head in heads}) == len(heads) <= k
    documents = [head.stored.document.key for head in heads]
    available = {name: sum(document == name for document, _ in table) for name in "abc"}
    assert all(documents.count(name) <= (cap or k) for name in "abc")
    assert len(heads) == min(k, sum(min(count, cap or count) for count in available.values()))
    if heads:
        assert heads[0] == items[0]
    if not diverse:
        assert heads == sorted(heads, key=lambda head: head.order)


def test_there_are_as_many_hits_as_there_can_be(tmp_path: Path, encoder: FakeEncoder) -> None:
    """Three hundred copies and one long document stand before the others, and still there are ten."""
    files = {f"copy{number}.txt": "The lamp on the pier is lit at dusk by the keeper." for number in range(300)}
    files["long.txt"] = "\n\n".join(f"The lamp number{n} on the pier{n} is lit{n} at dusk{n}." for n in range(200))
    files |= {f"other{number}.txt": f"Boats{number} and nets{number}." for number in range(12)}
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files), passage_tokens=16)
    for mode in ("hybrid", "dense"):
        options = SearchOptions(10, mode, max_per_document=1)
        hits = search_index(index, encoder, QUESTION, options).hits
        assert len(hits) == 10
        assert len({hit.document for hit in hits}) == 10
        assert len(hits[0].duplicates) >= 99


class Reader:
    """A reranker to which all passages are alike; ``read`` lists what it was given."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        self.read += passages
        return [0.5] * len(passages)


def test_more_ties_than_candidates_are_not_the_end(tmp_path: Path, encoder: FakeEncoder) -> None:
    """Five hundred copies tie for every hundred and every four hundred; the others are found all the same."""
    files = {f"copy{number}.txt": "The lamp on the pier is lit at dusk by the keeper." for number in range(500)}
    files |= {f"other{number}.txt": f"Boats{number} and nets{number}." for number in range(12)}
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files))
    reader = Reader()
    options = SearchOptions(10)
    hits = search_index(index, encoder, QUESTION, options, reader).hits
    assert len(hits) == 10
    assert len(hits[0].duplicates) == 499
    # Each candidate was read once, however often the candidates were widened.
    assert len(reader.read) == options.reranked


def test_hits_below_the_least_score_are_left_out(tmp_path: Path, encoder: FakeEncoder) -> None:
    files = {"a.txt": "The lamp is lit.", "b.txt": "Boats and nets.", "c.txt": "The lamp."}
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files))
    every = search_index(index, encoder, "the lamp is lit", SearchOptions()).hits
    for least in (hit.score for hit in every):
        some = search_index(index, encoder, "the lamp is lit", SearchOptions(min_score=least)).hits
        assert list(some) == [hit for hit in every if hit.score >= least]
