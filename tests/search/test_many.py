"""Many questions at once are answered as one by one, from one generation, with one call of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_encoder import FakeEncoder
from library import FILES
from small_index import write

from retriever import Retriever, RetrieverGroup, SearchOptions, SearchResponse
from retriever.errors import FilterError, UsageError
from retriever.search.many import BATCH
from retriever.types import Mode

if TYPE_CHECKING:
    from retriever.types import Vectors

QUESTIONS = ["Who gives out the permit?", "图书馆周末开放吗", "lamp", "  lamp ", "билет на паром"]


class CountingEncoder(FakeEncoder):
    """Remembers how many questions each call brought."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(len(texts))
        return super().encode_queries(texts)


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def retriever(tmp_path: Path, counting: CountingEncoder) -> Retriever:
    opened = Retriever.open(tmp_path / "index", create=True, model=counting)
    opened.sync(write(tmp_path / "docs", FILES))
    counting.calls.clear()
    return opened


def timeless(responses: Sequence[SearchResponse]) -> list[SearchResponse]:
    return [replace(response, took_ms=0.0) for response in responses]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_each_answer_is_that_of_a_single_search(retriever: Retriever, mode: Mode) -> None:
    single = [retriever.search(question, 3, mode=mode, explain=True) for question in QUESTIONS]
    assert retriever.search_many(QUESTIONS, 3, mode=mode, explain=True) == single
    group = RetrieverGroup([retriever])
    assert timeless(group.search_many(QUESTIONS, 3, mode=mode, explain=True)) == timeless(single)


def test_the_questions_are_embedded_together_and_each_once(retriever: Retriever, counting: CountingEncoder) -> None:
    retriever.search_many(QUESTIONS)
    assert counting.calls == [4]
    counting.calls.clear()
    RetrieverGroup([retriever]).search_many([f"lamp {number}" for number in range(BATCH + 1)], 1)
    assert counting.calls == [BATCH, 1]


def test_indexes_of_one_model_embed_together(retriever: Retriever, counting: CountingEncoder, tmp_path: Path) -> None:
    other = Retriever.open(tmp_path / "other", create=True, model=counting)
    other.sync(write(tmp_path / "more", {"pier.txt": "The lamp on the pier was replaced.", "quay.txt": "北码头关闭。"}))
    group = RetrieverGroup([retriever, other])
    single = [group.search(question, 4) for question in QUESTIONS]
    counting.calls.clear()
    assert timeless(group.search_many(QUESTIONS, 4)) == timeless(single)
    assert counting.calls == [4]


def test_lexical_mode_needs_no_model(retriever: Retriever, counting: CountingEncoder) -> None:
    assert all(retriever.search_many(["permit", "quay"], mode="lexical"))
    assert counting.calls == []


def test_no_questions_have_no_answers(retriever: Retriever) -> None:
    assert retriever.search_many([]) == []


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ("permit", "queries must be a list of texts, not str"),
        (["permit", " "], "query 1 of the list: the query is empty"),
        (["permit", 7], "query 1 of the list: the query must be text, not 7"),
        (iter(["permit"]), "queries must be a list of texts"),
    ],
)
def test_a_wrong_question_is_named_by_its_place(retriever: Retriever, queries: list[str], message: str) -> None:
    for searched in (retriever, RetrieverGroup([retriever])):
        with pytest.raises(UsageError, match=message):
            searched.search_many(queries)
    with pytest.raises(FilterError):
        retriever.search_many(["permit"], where="year >")


def test_all_answers_are_from_one_generation(retriever: Retriever, tmp_path: Path) -> None:
    """A commit between two questions of a batch is seen by neither."""
    index = retriever._index
    options = SearchOptions(1, "lexical")
    seen = []

    class Watching(list[str]):
        """Commits while the questions are read."""

        def __iter__(self):  # type: ignore[no-untyped-def]
            for question in super().__iter__():
                yield question
                write(tmp_path / "docs", {f"new{len(seen)}.txt": "A permit for everybody."})
                seen.append(retriever.sync().generation)

    responses = retriever.search_many_with(Watching(["permit", "permit"]), options)
    assert len({response.generation for response in responses}) == 1
    assert index.snapshot().generation == seen[-1] > responses[0].generation
