"""What contexts weigh beside scores: the crowd of the corpus, and what the best passage lacks of the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from library import Library
from small_index import create_index, write

from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
from retriever.options import SearchOptions
from retriever.search.judgement import Standing, find_standing, judge, weigh_standing
from retriever.search.judgement_weights import ACROSS, WITHIN
from retriever.search.pipeline import Search

QUESTION = "Who gives out the permit for boats in the harbour office?"
STANDING = Standing(similarity=6.0, whole=4.0, length=2.5, margin=2.0, crowd=2.0, missing=0.2)


def rank(index: LocalIndex, query: str = QUESTION, **settings: object) -> Search:
    snapshot, model = index.snapshot(), EmbeddingModel.of(FakeEncoder())
    assert snapshot.settings is not None
    options = SearchOptions(**settings)  # type: ignore[arg-type]
    search = Search(
        snapshot, snapshot.settings, query, options, location=index.location, model=lambda: model, reranker=None
    )
    search.rank(options.k)
    return search


def stand(index: LocalIndex, query: str = QUESTION, **settings: object) -> Standing:
    search = rank(index, query, **settings)
    evidence = search.ranked[0].scale.evidence
    assert evidence is not None
    return find_standing(search._context, search.ranked, evidence, search._comparer)


def make_index(folder: Path, files: Mapping[str, str]) -> LocalIndex:
    return create_index(folder / "index", FakeEncoder(), write(folder / "docs", files))


def test_what_the_corpus_has_and_the_best_passage_lacks_is_missing(tmp_path: Path) -> None:
    index = make_index(tmp_path, {"a.txt": "The permit for boats.", "b.txt": "A lamp on the pier.", "c.txt": "Fish."})
    assert stand(index, "permit boats").missing == 0
    assert 0 < stand(index, "permit boats lamp").missing < stand(index, "permit boats lamp pier").missing < 1
    # Nothing here has it, as nothing has the words of a question in another language.
    assert stand(index, "permit boats zeppelin").missing == 0


def test_the_crowd_is_made_of_different_texts(tmp_path: Path) -> None:
    others = {f"other-{number}.txt": f"The {word} is open." for number, word in enumerate(("lamp", "quay", "mill"))}
    editions = {f"edition-{number}.txt": "The permit for boats is given out on Mondays." for number in range(9)}
    (tmp_path / "one").mkdir()
    (tmp_path / "nine").mkdir()
    one = make_index(tmp_path / "one", {**others, "edition-0.txt": editions["edition-0.txt"]})
    nine = make_index(tmp_path / "nine", {**others, **editions})
    question = "When is the permit for boats given out?"
    assert stand(one, question).crowd == pytest.approx(stand(nine, question).crowd)
    assert stand(nine, question).crowd > 1


def test_a_judgement_does_not_depend_on_how_many_hits_are_asked_for(library: Library) -> None:
    assert rank(library.index, k=2).judge() == rank(library.index, k=30).judge()


@pytest.mark.parametrize("settings", [{"mode": "lexical"}, {"mode": "dense", "rerank": 0}, {"rerank": 0}])
def test_without_late_interaction_the_best_score_decides(library: Library, settings: dict[str, object]) -> None:
    search = rank(library.index, **settings)
    assert search.judge() == search.ranked[0].score


def test_nothing_found_answers_nothing(tmp_path: Path) -> None:
    search = rank(make_index(tmp_path, {"a.txt": "Fish."}), "permit", mode="lexical")
    assert not search.ranked
    assert search.judge() == 0


def test_a_passage_that_repeats_the_question_needs_no_other_evidence(library: Library) -> None:
    search = rank(library.index)
    named, led = (
        replace(search.ranked[0], odds=3.0, scores=replace(search.ranked[0].scores, phrase=9.0, late=late))
        for late in (1.0, 0.2)
    )
    assert judge(search._context, [named, *search.ranked[1:]], search._comparer) >= 0.95
    assert judge(search._context, [led, *search.ranked[1:]], search._comparer) < 0.95


@pytest.mark.parametrize(("field", "sign"), [("similarity", 1), ("crowd", 1), ("margin", 1), ("missing", -1)])
def test_each_evidence_counts_in_its_direction(field: str, sign: int) -> None:
    more = replace(STANDING, **{field: getattr(STANDING, field) + 0.5})
    assert (weigh_standing(more, crossed=False) - weigh_standing(STANDING, crossed=False)) * sign > 0


def test_words_say_nothing_across_languages() -> None:
    assert "missing" in WITHIN
    assert "missing" not in ACROSS
    lacking = replace(STANDING, missing=1.0)
    assert weigh_standing(lacking, crossed=True) == weigh_standing(STANDING, crossed=True)
