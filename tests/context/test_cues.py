"""Turns that name nothing: what asks for more is answered as what it refers to, what asks for nothing not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from retriever import Document, Retriever
from retriever.context.cues import LONGEST, MORE, NOTHING, OTHER, Cue, find_cue, read_phrases
from retriever.models.embedding_model import EmbeddingModel

if TYPE_CHECKING:
    from retriever.types import Vectors

# None of them is a phrase that others are compared with; some are in languages in which there are none.
ASKED: list[tuple[str, Cue | None]] = [
    ("Could you elaborate on that?", "more"),
    ("I'd like to know more", "more"),
    ("什么原因？", "more"),
    ("请继续", "more"),
    ("Kannst du das genauer erklären?", "more"),
    ("Kể thêm đi", "more"),
    ("ทำไม", "more"),
    ("Thank you very much", "nothing"),
    ("好的，谢谢", "nothing"),
    ("Cảm ơn", "nothing"),
    ("And the swimming pool?", None),
    ("那老人呢？", None),
    ("А пенсионеры?", None),
    ("Why did the price rise?", None),
    ("那2019年呢？", None),
    ("Why was the quay at the northern end of the harbour closed to boats?", None),
    ("", None),
]
LIFT = "加装电梯需要多少业主同意？"
ANSWER = "三分之二"


@pytest.mark.parametrize(("text", "cue"), ASKED)
def test_a_turn_is_of_the_kind_of_the_nearest_phrase(held_model: EmbeddingModel, text: str, cue: Cue | None) -> None:
    assert find_cue(text, lambda: held_model) == cue
    assert find_cue(f"  {text}\n", lambda: held_model) == cue


def test_the_phrases_are_of_their_kinds(held_model: EmbeddingModel) -> None:
    for kind, cue in ((MORE, "more"), (NOTHING, "nothing"), (OTHER, None)):
        assert all(len(text) <= LONGEST for text in kind)
        assert {find_cue(text, lambda: held_model) for text in kind} == {cue}
    assert len({*MORE, *NOTHING, *OTHER}) == len(MORE) + len(NOTHING) + len(OTHER)


def test_a_model_that_cannot_tell_them_is_not_asked() -> None:
    class Blind(FakeEncoder):
        def _encoded(self, texts: Sequence[str]) -> Vectors:
            rows = np.random.default_rng(7).normal(size=(len(texts), super()._encoded(["a"]).shape[1]))
            return rows.astype(np.float32)

    model = EmbeddingModel(Blind(), checked=False)
    assert not read_phrases(model).is_sure
    assert find_cue(MORE[0], lambda: model) is None


def test_a_model_of_a_program_is_asked_for_no_more_than_the_searches(tmp_path: Path) -> None:
    class Counted(FakeEncoder):
        asked: ClassVar[list[str]] = []

        def _encoded(self, texts: Sequence[str]) -> Vectors:
            self.asked.extend(texts)
            return super()._encoded(texts)

    with Retriever.open(tmp_path / "index", create=True, model=Counted()) as retriever:
        retriever.add([Document("quay", "The quay is closed at low tide."), Document("mill", "The mill stands still.")])
        retriever.context("When is the quay closed?")
        Counted.asked.clear()
        assert retriever.context("Why?", history=["When is the quay closed?"]).query != "When is the quay closed?"
    assert not {*MORE, *NOTHING, *OTHER} & {*Counted.asked} - {"Why?"}
    assert len(Counted.asked) <= 2


@pytest.mark.parametrize("question", ["详细说说吧", "Could you elaborate on that?", "¿Me lo explicas mejor?"])
def test_what_asks_for_more_is_answered_as_what_it_refers_to(index: Retriever, question: str) -> None:
    expected = index.context(LIFT)
    assert expected.answerable
    for history in ([LIFT], [LIFT, "谢谢"], [LIFT, "继续", "还有吗？"]):
        context = index.context(question, history=history)
        assert (context.question, context.query) == (question, LIFT)
        assert (context.answerable, context.score) == (True, expected.score)
        assert context.text == expected.text


def test_a_question_behind_thanks_refers_to_what_was_asked_before(index: Retriever) -> None:
    context = index.context("那财政给补多少钱？", 3000, history=[LIFT, "谢谢", "好的"])
    assert context.query == f"{LIFT} 那财政给补多少钱？"


@pytest.mark.parametrize("question", ["谢谢你！", "Thank you very much", "Merci beaucoup"])
def test_thanks_are_not_answered(index: Retriever, question: str) -> None:
    context = index.context(question, history=[LIFT])
    assert (context.answerable, context.excerpts) == (False, ())


def test_what_asks_for_more_of_nothing_is_a_question_like_any_other(index: Retriever) -> None:
    for history in ([], ["谢谢"], [{"role": "assistant", "content": LIFT}]):
        context = index.context("继续", history=history)
        assert context.query == "继续"
        assert not context.answerable
    assert index.context("Why?", history=["？" * 5, "x" * 20_000]).question == "Why?"
    assert index.context("继续", history=[LIFT], mode="lexical").question == "继续"
