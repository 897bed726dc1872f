"""The generic ONNX encoder over graphs small enough to work out by hand."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from small_model import TABLE, write_model

from retriever.errors import ModelError
from retriever.models import load_encoder
from retriever.models.backends import onnx_encoder
from retriever.models.backends.onnx_encoder import pool
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Pooling, TokenVectors


@pytest.mark.parametrize(("pooling", "expected"), [("mean", [0.6, 0.8]), ("cls", [0.6, 0.8]), ("last", [0.0, 1.0])])
def test_vectors_by_hand(tmp_path: Path, pooling: Pooling, expected: list[float]) -> None:
    folder = write_model(tmp_path)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": pooling}))
    encoder = load_encoder(folder)
    texts = ["red green", "red green"] if pooling != "last" else ["red blue", "green blue"]
    np.testing.assert_allclose(encoder.encode_passages(texts), [expected, expected], atol=1e-6)


def test_token_vectors_are_given_as_the_model_gives_them(tmp_path: Path) -> None:
    tokens = load_encoder(write_model(tmp_path)).encode_query_tokens("green  blue")
    assert tokens.vectors.tolist() == [[6, 8], [0, 5]]
    assert tokens.spans.tolist() == [[0, 5], [7, 11]]


def test_both_at_once_are_what_each_is_alone(tmp_path: Path) -> None:
    encoder = load_encoder(write_model(tmp_path))
    texts = ["red green", "green  blue red", "blue"]
    vectors, tokens = encoder.encode_passages_with_tokens(texts)
    np.testing.assert_array_equal(vectors, encoder.encode_passages(texts))
    for ours, theirs in zip(tokens, encoder.encode_passage_tokens(texts), strict=True):
        np.testing.assert_array_equal(ours.vectors, theirs.vectors)
        np.testing.assert_array_equal(ours.spans, theirs.spans)


def test_passages_handed_over_one_by_one_are_what_all_at_once_are(tmp_path: Path) -> None:
    texts, languages = ["red green", "green  blue red", "blue"], ["en", "", "de"]
    # The second one is checked as an object of a program is, and asked for nothing that no protocol has.
    for model in (EmbeddingModel(load_encoder(write_model(tmp_path)), checked=checked) for checked in (False, True)):
        taken: dict[int, TokenVectors] = {}
        vectors = model.embed_passages_each(texts, languages, taken.__setitem__)
        expected, tokens = model.embed_passages_with_tokens(texts, languages)
        np.testing.assert_array_equal(vectors, expected)
        for place, own in enumerate(tokens):
            np.testing.assert_array_equal(taken[place].vectors, own.vectors)
            np.testing.assert_array_equal(taken[place].spans, own.spans)


def test_pooling_by_hand() -> None:
    hidden = np.array([[3, 0], [0, 4], [0, 8]], dtype=np.float32)
    np.testing.assert_allclose(pool(hidden, "mean", normalise=False), [1, 4])
    np.testing.assert_allclose(pool(hidden, "cls", normalise=True), [1, 0])
    np.testing.assert_allclose(pool(hidden, "last", normalise=False), [0, 8])
    np.testing.assert_array_equal(pool(np.zeros((2, 2), np.float32), "mean", normalise=True), [0, 0])


def test_the_fingerprint_follows_the_weights(tmp_path: Path) -> None:
    first, second = write_model(tmp_path / "a" / "m"), write_model(tmp_path / "b" / "m")
    assert load_encoder(first).description == load_encoder(second).description
    content = (second / "model.onnx").read_bytes()
    (second / "model.onnx").write_bytes(content.replace(TABLE.tobytes(), (TABLE + 1).tobytes()))
    assert load_encoder(first).description.fingerprint != load_encoder(second).description.fingerprint


def test_a_model_with_only_pooled_outputs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no token vectors"):
        load_encoder(write_model(tmp_path, rank=2)).encode_queries(["red"])


def test_a_model_with_unknown_inputs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="pixel_values"):
        load_encoder(write_model(tmp_path, inputs=("input_ids", "pixel_values"))).encode_queries(["red"])


def test_a_broken_graph_is_an_error(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match="cannot load"):
        load_encoder(folder).encode_queries(["red"])


def test_a_model_that_is_opened_early_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[threading.Thread] = []
    make = onnx_encoder._Model
    monkeypatch.setattr(
        onnx_encoder, "_Model", lambda *given: opened.append(threading.current_thread()) or make(*given)
    )
    model = EmbeddingModel(load_encoder(write_model(tmp_path)), checked=False)
    model.open_early()
    assert model.is_immediate
    assert model.embed_queries(["red"]).shape == (1, 2)
    assert len(opened) == 1


def test_what_fails_early_fails_again_at_use(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "model.onnx").write_bytes(b"not a graph")
    encoder = load_encoder(folder)
    encoder.open_early()
    with pytest.raises(ModelError, match="cannot load"):
        encoder.encode_queries(["red"])


def test_an_export_without_a_tokenizer_is_an_error(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load_encoder(folder)


def test_a_query_is_run_once_for_its_vector_and_its_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    run = onnx_encoder._Model.run
    monkeypatch.setattr(onnx_encoder._Model, "run", lambda self, ids: runs.append(ids.tolist()) or run(self, ids))
    encoder = load_encoder(write_model(tmp_path))
    for text, expected in (("red blue", [[3, 4], [0, 5]]), ("green", [[6, 8]]), ("red blue", [[3, 4], [0, 5]])):
        vector = encoder.encode_queries([text])
        assert encoder.encode_query_tokens(text).vectors.tolist() == expected
        np.testing.assert_allclose(vector, encoder.encode_queries([text, "red"])[:1])
    assert len(runs) == 3  # two questions and "red", however often and with whatever else they are asked


def test_the_states_of_recent_queries_only_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_encoder, "RECENT", 2)
    runs = []
    run = onnx_encoder._Model.run
    monkeypatch.setattr(onnx_encoder._Model, "run", lambda self, ids: runs.append(ids.tolist()) or run(self, ids))
    encoder = load_encoder(write_model(tmp_path))
    for text in ("red", "green", "blue", "red"):
        encoder.encode_queries([text])
    assert len(runs) == 4
    encoder.encode_queries(["blue"])
    assert len(runs) == 4
