"""Which sentence of a question asks, and that its words decide."""

from __future__ import annotations

import numpy as np
import pytest

from retriever.models.embedding_model import EmbeddingModel
from retriever.search.asking import ASKED, weigh_tokens


def spans(text: str) -> np.ndarray:
    """The places of the characters of a text, as if each were a token."""
    return np.array([(at, at + 1) for at, character in enumerate(text) if character.isalnum()], np.int32)


def asks(text: str) -> str:
    """The characters that weigh more."""
    places = spans(text)
    weights = weigh_tokens(text, places)
    return "" if weights is None else "".join(text[at] for at, _ in places[weights == ASKED])


@pytest.mark.parametrize(
    ("text", "asking"),
    [
        ("我租的房子漏水，找房东几次了。他说不归他管。我可以自己修再扣房租吗？", "我可以自己修再扣房租吗"),
        ("My boss fired me yesterday. Is he allowed to?! Thanks.", "Isheallowedto"),
        ("¿Cuánto cuesta? Lo pregunto por mi padre. ¿Y quién paga?", "Yquiénpaga"),
        ("طردني صاحب العمل. هل يحق لي تعويض؟", "هليحقليتعويض"),
        # Too short to ask for anything.
        ("老板不给我发工资怎么办？啊？", "老板不给我发工资怎么办"),
        ("房东不退押金怎么办？", ""),
        ("房东不退押金。没有签合同。", ""),
        ("", ""),
    ],
)
def test_the_last_sentence_with_a_question_mark_asks(text: str, asking: str) -> None:
    assert asks(text) == asking


def test_a_question_without_tokens_has_no_weights() -> None:
    assert weigh_tokens("One. Two?", np.zeros((0, 2), np.int32)) is None


def test_the_tokens_of_the_model_are_weighed(held_model: EmbeddingModel) -> None:
    text = "我租的房子漏水。我可以扣房租吗？"
    tokens = held_model.embed_query_tokens(text, "zh")
    weights = weigh_tokens(text, tokens.spans)
    assert weights is not None
    assert set(weights) == {1.0, ASKED}
