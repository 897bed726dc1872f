"""Rerankers: any cross-encoder of one score, in its folder; what is none is refused.

What loads one runs in a process beside, which has the libraries.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from encoder_apart import apart
from fake_encoder import FakeEncoder
from small_index import create_index, search_index, write

from retriever import Retriever
from retriever.errors import ModelError
from retriever.models import load_reranker
from retriever.options import SearchOptions

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "lamp", "is", "lit", "boat", "boats", "fish", "and"]
TEXTS = {
    "a.txt": "The lamp is lit.",
    "b.txt": "Boats and fish.",
    "c.txt": "The boat is lit.",
    "d.txt": "Fish and lamp.",
}


def tiny(folder: Path, labels: int = 1) -> Path:
    """A cross-encoder with weights drawn at random, as Hugging Face's libraries write one."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    (folder / "words.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(str(folder / "words.txt")).save_pretrained(folder)
    torch.manual_seed(4)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(WORDS), num_labels=labels, initializer_range=1.0, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


Check = Callable[[Callable[[Path], None]], None]


@pytest.fixture
def run_apart(tmp_path: Path) -> Check:
    """Calls a function in the other process."""
    return lambda check: apart().submit(check, tmp_path).result()


def test_scores_lie_in_0_to_1_and_tell_passages_apart(run_apart: Check) -> None:
    run_apart(check_scores)


def check_scores(tmp_path: Path) -> None:
    reranker = load_reranker(tiny(tmp_path / "model"))
    scores = reranker.scores("the lamp", list(TEXTS.values()))
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) == len(TEXTS)
    assert reranker.scores("the lamp", []) == []
    # Neighbours in a batch change the last bits only.
    assert [reranker.scores("the lamp", [text])[0] for text in TEXTS.values()] == pytest.approx(scores, abs=1e-5)


def test_its_score_is_the_score_of_a_hit(run_apart: Check) -> None:
    run_apart(check_hits)


def check_hits(tmp_path: Path) -> None:
    reranker = load_reranker(tiny(tmp_path / "model"))
    encoder = FakeEncoder()
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", TEXTS))
    hits = search_index(index, encoder, "the lamp", SearchOptions(explain=True), reranker).hits
    scores = dict(zip(TEXTS.values(), reranker.scores("the lamp", list(TEXTS.values())), strict=True))
    assert [hit.text for hit in hits] == sorted(scores, key=lambda text: -scores[text])
    for hit in hits:
        assert hit.score == hit.scores["reranker"] == pytest.approx(scores[hit.text], abs=1e-5)
        assert "late" not in hit.scores
        assert "reranker" in [part.stage for part in hit.explanation]
    plain = search_index(index, encoder, "the lamp", SearchOptions(rerank=0), reranker).hits
    assert all("reranker" not in hit.scores for hit in plain)


def test_an_index_is_opened_with_one(run_apart: Check) -> None:
    run_apart(check_opening)


def check_opening(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "model")
    docs = write(tmp_path / "docs", TEXTS)
    with Retriever.open(tmp_path / "index", create=True, reranker=folder) as retriever:
        retriever.sync(docs)
        retriever.warm()
        assert all("reranker" in hit.scores for hit in retriever.search("the lamp"))


def test_what_is_no_reranker_is_refused(run_apart: Check) -> None:
    run_apart(check_refusals)


def check_refusals(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_reranker(tmp_path / "empty")
    with pytest.raises(ModelError, match="2 outputs"):
        load_reranker(tiny(tmp_path / "two", labels=2))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot load the reranker"):
        load_reranker(tmp_path / "broken")


@pytest.mark.parametrize("name", ["nope", "./nope", "a/b/c"])
def test_a_name_that_is_nothing_is_an_error_without_asking_the_hub(name: str) -> None:
    with pytest.raises(ModelError, match="there is no reranker") as caught:
        load_reranker(name)
    assert "owner/name" in caught.value.hint
