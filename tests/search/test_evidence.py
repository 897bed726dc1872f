"""The evidence in a ranking: what raises it, and what it is without late interaction."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.interface import StoredPassage
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.search.candidates import Candidate
from retriever.search.evidence import BACKGROUND, Evidence, estimate, gather_evidence
from retriever.search.fusion import StageScores
from retriever.types import Passage, StoredDocument

BASELINE = ScoreBaseline(0.0, 0.1, 0.0, 0.1)
ODDS, BEHIND = st.floats(-5, 2), st.floats(0, 5)


def rank(late: Sequence[float | None], *, same_language: bool = True) -> list[Candidate]:
    """Candidates with scores of late interaction, best first."""
    document = StoredDocument("d", "d", "d", "d", "", "")
    passages = [
        StoredPassage(ref, f"{ref:016x}", ref, Passage("a", ref, ref + 1), document) for ref in range(len(late))
    ]
    return [
        Candidate.of(stored, StageScores(0.5, 0.1, score, same_language), BASELINE)
        for stored, score in zip(passages, late, strict=True)
    ]


@given(odds=ODDS, more=st.floats(0.1, 5), background=BEHIND, crossed=st.booleans())
def test_a_better_match_is_more_evidence(odds: float, more: float, background: float, crossed: bool) -> None:
    low, high = (estimate(Evidence(value, 4.0, background, crossed, True)) for value in (odds, odds + more))
    assert 0 <= low < high <= 1


@given(odds=ODDS, background=BEHIND)
def test_what_stands_out_less_is_less_evidence(odds: float, background: float) -> None:
    alone, among = (estimate(Evidence(odds, 4.0, value, False, True)) for value in (background, background + 1))
    assert among < alone


@given(odds=ODDS, dense=st.floats(0, 6))
def test_across_languages_the_whole_vector_counts(odds: float, dense: float) -> None:
    less, more = (estimate(Evidence(odds, value, 2.0, True, True)) for value in (dense, dense + 1))
    assert less < more


def test_the_background_is_what_stands_behind_the_first() -> None:
    first = [0.9, 0.8, 0.7, 0.6, 0.5][:BACKGROUND]
    ranked = rank([*first, 0.4, 0.2, None])
    evidence = gather_evidence(ranked, ranked[:-1], BASELINE)
    assert evidence is not None
    assert evidence.compared
    assert evidence.background == pytest.approx(sum(item.fusion.deviations for item in ranked[BACKGROUND:-1]) / 2)
    assert evidence.background < ranked[0].fusion.deviations
    assert not evidence.crossed
    assert evidence.odds == rank(first)[0].odds
    assert evidence.dense == pytest.approx(0.5 / BASELINE.dense_deviation)


def test_another_language_is_noticed() -> None:
    ranked = rank([0.9] * 9, same_language=False)
    evidence = gather_evidence(ranked, ranked, BASELINE)
    assert evidence is not None
    assert evidence.crossed


def test_among_passages_in_its_own_language_another_language_is_no_excuse() -> None:
    ranked = [*rank([0.9] * 7, same_language=False), *rank([0.5] * 3)]
    evidence = gather_evidence(ranked, ranked, BASELINE)
    assert evidence is not None
    assert not evidence.crossed


@pytest.mark.parametrize("late", [[None] * 9, [0.9], [0.9] * BACKGROUND])
def test_with_nothing_to_compare_the_best_score_is_all(late: list[float | None]) -> None:
    ranked = rank(late)
    compared = [item for item in ranked if item.scores.late is not None]
    assert estimate(gather_evidence(ranked, compared, BASELINE)) == pytest.approx(ranked[0].score, abs=1e-6)


def test_without_candidates_nothing_is_answered() -> None:
    assert gather_evidence([], [], BASELINE) is None
    assert estimate(None) == 0.0
