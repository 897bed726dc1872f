"""The exported bundled model, run by each backend, ranks as the bundled encoder of passages does."""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from encoder_apart import EncoderApart
from fork_server import run

from retriever.errors import MissingExtraError, ModelError, UsageError, install_command
from retriever.models import export_model, load
from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.st_model import SentenceTransformersEncoder
from retriever.models.interface import Encoder, TokenVectors

if TYPE_CHECKING:
    from retriever.types import Vectors

QUESTIONS = {
    "加装电梯的费用由谁承担？": 0,
    "图书馆周末什么时候关门？": 1,
    "町内会はいつ集まりますか": 2,
    "¿Desde qué hora hay autobuses?": 3,
    "¿Qué presupuesto se aprobó?": 5,
    "When will the bridge be repaired?": 6,
}
"""Questions, and the place in the pool of the sentence that answers each."""


class Answers(NamedTuple):
    """What an encoder gives for ``texts``."""

    kind: type[Encoder]
    vectors: Vectors
    tokens: list[TokenVectors]


def ask(encoder: EncoderApart, texts: dict[str, str]) -> Answers:
    pool = list(texts.values())
    return Answers(encoder.kind, encoder.encode_passages(pool), encoder.encode_passage_tokens(pool))


@pytest.fixture(scope="module")
def exact(onnx_encoder: EncoderApart, texts: dict[str, str]) -> Answers:
    return ask(onnx_encoder, texts)


@pytest.fixture(scope="module")
def torch_encoder(exported: Path, exact: Answers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncoderApart]:
    """The same folder without its ONNX graph, made of links. The other encoder, which goes first, has been asked."""
    folder = tmp_path_factory.mktemp("torch") / "weights-only"
    folder.mkdir()
    for path in exported.iterdir():
        if path.name != "onnx":
            (folder / path.name).symlink_to(path)
    with EncoderApart(folder) as encoder:
        yield encoder


# In this order each is loaded once, and the libraries of torch last.
@pytest.fixture(params=["onnx_encoder", "torch_encoder"], scope="module")
def backend(request: pytest.FixtureRequest) -> Encoder:
    encoder: Encoder = request.getfixturevalue(request.param)
    return encoder


# These start processes of their own, or take much memory here, and so come before the encoders.


def test_a_hub_name_that_cannot_be_fetched_is_an_error() -> None:
    # In a process of its own: the libraries look at the environment when they are imported.
    script = (
        "import sys\n"
        "from retriever.errors import ModelError\n"
        "from retriever.models import load\n"
        "try:\n    load('nobody/no-such-model')\n"
        "except ModelError as error:\n    print(error)\n"
        "print('sentence_transformers' in sys.modules)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    code, out, errors = run([sys.executable, "-c", script], b"", timeout=60, env=environment)
    assert code == 0, errors
    message, imported = out.decode().splitlines()
    assert message.startswith("cannot load the model nobody/no-such-model: it was not fetched before")
    assert imported == "False"


def test_without_the_extra_the_error_names_the_pip_command(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from retriever.errors import MissingExtraError\n"
        "from retriever.models import load\n"
        "try:\n    load('BAAI/bge-m3')\n"
        "except MissingExtraError as error:\n    print(error.hint)"
    )
    code, out, errors = run([sys.executable, "-c", script], b"", timeout=60)
    assert code == 0, errors
    assert out.decode().strip() == install_command("sentence-transformers")
    assert issubclass(MissingExtraError, ModelError)


def test_export_refuses_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(UsageError, match="in use"):
            export_model(place)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_export_to_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot write"):
        export_model(tmp_path / "file" / "model")


def test_the_description_is_read_from_the_folder(backend: Encoder, bundled: Encoder) -> None:
    ours, theirs = bundled.description, backend.description
    for name in ("dimension", "max_tokens", "query_prefix", "passage_prefix", "pooling", "normalise"):
        assert getattr(theirs, name) == getattr(ours, name), name
    assert backend.passage_limit == bundled.passage_limit
    assert theirs.weights
    assert theirs.fingerprint != ours.fingerprint


def test_backends_rank_alike(backend: Encoder, unchanged: OnnxEncoder, texts: dict[str, str]) -> None:
    pool = list(texts.values())
    scores = [e.encode_queries(list(QUESTIONS)) @ e.encode_passages(pool).T for e in (unchanged, backend)]
    assert [row.argmax() for row in scores[0]] == list(QUESTIONS.values())
    assert [row.argmax() for row in scores[1]] == list(QUESTIONS.values())
    for first, second in zip(*scores, strict=True):
        assert np.corrcoef(first.argsort().argsort(), second.argsort().argsort())[0, 1] > 0.95


def test_backends_give_almost_the_same_vectors(
    backend: Encoder, bundled: Encoder, unchanged: OnnxEncoder, texts: dict[str, str]
) -> None:
    pool = list(texts.values())
    long = ["a text that has to be cut " * 90]
    # The longest by itself: what is embedded beside it would be padded to its length.
    for ours, theirs in (
        (bundled.encode_passages([*pool, ""]), backend.encode_passages([*pool, ""])),
        (bundled.encode_passages(long), backend.encode_passages(long)),
        (unchanged.encode_queries(pool), backend.encode_queries(pool)),
    ):
        assert theirs.dtype == np.float32
        assert ((ours * theirs).sum(axis=1) > 0.99).all()


def test_token_spans_and_vectors_are_the_bundled_ones(
    backend: Encoder, unchanged: OnnxEncoder, texts: dict[str, str]
) -> None:
    for text in texts.values():
        np.testing.assert_array_equal(backend.token_spans(text), unchanged.token_spans(text))
        ours, theirs = unchanged.encode_query_tokens(text), backend.encode_query_tokens(text)
        np.testing.assert_array_equal(ours.spans, theirs.spans)
        lengths = np.linalg.norm(ours.vectors, axis=1) * np.linalg.norm(theirs.vectors, axis=1)
        assert ((ours.vectors * theirs.vectors).sum(axis=1) / lengths).mean() > 0.99


def test_neighbours_change_a_vector_by_rounding_at_most(backend: Encoder, texts: dict[str, str]) -> None:
    pool = [*list(texts.values())[:4], "word " * 60]
    alone = np.concatenate([backend.encode_passages([text]) for text in pool])
    np.testing.assert_allclose(backend.encode_passages(pool), alone, atol=1e-6)


def test_no_texts_have_no_vectors(backend: Encoder) -> None:
    assert backend.encode_passages([]).shape == (0, 384)


def test_every_token_of_the_bundled_graph_is_close_to_the_exact_one(
    bundled: Encoder, exact: Answers, texts: dict[str, str]
) -> None:
    for script, ours, theirs in zip(
        texts, bundled.encode_passage_tokens(list(texts.values())), exact.tokens, strict=True
    ):
        products = (ours.vectors * theirs.vectors).sum(axis=1)
        cosines = products / np.linalg.norm(ours.vectors, axis=1) / np.linalg.norm(theirs.vectors, axis=1)
        assert cosines.mean() > 0.995, script


def test_the_two_exact_backends_agree_to_rounding(
    exact: Answers, torch_encoder: EncoderApart, texts: dict[str, str]
) -> None:
    """Each folder runs in the backend made for it."""
    other = ask(torch_encoder, texts)
    assert (exact.kind, other.kind) == (OnnxEncoder, SentenceTransformersEncoder)
    np.testing.assert_allclose(exact.vectors, other.vectors, atol=1e-5)
    for first, second in zip(exact.tokens, other.tokens, strict=True):
        np.testing.assert_array_equal(first.spans, second.spans)
        np.testing.assert_allclose(first.vectors, second.vectors, atol=1e-4)


def test_the_safetensors_file_is_laid_out_as_its_format_says(exported: Path) -> None:
    path = exported / "model.safetensors"
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    del header["__metadata__"]
    places = sorted(entry["data_offsets"] for entry in header.values())
    assert length % 8 == 0
    assert [start for start, _ in places] == [0, *(end for _, end in places[:-1])]
    assert places[-1][1] == path.stat().st_size - 8 - length


@pytest.mark.parametrize("name", ["no-such-model", "./missing", "/missing/model", "a/b/c", ""])
def test_a_name_that_is_nothing_is_an_error_without_asking_the_hub(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model") as caught:
        load(name)
    assert "retriever models" in caught.value.hint
    assert ("has moved" in caught.value.hint) is name.startswith("/")


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot load the model .* neither"):
        load(tmp_path)


@pytest.mark.parametrize("name", [None, "bundled", "multilingual-e5-small", "intfloat/multilingual-e5-small"])
def test_the_bundled_model_answers_to_its_names(name: str | None, bundled: Encoder) -> None:
    assert load(name).description == bundled.description
