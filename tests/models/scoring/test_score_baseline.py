"""The measure of texts that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder

from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder
from retriever.models.scoring.language_centering import centering_of
from retriever.models.scoring.score_baseline import ScoreBaseline, measure_baseline

if TYPE_CHECKING:
    from retriever.types import Vectors


class SameVector(FakeEncoder):
    """A model to which everything is one."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.repeat(np.eye(1, DIMENSION, dtype=np.float32), len(texts), axis=0)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode_queries(texts)


@pytest.fixture(scope="module")
def measured(bundled: Encoder) -> ScoreBaseline:
    return measure_baseline(EmbeddingModel(bundled))


def test_it_is_the_same_each_time(bundled: Encoder, measured: ScoreBaseline) -> None:
    assert measure_baseline(EmbeddingModel(bundled, checked=False)) == measured
    first, second = (measure_baseline(EmbeddingModel(FakeEncoder())) for _ in range(2))
    assert first == second


def test_it_survives_being_written_down(measured: ScoreBaseline) -> None:
    assert ScoreBaseline(*astuple(measured)) == measured
    assert all(isinstance(value, float) and value == round(value, 4) for value in astuple(measured))


def test_a_model_to_which_all_texts_are_the_same_has_a_deviation_above_0() -> None:
    found = measure_baseline(EmbeddingModel(SameVector()))
    assert found.dense_mean == 1.0
    assert found.dense_deviation == 0.001


def test_unrelated_texts_lie_about_the_mean_an_answer_far_above(bundled: Encoder, measured: ScoreBaseline) -> None:
    centering = centering_of(bundled.description)
    question = centering.center(bundled.encode_queries(["When does the last ferry leave?"]), ["en"], "query")
    texts = [
        "The last ferry leaves the island at half past nine in the evening.",
        "Woollen jumpers are washed by hand in cold water.",
        "The parliament has two chambers.",
        "Beeswax melts at sixty-two degrees.",
    ]
    passages = centering.center(bundled.encode_passages(texts), ["en"] * len(texts), "passage")
    above = [measured.standardise_dense(cosine) for cosine in (passages @ question[0]).tolist()]
    assert above[0] > 5
    assert np.abs(above[1:]).max() < 3


def test_the_measure_is_of_cosines(measured: ScoreBaseline) -> None:
    assert -1 < measured.dense_mean < 1
    assert -1 < measured.late_mean < 1
    assert 0.01 < measured.dense_deviation < 0.5
    assert 0.01 < measured.late_deviation < 0.5


def test_scores_are_standardised_by_the_moments_of_their_own_kind() -> None:
    baseline = ScoreBaseline(0.25, 0.125, 0.5, 0.0625)
    assert baseline.standardise_dense(0.5) == 2.0
    assert baseline.standardise_late(0.5) == 0.0
    assert baseline.standardise_late(0.25) == -4.0
