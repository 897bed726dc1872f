"""The question adapter: a small turn of a question's vector, and none for a model that it was not made for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder
from retriever.models.scoring.question_adapter import NONE, QuestionAdapter, adapter_of

QUESTIONS = ["老板拖着工资不给，我该找谁？", "How is sea salt made?", "Когда открыли первую железную дорогу?"]
LANGUAGES = ["zh", "en", "ru"]


def test_worked_out_by_hand() -> None:
    adapter = QuestionAdapter(np.array([[0.0, 1.0], [0.0, 0.0]], np.float32))
    found = adapter.adapt(np.array([[0.6, 0.2], [0.0, 1.0]], np.float32))
    assert found == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))
    assert found.dtype == np.float32


def test_another_model_has_none(bundled: Encoder) -> None:
    assert adapter_of(bundled.description) is not NONE
    other = adapter_of(replace(bundled.description, name="another"))
    vectors = np.array([[0.6, 0.8]], np.float32)
    assert other.adapt(vectors) is vectors


def test_a_question_stays_near_where_it_was_whatever_is_asked_beside_it(bundled: Encoder) -> None:
    model = EmbeddingModel.of(bundled)
    vectors = model.embed_queries(QUESTIONS)
    adapted = model.center_questions(vectors, LANGUAGES)
    before = model.centering.center(vectors, LANGUAGES, "query")
    assert np.linalg.norm(adapted, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (adapted * before).sum(axis=1).min() > 0.8
    alone = model.center_questions(vectors[1:2], LANGUAGES[1:2])
    assert (alone[0] == adapted[1]).all()
