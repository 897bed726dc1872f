"""An explanation says what happened: its effects follow from the score, its words from the passage."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from fake_encoder import FakeEncoder
from library import Library
from small_index import search_index

from retriever.hits import Hit
from retriever.options import SearchOptions
from retriever.text.analyzer import CURRENT
from retriever.types import Mode

QUESTION = "Who gives out the permit for boats in the harbour office?"


def explained(library: Library, question: str = QUESTION, **settings: object) -> list[Hit]:
    options = SearchOptions(explain=True, **settings)  # type: ignore[arg-type]
    return list(search_index(library.index, FakeEncoder(), question, options).hits)


@pytest.mark.parametrize(
    ("mode", "rerank", "stages"),
    [
        ("hybrid", None, ["dense", "lexical", "late", "start", "search", "score"]),
        ("hybrid", 0, ["dense", "lexical", "start", "search", "score"]),
        ("dense", None, ["dense", "start", "search", "score"]),
        ("lexical", None, ["lexical", "start", "search", "score"]),
    ],
)
def test_every_stage_that_took_part_is_accounted_for(
    library: Library, mode: Mode, rerank: int | None, stages: list[str]
) -> None:
    first = explained(library, mode=mode, rerank=rerank)[0]
    named = [part.stage for part in first.explanation]
    assert [stage for stage in named if stage not in ("language", "selection")] == stages
    values = {part.stage: part.value for part in first.explanation if part.value is not None}
    assert values == {**first.scores, "score": first.score}


def test_no_explanation_unasked(library: Library) -> None:
    assert all(hit.explanation == () for hit in library.ask(QUESTION))


def test_words_are_told_apart(library: Library) -> None:
    first = explained(library, "the permit in the harbour office, zeppelin")[0]
    [words] = [part.text for part in first.explanation if part.stage == "lexical"]
    held, lacking = words.split("; missing: ")
    assert "permit" in held
    assert lacking == "zeppelin"


def test_words_without_spaces_are_named_as_people_read_them(library: Library) -> None:
    for hit in explained(library, "谁负责图书馆的规则？", k=50):
        [words] = [part.text for part in hit.explanation if part.stage == "lexical"]
        held, _, lacking = words.partition("; missing: ")
        if held.startswith("its words"):
            own = held.rpartition(": ")[2].split(", ")
            assert sorted("".join([*own, *lacking.split(", ")])) == sorted("谁负责图书馆的规则")
            read = CURRENT.fold("".join([hit.title, *hit.heading, hit.text]))
            assert all(word[at : at + 2] in read for word in own for at in range(max(len(word) - 1, 1)))


def test_a_passage_without_the_words_says_so(library: Library) -> None:
    last = explained(library, "permit", k=50)[-1]
    [words] = [part for part in last.explanation if part.stage == "lexical"]
    assert (words.text, words.effect) == ("the passage contains none of the question's words", 0.0)


def test_what_words_added_is_what_the_score_lacks_without_them(library: Library) -> None:
    for hit in explained(library, k=50, rerank=0):
        parts = {part.stage: part for part in hit.explanation}
        effects = [part.effect for part in hit.explanation if part.effect is not None]
        assert all(-1 <= effect <= 1 for effect in effects)
        if parts["lexical"].value:
            assert 0 <= (parts["lexical"].effect or 0) <= hit.score + 1e-4


@pytest.mark.parametrize(
    ("mode", "rerank"), [("hybrid", None), ("hybrid", 0), ("hybrid", 1), ("dense", 0), ("lexical", 0)]
)
def test_the_effects_add_up_to_the_score(library: Library, mode: Mode, rerank: int | None) -> None:
    for hit in explained(library, k=50, mode=mode, rerank=rerank):
        effects = [part.effect for part in hit.explanation if part.effect is not None]
        assert sum(effects) == pytest.approx(hit.score, abs=1e-5)
        text = hit.explanation[-1].text.partition("; lowered")[0]
        *parts, odds = map(float, re.findall(r"[+-]\d+\.\d", text))
        assert sum(parts) == pytest.approx(odds, abs=1e-9)


def test_folded_passages_are_counted(library: Library) -> None:
    first = explained(library, "when is the lamp on the pier lit")[0]
    assert len(first.duplicates) == 5
    assert any("5 near-duplicates folded into it" in part.text for part in first.explanation)


def test_another_language_is_named(library: Library) -> None:
    hits = explained(library, "Where are the fees of the public library written down for readers?", k=50)
    chinese = next(hit for hit in hits if hit.language == "zh")
    [told] = [part.text for part in chinese.explanation if part.stage == "language"]
    assert told.startswith("the question is in en, the passage in zh: given most of what words count for")


def test_where_nothing_is_in_the_language_of_the_question_no_words_are_given(library: Library) -> None:
    for hit in explained(library, "Where are the fees of the library?", k=50, where="language = zh"):
        [(text, effect)] = [(part.text, part.effect) for part in hit.explanation if part.stage == "language"]
        assert text.startswith("the question is in en, the passage in zh: its similarity alone counts")
        assert effect == 0.0


def test_what_was_not_compared_token_by_token_says_so(library: Library) -> None:
    last = explained(library, k=50, rerank=1)[-1]
    assert any("not among the candidates" in part.text for part in last.explanation)


class Reader:
    """A reranker that likes passages with a permit."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        return [0.9 if "permit" in passage else 0.2 for passage in passages]


def test_a_reranker_alone_makes_the_score(library: Library) -> None:
    options = SearchOptions(50, rerank=4, duplicates="show", explain=True)
    hits = search_index(library.index, FakeEncoder(), f"{QUESTION} 规则", options, Reader()).hits
    first, last = hits[0], hits[-1]
    parts = {part.stage: part for part in first.explanation}
    assert parts["score"].text == "0.90, from the reranker"
    for hit in hits:
        assert sum(part.effect or 0 for part in hit.explanation) == pytest.approx(hit.score, abs=1e-5)
    for stage in ("dense", "lexical"):
        assert parts[stage].text.endswith("replaced by the reranker in the score")
        assert parts[stage].effect is None
    assert not any("language" in {part.stage for part in hit.explanation} for hit in hits[:4])
    assert not any("token by token" in part.text for part in last.explanation)
    assert "not among the candidates that were reranked; stays below them" in [part.text for part in last.explanation]


def test_languages_are_told_only_where_they_bear_on_the_score(library: Library) -> None:
    for mode in ("dense", "lexical"):
        for hit in explained(library, "部品番号 ABC-123", k=50, mode=mode):
            assert "language" not in [part.stage for part in hit.explanation]
    assert any(
        "language" in [part.stage for part in hit.explanation] for hit in explained(library, "部品番号 ABC-123", k=50)
    )
