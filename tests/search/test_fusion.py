"""The score of a hit: 0 to 1, and never smaller when a stage says more."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.search import fusion
from retriever.search.candidates import find_own_coverage
from retriever.search.fusion import StageScores


def fuse(item: StageScores, baseline: ScoreBaseline) -> float:
    return fusion.fuse(item, baseline).score


BACKGROUND = ScoreBaseline(0.2, 0.06, 0.2, 0.055)
cosines = st.floats(-1, 1)
shares = st.floats(0, 1)
baselines = st.builds(ScoreBaseline, cosines, st.floats(1e-3, 1), cosines, st.floats(1e-3, 1))
stage_scores = st.builds(
    StageScores,
    dense=st.none() | cosines,
    lexical=st.none() | shares,
    late=st.none() | cosines,
    same_language=st.booleans(),
)


@example(StageScores(-1.0, 0.0, None, True), ScoreBaseline(1.0, 1e-3, 1.0, 1e-3))
@example(StageScores(1.0, 1.0, 1.0, False), ScoreBaseline(-1.0, 1e-3, -1.0, 1e-3))
@given(stage_scores, baselines)
def test_a_score_lies_in_0_to_1(item: StageScores, baseline: ScoreBaseline) -> None:
    assert 0.0 <= fuse(item, baseline) <= 1.0


@given(stage_scores, baselines, st.sampled_from(["dense", "lexical", "late"]), shares)
def test_more_of_a_stage_is_never_worse(item: StageScores, baseline: ScoreBaseline, stage: str, share: float) -> None:
    value = getattr(item, stage)
    if value is None:
        return
    changes: dict[str, Any] = {stage: value + share * (1 - value)}
    assert fuse(replace(item, **changes), baseline) >= fuse(item, baseline)


@given(shares)
def test_without_a_model_coverage_alone_decides(coverage: float) -> None:
    item = StageScores(None, coverage, None, True)
    assert fuse(item, BACKGROUND) == fuse(item, ScoreBaseline(0.9, 0.01, 0.9, 0.01))
    assert fuse(item, BACKGROUND) >= fuse(StageScores(None, 0.0, None, True), BACKGROUND)


@given(cosines, shares, st.booleans())
def test_a_scale_that_is_shifted_and_stretched_with_the_model_gives_the_same_score(
    late: float, lexical: float, same: bool
) -> None:
    other = ScoreBaseline(0.85, 0.015, 0.85, 0.015)
    shifted = other.late_mean + (late - BACKGROUND.late_mean) / BACKGROUND.late_deviation * other.late_deviation
    first = fuse(StageScores(BACKGROUND.dense_mean, lexical, late, same), BACKGROUND)
    assert fuse(StageScores(other.dense_mean, lexical, shifted, same), other) == pytest.approx(first, abs=1e-9)


def test_a_passage_in_another_language_is_not_punished_for_sharing_no_words() -> None:
    foreign = fuse(StageScores(0.5, 0.0, 0.5, False), BACKGROUND)
    assert foreign > fuse(StageScores(0.5, 0.0, 0.5, True), BACKGROUND)
    assert fuse(StageScores(0.5, 0.9, 0.5, False), BACKGROUND) > foreign


@given(cosines, st.none() | cosines)
def test_where_no_words_are_compared_the_language_makes_no_difference(dense: float, late: float | None) -> None:
    foreign, same = (fuse(StageScores(dense, None, late, language), BACKGROUND) for language in (False, True))
    assert foreign == same


@pytest.mark.parametrize("stage", ["dense", "late"])
def test_what_is_alike_and_shares_words_is_likely_and_what_does_neither_is_not(stage: str) -> None:
    late = stage == "late"
    good, poor = (StageScores(value, words, value if late else None, True) for value, words in ((0.7, 0.6), (0.2, 0.0)))
    assert fuse(good, BACKGROUND) > 0.9
    assert fuse(poor, BACKGROUND) < 0.01


@given(stage_scores, baselines)
def test_the_parts_add_up_to_the_score(item: StageScores, baseline: ScoreBaseline) -> None:
    found = fusion.fuse(item, baseline)
    odds = found.similarity + found.words + found.intercept
    assert found.score == pytest.approx(1 / (1 + math.exp(-max(odds, -700))), abs=1e-12)
    assert not (found.crossed and (item.same_language or item.lexical is None))


@given(stage_scores, baselines, shares, shares)
def test_more_words_in_the_best_passage_are_never_worse_for_one_in_another_language(
    item: StageScores, baseline: ScoreBaseline, own_coverage: float, more: float
) -> None:
    fewer, many = (
        fusion.fuse(item, baseline, value) for value in (own_coverage, own_coverage + more * (1 - own_coverage))
    )
    assert many.odds >= fewer.odds
    if item.same_language or item.lexical is None:
        assert many == fewer


@given(cosines, cosines, shares)
def test_another_language_competes_by_similarity(dense: float, late: float, words: float) -> None:
    """It is below a passage that is more similar, and above one that is less and has few of the question's words."""
    own = fusion.fuse(StageScores(dense, words, late, True), BACKGROUND)
    less = StageScores(dense - 0.06, 0.0, late - 0.06, False)
    assert fusion.fuse(less, BACKGROUND, words).odds < own.odds
    more = StageScores(dense + 0.06, 0.0, late + 0.06, False)
    assert fusion.fuse(more, BACKGROUND, words).odds > own.odds or words > 0.3


@given(cosines, cosines, shares)
def test_passages_in_other_languages_keep_their_order(late: float, other: float, own_coverage: float) -> None:
    first, second = (StageScores(0.3, 0.0, value, False) for value in sorted((late, other)))
    assert fusion.fuse(first, BACKGROUND, own_coverage).odds <= fusion.fuse(second, BACKGROUND, own_coverage).odds


def test_the_best_passage_in_the_language_of_the_question_says_what_words_count() -> None:
    items = [
        StageScores(0.5, 0.1, 0.5, True),
        StageScores(0.2, 0.3, 0.2, True),
        StageScores(0.9, 0.9, 0.9, False),
    ]
    candidates: list[Any] = [SimpleNamespace(scores=item, fusion=fusion.fuse(item, BACKGROUND)) for item in items]
    assert find_own_coverage(candidates) == 0.1
    assert find_own_coverage(candidates[2:]) == 0.0
    assert find_own_coverage([]) == 0.0
