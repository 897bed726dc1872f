"""An index that keeps token vectors answers like one that does not, and needs no passage encoded for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from library import FILES
from small_index import ask, create_index, sync_index, write

from retriever.errors import FingerprintMismatchError
from retriever.hits import Hit
from retriever.index.local.index import LocalIndex
from retriever.models.interface import TokenVectors
from retriever.models.scoring.score_baseline import _TEXTS

QUESTIONS = ("Who gives out the permit for boats?", "图书馆周末开放吗", "lamp on the pier", "билет на паром")


UNRELATED = {text for row in _TEXTS.values() for _, text in row}


class NoTokens(FakeEncoder):
    """Refuses to encode the tokens of a passage of the corpus."""

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        assert set(texts) <= UNRELATED
        return super().encode_passage_tokens(texts)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", FILES)


@pytest.fixture
def with_tokens(tmp_path: Path, docs: Path, encoder: FakeEncoder) -> LocalIndex:
    index = LocalIndex.create(tmp_path / "kept")
    sync_index(index, encoder, docs, token_vectors=True)
    return index


def test_no_passage_is_encoded_for_a_search(with_tokens: LocalIndex) -> None:
    for question in QUESTIONS:
        assert all("late" in hit.scores for hit in ask(with_tokens, NoTokens(), question))


def test_it_ranks_like_one_that_keeps_none(
    tmp_path: Path, docs: Path, with_tokens: LocalIndex, encoder: FakeEncoder
) -> None:
    plain = create_index(tmp_path / "plain", encoder, docs)
    for question in QUESTIONS:
        ours, theirs = ask(with_tokens, encoder, question, k=50), ask(plain, encoder, question, k=50)
        assert ours[0].id == theirs[0].id
        late = {hit.id: hit.scores["late"] for hit in theirs if "late" in hit.scores}
        assert all(hit.scores["late"] == pytest.approx(late[hit.id], abs=0.35) for hit in ours)
        assert ours[0].sentence is not None


def test_later_syncs_keep_them_through_edits_merges_and_deletions(
    tmp_path: Path, docs: Path, with_tokens: LocalIndex, encoder: FakeEncoder
) -> None:
    for number in range(12):
        (docs / f"new{number}.txt").write_text(f"Boat {number} has a permit.", encoding="utf-8")
        (docs / "market.txt").write_text(f"Fish is sold from {number} o'clock.", encoding="utf-8")
        sync_index(with_tokens, encoder, docs)
    (docs / "harbour.md").unlink()
    sync_index(with_tokens, encoder, docs)
    fresh = LocalIndex.create(tmp_path / "fresh")
    sync_index(fresh, encoder, docs, token_vectors=True)
    for question in QUESTIONS:
        assert summarise(ask(with_tokens, NoTokens(), question)) == summarise(ask(fresh, NoTokens(), question))
    assert with_tokens.verify(deep=True) == []


def summarise(hits: list[Hit]) -> list[tuple[str, float, dict[str, float]]]:
    return [(hit.source, hit.score, dict(hit.scores)) for hit in hits]


def test_changing_it_needs_a_rebuild_that_embeds_nothing(
    with_tokens: LocalIndex, docs: Path, encoder: FakeEncoder
) -> None:
    with pytest.raises(FingerprintMismatchError, match="stores token vectors"):
        sync_index(with_tokens, encoder, docs, token_vectors=False)
    sync_index(with_tokens, encoder, docs, rebuild=True)
    assert with_tokens.snapshot().settings.tokens
    report = sync_index(with_tokens, encoder, docs, rebuild=True, token_vectors=False)
    assert (report.embedded, with_tokens.snapshot().settings.tokens) == (0, "")
    with pytest.raises(FingerprintMismatchError, match="does not store token vectors"):
        sync_index(with_tokens, encoder, docs, token_vectors=True)
    # Both the vectors and the tokens are in the cache now.
    sync_index(with_tokens, NoTokens(), docs, rebuild=True, token_vectors=True)
    assert all("late" in hit.scores for hit in ask(with_tokens, NoTokens(), "lamp"))


def test_without_any_passage(tmp_path: Path, encoder: FakeEncoder) -> None:
    index = LocalIndex.create(tmp_path / "index")
    docs = write(tmp_path / "docs", {"a.txt": "One lamp."})
    sync_index(index, encoder, docs, token_vectors=True)
    (docs / "a.txt").unlink()
    sync_index(index, encoder, docs, allow_empty=True)
    assert ask(index, encoder, "lamp") == []
    (docs / "a.txt").write_text("Two lamps.", encoding="utf-8")
    sync_index(index, encoder, docs)
    assert len(ask(index, NoTokens(), "lamps")) == 1
