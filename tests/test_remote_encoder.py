"""A model that runs in another process: the encoder of the examples indexes and searches through the public API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import paragraph, write

from retriever import Retriever
from retriever.errors import FingerprintMismatchError, ModelError, UsageError
from retriever.types import Mode

HERE = Path(__file__).parent
FILES = {
    "harbour.md": "# The harbour\n\nBoats longer than nine metres need a permit.\n\nThe quay is closed at low tide.\n",
    "library.txt": "The library opens at ten and closes at six.\n",
    "图书馆.txt": "县图书馆周末延长开放时间。借书证押金一百元。\n",
}
QUESTION = "which boats need a permit"


def _example() -> Any:
    spec = spec_from_file_location("remote_encoder", HERE.parent / "examples" / "remote_encoder.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pytestmark = pytest.mark.usefixtures("read_here")

RemoteEncoder, RemoteTokenEncoder = _example().RemoteEncoder, _example().RemoteTokenEncoder


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The address of a server that runs until the end."""
    command = [sys.executable, str(HERE / "vector_server.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", FILES)


def build(path: Path, docs: Path, encoder: object, **options: bool) -> Retriever:
    retriever = Retriever.open(path, create=True, model=encoder)  # type: ignore[arg-type]
    assert retriever.sync(docs, **options).added == 3  # type: ignore[arg-type]
    return retriever


@pytest.mark.parametrize("token_vectors", [False, True])
@pytest.mark.parametrize(
    ("mode", "stages"),
    [("hybrid", {"dense", "lexical", "late"}), ("dense", {"dense"}), ("lexical", {"lexical"})],
)
def test_it_indexes_and_searches_in_every_mode(
    tmp_path: Path, docs: Path, url: str, mode: Mode, stages: set[str], token_vectors: bool
) -> None:
    retriever = build(tmp_path / "index", docs, RemoteTokenEncoder(url), token_vectors=token_vectors)
    best, *_ = retriever.search(QUESTION, mode=mode)
    assert best.source.endswith("harbour.md")
    assert "nine metres" in best.text
    assert best.scores.keys() == stages


def test_it_answers_like_the_same_encoder_in_this_process(tmp_path: Path, docs: Path, url: str) -> None:
    class Local(FakeEncoder):
        token_spans = None  # type: ignore[assignment]
        passage_limit = None  # type: ignore[assignment]

        def __init__(self) -> None:
            self.description = FakeEncoder("remote bag").description
            self.embedded = []

        def encode_query_tokens(self, text: str) -> Any:
            return FakeEncoder().encode_query_tokens(text)

        def encode_passage_tokens(self, texts: Any) -> Any:
            return FakeEncoder().encode_passage_tokens(texts)

    remote = build(tmp_path / "remote", docs, RemoteTokenEncoder(url))
    local = build(tmp_path / "local", docs, Local())
    for question in (QUESTION, "when does the library close", "借书证"):
        ours, theirs = remote.search(question, explain=True), local.search(question, explain=True)
        assert list(ours) == list(theirs)


def test_without_token_vectors_late_interaction_is_left_out_and_says_so(tmp_path: Path, docs: Path, url: str) -> None:
    retriever = build(tmp_path / "index", docs, RemoteEncoder(url))
    best, *_ = retriever.search(QUESTION, explain=True)
    assert "nine metres" in best.text
    assert best.scores.keys() == {"dense", "lexical"}
    [late] = [part for part in best.explanation if part.stage == "late"]
    assert late.text == "left out: the model 'remote bag' has no token vectors"
    plain = retriever.search(QUESTION, rerank=0)
    assert [(hit.id, hit.score) for hit in plain] == [(hit.id, hit.score) for hit in retriever.search(QUESTION)]
    assert not any(part.stage == "late" for part in retriever.search(QUESTION, rerank=0, explain=True)[0].explanation)
    retriever.warm()


def test_what_needs_token_vectors_is_refused_without_them(tmp_path: Path, docs: Path, url: str) -> None:
    retriever = build(tmp_path / "index", docs, RemoteEncoder(url))
    for mode in ("hybrid", "dense"):
        with pytest.raises(UsageError, match="the model 'remote bag' has no token vectors") as caught:
            retriever.search(QUESTION, mode=mode, rerank=5)
        assert "rerank=0" in caught.value.hint
    other = Retriever.open(tmp_path / "other", create=True, model=RemoteEncoder(url))
    for one in (other, retriever):
        with pytest.raises(UsageError, match="cannot store token vectors: the model 'remote bag' has none"):
            one.sync(docs, token_vectors=True)
    assert not (tmp_path / "other" / "CURRENT").exists()


def test_token_vectors_that_the_model_gained_wait_for_a_rebuild(tmp_path: Path, docs: Path, url: str) -> None:
    build(tmp_path / "index", docs, RemoteEncoder(url)).close()
    retriever = Retriever.open(tmp_path / "index", model=RemoteTokenEncoder(url))
    assert "late" not in retriever.search(QUESTION)[0].scores
    with pytest.raises(UsageError, match="was built when the model 'remote bag' had no token vectors"):
        retriever.search(QUESTION, rerank=5)
    assert retriever.sync(docs, rebuild=True).embedded == 0
    assert "late" in retriever.search(QUESTION, rerank=5)[0].scores


def test_a_reranker_needs_no_token_vectors(tmp_path: Path, docs: Path, url: str) -> None:
    class Longest:
        def scores(self, question: str, passages: list[str]) -> list[float]:
            return [len(passage) / 1000 for passage in passages]

    build(tmp_path / "index", docs, RemoteEncoder(url)).close()
    retriever = Retriever.open(tmp_path / "index", model=RemoteEncoder(url), reranker=Longest())
    hits = retriever.search(QUESTION, rerank=5)
    assert [hit.score for hit in hits] == pytest.approx([len(hit.text) / 1000 for hit in hits])


def test_an_index_of_an_object_asks_for_the_object_again(tmp_path: Path, docs: Path, url: str) -> None:
    build(tmp_path / "index", docs, RemoteTokenEncoder(url)).close()
    with Retriever.open(tmp_path / "index") as retriever:
        assert retriever.search(QUESTION, mode="lexical")
        for use in (lambda: retriever.search(QUESTION), lambda: retriever.sync(docs), retriever.warm):
            with pytest.raises(ModelError, match="was built with the model object 'remote bag'") as caught:
                use()
            assert "pass it again: Retriever.open(..., model=...)" in caught.value.hint
            assert "--mode lexical" in caught.value.hint
    with Retriever.open(tmp_path / "index", model=RemoteTokenEncoder(url)) as retriever:
        assert retriever.sync(docs).unchanged == 3
    other = Retriever.open(tmp_path / "index", model=FakeEncoder("another"))
    with pytest.raises(FingerprintMismatchError):
        other.search(QUESTION)


def test_a_server_that_goes_away_is_a_clear_error_and_loses_nothing(tmp_path: Path, docs: Path, url: str) -> None:
    index = tmp_path / "index"
    write(docs, {f"{number}.txt": paragraph(number, 12) for number in range(270)})
    # Three baselines of unrelated texts, one for each language, then one batch of passages.
    with serving("4") as address:
        gone = RemoteEncoder(address)
        with Retriever.open(index, create=True, model=gone) as retriever:
            with pytest.raises(ModelError, match="the model 'remote bag' failed") as caught:
                retriever.sync(docs)
            assert "what was embedded so far is kept" in caught.value.hint
    with Retriever.open(index, create=True, model=RemoteEncoder(url)) as retriever:
        report = retriever.sync(docs)
        assert report.added == 273
        assert report.reused >= RemoteEncoder.batch_size
    with Retriever.open(index, model=gone) as retriever:
        assert retriever.search(QUESTION, mode="lexical")
        with pytest.raises(ModelError, match=r"the model 'remote bag' failed: .*refused"):
            retriever.search(QUESTION)


def test_a_server_that_was_never_there_is_a_clear_error(tmp_path: Path) -> None:
    with serving() as address:
        pass
    with pytest.raises(ModelError, match=r"the model 'RemoteEncoder' failed: .*refused"):
        Retriever.open(tmp_path / "index", create=True, model=RemoteEncoder(address))


def test_passages_are_sent_in_batches_of_the_size_that_the_encoder_states(tmp_path: Path, docs: Path) -> None:
    class Recording(FakeEncoder):
        batch_size = 300

        def encode_passages(self, texts: Any) -> Any:
            sizes.append(len(texts))
            return super().encode_passages(texts)

    sizes: list[int] = []
    write(docs, {"many.jsonl": "".join(f'{{"text": "{paragraph(number, 12)}"}}\n' for number in range(650))})
    with Retriever.open(tmp_path / "index", create=True, model=Recording()) as retriever:
        retriever.sync(docs)
    assert max(sizes) == 300
    assert np.median([size for size in sizes if size > 8]) == 300
