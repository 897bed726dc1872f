"""Tokenising with a tokenizer.json of another family: WordPiece, special tokens before and after the text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from retriever.errors import ModelError
from retriever.models.backends.hub_tokens import HubInputs, read_tokenizer, share_vocabulary

WORDS = ["[UNK]", "[CLS]", "[SEP]", "ask", ":", "harbour", "##s", "open", "at", "noon", "港", "口"]


def word_pieces() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=20)
    return tokenizer


def tokeniser(max_tokens: int) -> HubInputs:
    return HubInputs(word_pieces(), max_tokens)


def test_prefix_and_special_tokens_are_not_the_texts_own() -> None:
    item = tokeniser(32).build(["harbours open"], "ask: ")[0]
    assert item.ids.tolist() == [1, 3, 4, 5, 6, 7, 2]
    assert item.own.tolist() == [3, 4, 5]
    assert item.spans.tolist() == [[0, 7], [7, 8], [9, 13]]


def test_a_text_that_is_too_long_loses_its_end_and_keeps_what_closes_it() -> None:
    item = tokeniser(6).build(["harbours open at noon"], "ask: ")[0]
    assert item.ids.tolist() == [1, 3, 4, 5, 6, 2]
    assert item.spans.tolist() == [[0, 7], [7, 8]]


def test_few_and_many_read_alike() -> None:
    texts = ["", "港口 open", "harbour " * 40, "never seen"]
    subject = tokeniser(16)
    for item, ids in zip(subject.build(texts, "ask: "), subject.build_ids(texts, "ask: "), strict=True):
        np.testing.assert_array_equal(item.ids, ids)
        assert len(ids) <= 16


def test_overhead_counts_prefix_and_special_tokens() -> None:
    assert (tokeniser(32).count_overhead("ask: "), tokeniser(32).count_overhead("")) == (4, 2)


def test_spans_of_a_text_of_any_length() -> None:
    assert tokeniser(4).find_spans("open at harbours noon").tolist() == [[0, 4], [5, 7], [8, 15], [15, 16], [17, 21]]
    assert tokeniser(4).find_spans("").shape == (0, 2)


def test_a_broken_tokenizer_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"}')
    with pytest.raises(ModelError, match="not a tokenizer"):
        read_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match="cannot read"):
        read_tokenizer(tmp_path / "absent.json")


def with_added_tokens() -> Tokenizer:
    tokenizer = word_pieces()
    tokenizer.normalizer = normalizers.Lowercase()
    # Some are in the vocabulary, others get numbers after it; of special and other ones in turn.
    tokenizer.add_tokens([AddedToken("HARBOUR at", normalized=True), AddedToken("noon", single_word=True)])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False), "[SEP]"])
    tokenizer.add_tokens(["opens"])
    return tokenizer


ADDED = with_added_tokens()
SHARING = share_vocabulary(ADDED)
COPY = Tokenizer.from_str(ADDED.to_str())
COPY.no_truncation()
COPY.no_padding()


@given(st.lists(st.sampled_from([*WORDS, " ", "HARBOUR at", "<mask>", "opens", "s", "\u0130"]) | st.text(max_size=3)))
def test_a_tokenizer_that_shares_the_vocabulary_reads_as_a_copy(parts: list[str]) -> None:
    text = "".join(parts)
    ours, theirs = SHARING.encode(text), COPY.encode(text)
    for part in ("ids", "offsets", "tokens", "special_tokens_mask", "type_ids"):
        assert getattr(ours, part) == getattr(theirs, part), part


def test_the_vocabulary_is_shared_and_the_settings_are_not() -> None:
    first = with_added_tokens()
    second = share_vocabulary(first)
    first.model.unk_token = "[SEP]"
    assert second.model.unk_token == "[SEP]"
    assert (second.truncation, second.padding) == (None, None)
    second.enable_truncation(3)
    assert first.truncation["max_length"] == 5
