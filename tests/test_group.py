"""Several indexes, searched as one: what holds over all of them, and the whole corpus in one index as the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder
from small_index import write

from retriever import Document, Retriever, RetrieverGroup, SearchOptions
from retriever.errors import FilterError, IndexNotFoundError, UsageError
from retriever.models.interface import TokenVectors

pytestmark = pytest.mark.usefixtures("read_here")

if TYPE_CHECKING:
    from retriever.types import Vectors

FIRST = {
    "river.txt": "The river froze in January. Skaters came from the town.",
    "orchard.md": "---\nyear: 2021\n---\nPears keep until March in the orchard.",
    "bakery.txt": "The bakery opens at six. Bread is cheap in the town.",
}
SECOND = {
    "hill.txt": "The hill is bare, and no river runs there.",
    "mill.txt": "---\n\nThe mill by the river stands still in January.",
    "copy.txt": "The bakery opens at six. Bread is cheap in the town.",
}
QUESTIONS = ["When did the river freeze?", "Where is bread cheap?", "pears in March", "six", "the town in January"]


class WiderEncoder(FakeEncoder):
    """Another model, whose vectors have more dimensions."""

    def __init__(self) -> None:
        super().__init__("wider")
        self.description = replace(self.description, dimension=DIMENSION + 4)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        return np.pad(super()._encoded(texts), [(0, 0), (4, 0)])

    def _tokens(self, text: str) -> TokenVectors:
        tokens = super()._tokens(text)
        return replace(tokens, vectors=np.pad(tokens.vectors, [(0, 0), (4, 0)]))


def build(folder: Path, name: str, files: dict[str, str], encoder: FakeEncoder | None = None) -> Retriever:
    docs = write(folder / name, files)
    retriever = Retriever.open(folder / f"index-{name}", create=True, model=encoder or FakeEncoder())
    retriever.sync(docs)
    return retriever


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Retriever, Retriever]:
    """Of all tests, which only read."""
    folder = tmp_path_factory.mktemp("two")
    return build(folder, "first", FIRST), build(folder, "second", SECOND)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_are_those_of_each_index_in_the_order_of_their_scores(
    two: tuple[Retriever, Retriever], mode: str, question: str
) -> None:
    options = SearchOptions(k=20, mode=mode, duplicates="show")  # type: ignore[arg-type]
    alone = [(hit.score, hit.id) for retriever in two for hit in retriever.search_with(question, options)]
    together = RetrieverGroup(two).search_with(question, options)
    assert sorted((hit.score, hit.id) for hit in together) == sorted(alone)
    assert [hit.score for hit in together] == sorted((score for score, _ in alone), reverse=True)
    assert [hit.rank for hit in together] == list(range(1, len(together) + 1))


def test_a_hit_says_which_index_it_is_from(two: tuple[Retriever, Retriever]) -> None:
    response = RetrieverGroup(two).search("river January")
    assert response.location == f"{two[0].location}, {two[1].location}"
    assert response.generation == 0
    for hit in response:
        (home,) = [retriever for retriever in two if retriever.location == hit.index]
        assert home.passage(hit.id).text == hit.text
        assert hit.to_dict()["index"] == home.location


def test_near_duplicates_are_folded_across_indexes(two: tuple[Retriever, Retriever]) -> None:
    response = RetrieverGroup(two).search("When does the bakery open?", k=3)
    (bakery,) = [hit for hit in response if "bakery" in hit.text]
    (folded,) = bakery.duplicates
    assert {bakery.index, folded.index} == {retriever.location for retriever in two}
    assert folded.to_dict()["index"] == folded.index
    assert len(response) == 3


def test_one_index_in_a_group_answers_as_it_does_alone(two: tuple[Retriever, Retriever]) -> None:
    for question in QUESTIONS:
        alone = two[0].search(question, context=1, explain=True)
        group = RetrieverGroup([two[0], two[0]]).search(question, context=1, explain=True)
        assert list(group) == list(alone)


def test_an_index_that_a_link_leads_to_counts_once(two: tuple[Retriever, Retriever], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(two[0].location)
    linked = Retriever.open(tmp_path / "link", model=FakeEncoder())
    group = RetrieverGroup([two[0], linked, two[1]])
    assert group.retrievers == two
    linked.close()


def test_what_limits_hits_holds_over_all(two: tuple[Retriever, Retriever]) -> None:
    group = RetrieverGroup(two)
    best = group.search("river", duplicates="show")
    assert len(group.search("river", k=2)) == 2
    least = best[1].score
    assert [hit.score for hit in group.search("river", min_score=least)] == [
        hit.score for hit in best if hit.score >= least
    ]
    assert len(group.search("river", diverse=True, k=4)) == 4
    found = group.search("river", where='name = "hill.txt" or name = "river.txt"')
    assert {hit.index for hit in found} == {retriever.location for retriever in two}


def test_the_facets_are_of_all_documents(two: tuple[Retriever, Retriever]) -> None:
    facets = {facet.name: facet for facet in RetrieverGroup(two).facets()}
    assert facets["extension"].documents == sum(retriever.status().documents for retriever in two)
    with pytest.raises(UsageError, match="most"):
        RetrieverGroup(two).facets(most=0)


def test_a_sample_is_of_all_indexes(tmp_path: Path) -> None:
    with ExitStack() as stack:
        opened = [
            stack.enter_context(Retriever.open(tmp_path / name, create=True, model=FakeEncoder())) for name in "abc"
        ]
        for number, retriever in enumerate(opened):
            texts = range(1 if number == 1 else 20)
            retriever.add([Document(f"{text}", "A lamp.", metadata={"index": number}) for text in texts])
        [facet] = [facet for facet in RetrieverGroup(opened).facets(sample=7) if facet.name == "index"]
    assert {value.value: value.documents for value in facet.values} == {0: 3, 1: 1, 2: 3}


def test_a_field_that_one_index_lacks_matches_nothing_there(two: tuple[Retriever, Retriever]) -> None:
    group = RetrieverGroup(two)
    assert {hit.index for hit in group.search("pears", where="metadata.year = 2021")} == {two[0].location}
    with pytest.raises(FilterError, match="colour"):
        group.search("pears", where="colour = red")
    with pytest.raises(FilterError):
        group.search("pears", where="year =")


def test_indexes_of_different_models_are_searched_together(tmp_path: Path) -> None:
    first = build(tmp_path, "first", FIRST)
    second = build(tmp_path, "second", SECOND, WiderEncoder())
    response = RetrieverGroup([first, second]).search("When did the river freeze?", k=6)
    assert {hit.index for hit in response} == {first.location, second.location}
    assert [hit.score for hit in response] == sorted((hit.score for hit in response), reverse=True)


def test_an_index_that_cannot_be_searched_is_named(two: tuple[Retriever, Retriever], tmp_path: Path) -> None:
    empty = Retriever.open(tmp_path / "none", create=True, model=FakeEncoder())
    with pytest.raises(IndexNotFoundError, match="none"):
        RetrieverGroup([two[0], empty]).search("river")


def test_a_group_needs_open_retrievers(two: tuple[Retriever, Retriever]) -> None:
    for wrong in ([], ["index"], "index", [None]):
        with pytest.raises(UsageError):
            RetrieverGroup(wrong)  # type: ignore[arg-type]
    again = [Retriever.open(one.location, model=FakeEncoder()) for one in two]
    with RetrieverGroup(again) as group:
        group.warm()
    with pytest.raises(UsageError, match="closed"):
        again[1].search("river")
