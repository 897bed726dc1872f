"""An EmbeddingModel: what an object has to offer, what is made up for it, and what it may return."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder

from retriever.errors import ModelError, UsageError
from retriever.models.embedding_model import BATCH_SIZE, EmbeddingModel
from retriever.models.interface import Encoder, ModelDescription, TokenEncoder, Tokenizer, TokenVectors


class Plain:
    """An encoder and nothing more. ``vectors`` is what it answers, whatever it is asked."""

    def __init__(self, vectors: Any = None, **description: Any) -> None:
        self.description = ModelDescription(**{"name": "plain", "dimension": 2, "max_tokens": 16, **description})
        self.vectors = vectors

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return self.vectors

    def encode_passages(self, texts: Sequence[str]) -> Any:
        return self.vectors


class Tokens(FakeEncoder):
    """Answers the given tokens, whatever it is asked."""

    def __init__(self, vectors: Any, spans: Any) -> None:
        super().__init__()
        self.tokens = TokenVectors(vectors, spans)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self.tokens

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self.tokens] * len(texts)

    def token_spans(self, text: str) -> Any:
        return self.tokens.spans


def test_the_protocols_tell_what_an_object_can_do(encoder: FakeEncoder) -> None:
    assert isinstance(encoder, Encoder)
    assert isinstance(encoder, TokenEncoder)
    assert isinstance(encoder, Tokenizer)
    assert isinstance(Plain(), Encoder)
    assert not isinstance(Plain(), TokenEncoder)
    assert not isinstance(Plain(), Tokenizer)


def test_what_an_encoder_cannot_do_is_made_up_for() -> None:
    model = EmbeddingModel(Plain(passage_prefix="passage: "))
    assert not model.has_token_vectors
    assert model.batch_size == BATCH_SIZE
    assert model.token_spans("a boat").tolist() == [[0, 1], [2, 6]]
    # Sixteen less the prefix of three tokens and two special ones.
    assert model.passage_limit == 11
    with model.indexing():
        pass
    # Nor is it known whether it waits for a server.
    assert not model.is_immediate
    model.open_early()


def test_what_an_encoder_can_do_is_used(encoder: FakeEncoder) -> None:
    model = EmbeddingModel(encoder)
    assert model.has_token_vectors
    assert model.passage_limit == encoder.passage_limit
    assert model.token_spans("a boat").tolist() == encoder.token_spans("a boat").tolist()
    assert EmbeddingModel.of(model) is model


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        (("encode_passages",), "it has no encode_passages"),
        (("description", "encode_queries"), "it has no description, encode_queries"),
        (("encode_query_tokens",), "it has encode_passage_tokens, but no encode_query_tokens"),
        (("token_spans",), "it has passage_limit, but no token_spans"),
    ],
)
def test_a_missing_member_is_named(lacking: tuple[str, ...], message: str) -> None:
    encoder = FakeEncoder()
    for name in lacking:
        setattr(encoder, name, None)
    with pytest.raises(UsageError) as caught:
        EmbeddingModel(encoder)
    assert str(caught.value) == f"the object 'FakeEncoder' cannot be used as a model: {message}"
    assert "docs/api.md" in caught.value.hint


def test_a_class_is_no_model() -> None:
    with pytest.raises(UsageError, match="the class 'FakeEncoder' cannot be used as a model") as caught:
        EmbeddingModel(FakeEncoder)  # type: ignore[arg-type]
    assert "model=FakeEncoder(...)" in caught.value.hint


@pytest.mark.parametrize("description", [{"name": ""}, {"dimension": 0}, {"max_tokens": 2.5}])
def test_a_description_that_cannot_be_is_refused(description: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="the description of the object 'Plain'"):
        EmbeddingModel(Plain(**description))
    encoder = Plain()
    encoder.description = {"name": "plain"}  # type: ignore[assignment]
    with pytest.raises(UsageError, match="is not a ModelDescription"):
        EmbeddingModel(encoder)


def test_vectors_become_float32_of_unit_length() -> None:
    model = EmbeddingModel(Plain([[3, 4], [0, 0]]))
    vectors = model.embed_passages(["a", "b"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, 0]], atol=1e-7)
    raw = EmbeddingModel(Plain([[3, 4]], normalise=False))
    assert raw.embed_queries(["a"]).tolist() == [[3, 4]]


@pytest.mark.parametrize("texts", ["one text", [None], [b"bytes"], {"a", "b"}, None, 7])
def test_what_is_no_list_of_texts_is_refused(texts: Any, encoder: FakeEncoder) -> None:
    model = EmbeddingModel(encoder)
    for embed in (model.embed_queries, model.embed_passages):
        with pytest.raises(UsageError, match="text"):
            embed(texts)


def test_vectors_that_are_right_are_left_as_they_are(encoder: FakeEncoder) -> None:
    given = encoder.encode_queries(["the lamp", "boats"])
    assert (EmbeddingModel(encoder).embed_queries(["the lamp", "boats"]) == given).all()


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1, 0]], r"numbers of shape \[1, 2\], not \[2, 2\]"),
        ([[1, 0, 0]] * 2, r"numbers of shape \[2, 3\], not \[2, 2\]"),
        (None, r"numbers of shape \[\], not"),
        ([[1, 0], [1]], "not an array of numbers"),
        ("vectors", "not an array of numbers"),
        ([[1, 0], [np.nan, 0]], "not finite"),
        ([[1, 0], [np.inf, 0]], "not finite"),
        ([[1, 0], [1e5, 0]], "larger than 65504"),
    ],
)
def test_vectors_that_cannot_be_used_are_an_error_that_names_the_model(vectors: Any, message: str) -> None:
    model = EmbeddingModel(Plain(vectors))
    for embed in (model.embed_queries, model.embed_passages):
        with pytest.raises(ModelError, match=f"the model 'plain' returned .*{message}"):
            embed(["a", "b"])


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([[0, 1], [1, 9]], "out of order or outside the text"),
        ([[-1, 1], [1, 2]], "out of order or outside the text"),
        ([[1, 2], [0, 1]], "out of order or outside the text"),
        ([[0, 1], [2, 1]], "out of order or outside the text"),
        ([0, 1], r"of shape \[2\]"),
        ([[0.0, 1.0]], "type float64"),
        ([[0, 1], [1]], "of different lengths"),
    ],
)
def test_spans_that_cannot_be_are_an_error_that_names_the_model(spans: Any, message: str) -> None:
    model = EmbeddingModel(Tokens(np.ones((2, DIMENSION)), spans))
    for work in (
        lambda: model.token_spans("two"),
        lambda: model.embed_query_tokens("two", "en"),
        lambda: model.embed_passage_tokens(["two"], ["en"]),
    ):
        with pytest.raises(ModelError, match=f"the model 'fake' returned token spans .*{message}"):
            work()


def test_token_vectors_that_cannot_be_are_an_error_that_names_the_model() -> None:
    spans = [[0, 1], [1, 3]]
    short = EmbeddingModel(Tokens(np.ones((1, DIMENSION)), spans))
    with pytest.raises(ModelError, match="the model 'fake' returned numbers of shape"):
        short.embed_query_tokens("two", "en")
    encoder = FakeEncoder()
    model = EmbeddingModel(encoder)
    encoder.encode_passage_tokens = lambda texts: []  # type: ignore[method-assign, assignment]
    with pytest.raises(ModelError, match="returned 0 results for 1 texts"):
        model.embed_passage_tokens(["two"], ["en"])
    encoder.encode_passage_tokens = lambda texts: [np.ones(3)]  # type: ignore[method-assign, assignment, list-item]
    with pytest.raises(ModelError, match="returned a ndarray, not TokenVectors"):
        model.embed_passage_tokens(["two"], ["en"])


def test_whatever_an_object_raises_becomes_an_error_that_names_it() -> None:
    class Failing(Plain):
        @property
        def batch_size(self) -> int:
            raise ConnectionError("nobody answers")

        def encode_queries(self, texts: Sequence[str]) -> Any:
            raise KeyError("vectors")

    with pytest.raises(ModelError, match="the model 'plain' failed: nobody answers") as caught:
        EmbeddingModel(Failing())
    assert isinstance(caught.value.__cause__, ConnectionError)
    encoder = Failing()
    Failing.batch_size = 8  # type: ignore[assignment, method-assign]
    with pytest.raises(ModelError, match="the model 'plain' failed: KeyError: 'vectors'"):
        EmbeddingModel(encoder).embed_queries(["a"])


def test_an_object_with_the_name_of_the_bundled_model_and_other_vectors_is_not_centered(bundled: Encoder) -> None:
    description = bundled.description
    assert EmbeddingModel(bundled).centering.offsets
    other = Plain()
    other.description = replace(description, dimension=2)
    assert not EmbeddingModel(other).centering.offsets


def test_indexing_is_entered_and_left_also_by_an_error() -> None:
    class Holding(Plain):
        steps: list[str] = []  # noqa: RUF012

        @contextmanager
        def indexing(self) -> Iterator[None]:
            self.steps.append("in")
            try:
                yield
            finally:
                self.steps.append("out")

    model = EmbeddingModel(Holding())

    def fail() -> None:
        with model.indexing():
            assert Holding.steps == ["in"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert Holding.steps == ["in", "out"]


def test_checking_changes_nothing_of_a_model_of_ours(bundled: Encoder, texts: dict[str, str]) -> None:
    checked, trusted = EmbeddingModel(bundled), EmbeddingModel(bundled, checked=False)
    sentences = [*texts.values(), "", "  ", "ab\ud800cd"]
    languages = ["en"] * len(sentences)
    assert (checked.embed_passages(sentences) == trusted.embed_passages(sentences)).all()
    assert (checked.embed_queries(sentences) == trusted.embed_queries(sentences)).all()
    pairs = zip(
        checked.cached_passage_tokens(sentences, languages),
        trusted.cached_passage_tokens(sentences, languages),
        strict=True,
    )
    for ours, theirs in pairs:
        assert (ours.vectors == theirs.vectors).all()
        assert (ours.spans == theirs.spans).all()
    for text in sentences:
        assert (checked.token_spans(text) == trusted.token_spans(text)).all()
