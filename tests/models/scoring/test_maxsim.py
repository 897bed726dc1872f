"""MaxSim: values worked out by hand, and what must hold for every passage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.models.scoring.maxsim import block_similarities, maxsim, maxsims, sentence_maxsims

# Two tokens of a question, six of a passage.
ALIKE = np.array([[0.9, 0.1, 0.2, 0.3, 0.0, 0.1], [0.0, 0.2, 0.6, 0.1, 0.8, 0.3]], np.float32)


def sentences(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.intp)


def test_by_hand() -> None:
    # The passage: (0.9 + 0.8) / 2; its sentences: 0.55, 0.45, 0.45; two of them: 0.75 and 0.55.
    assert maxsim(ALIKE, sentences(0, 0, 1, 1, 2, 2)) == pytest.approx(0.5 * 0.85 + 0.25 * 0.55 + 0.25 * 0.75)
    # One sentence is the passage; sentences without a token take no part.
    assert maxsim(ALIKE, sentences(0, 0, 0, 0, 0, 0)) == pytest.approx(0.85)
    assert maxsim(ALIKE, sentences(3, 3, 3, 7, 7, 7)) == pytest.approx(0.5 * 0.85 + 0.25 * 0.75 + 0.25 * 0.85)
    assert sentence_maxsims(ALIKE, sentences(3, 3, 3, 7, 7, 7)) == pytest.approx(np.array([[0.9, 0.3], [0.6, 0.8]]))


def test_a_token_that_weighs_more_counts_more() -> None:
    own = sentences(0, 0, 0, 0, 0, 0)
    assert maxsim(ALIKE, own, np.array([3.0, 1.0])) == pytest.approx((3 * 0.9 + 0.8) / 4)
    assert maxsim(ALIKE, own, np.array([2.0, 2.0])) == pytest.approx(maxsim(ALIKE, own))


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0)])
def test_without_tokens_nothing_is_met(shape: tuple[int, int]) -> None:
    assert maxsim(np.zeros(shape, np.float32), np.zeros(shape[1], np.intp)) == 0.0


@given(st.integers(1, 5), st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(0, 99))
def test_words_near_each_other_are_worth_as_much_or_more(asked: int, numbers: list[int], seed: int) -> None:
    alike = np.random.default_rng(seed).uniform(-1, 1, (asked, len(numbers))).astype(np.float32)
    whole = maxsim(alike, np.zeros(len(numbers), np.intp))
    score = maxsim(alike, np.array(sorted(numbers), np.intp))
    assert whole == pytest.approx(alike.max(axis=1).mean(), abs=1e-6)
    assert whole / 2 - 0.5 - 1e-6 <= score <= whole + 1e-6


@given(
    st.integers(1, 4),
    st.lists(st.lists(st.integers(0, 3), max_size=8), min_size=1, max_size=6),
    st.integers(0, 99),
    st.booleans(),
)
def test_many_passages_at_once_score_as_each_alone(
    asked: int, passages: list[list[int]], seed: int, weighted: bool
) -> None:
    generator = np.random.default_rng(seed)
    numbers = [np.array(sorted(passage), np.intp) for passage in passages]
    alike = [generator.uniform(-1, 1, (asked, len(passage))).astype(np.float32) for passage in passages]
    weights = generator.uniform(0.5, 3, asked) if weighted else None
    begins = np.concatenate([np.diff(passage, prepend=-1) != 0 for passage in numbers])
    sizes = np.array([len(passage) for passage in passages], np.intp)
    together = maxsims(np.concatenate([part.T for part in alike]), begins, sizes, weights)
    alone = [maxsim(part, passage, weights) for part, passage in zip(alike, numbers, strict=True)]
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("asked", [1, 30, 700])
def test_a_cosine_does_not_depend_on_other_blocks(asked: int) -> None:
    generator = np.random.default_rng(1)
    question, passages = (generator.normal(size=(rows, 384)).astype(np.float32) for rows in (asked, 64))
    found = block_similarities(question, passages, 16)
    assert found == pytest.approx(passages @ question.T, abs=1e-3)
    assert (block_similarities(question, passages[16:32], 16) == found[16:32]).all()
