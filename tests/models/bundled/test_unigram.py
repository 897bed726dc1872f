"""The quick tokeniser gives exactly what the whole vocabulary gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.models.bundled import unigram, vocabulary
from retriever.models.bundled.unigram import TokenCounter, UnigramTokenizer


@pytest.fixture(scope="module")
def quick(bundled_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(bundled_folder)


@pytest.fixture(scope="module")
def whole(bundled_folder: Path) -> Iterator[UnigramTokenizer]:
    tokenizer = UnigramTokenizer(bundled_folder)
    with tokenizer.indexing():
        tokenizer.tokenise(["a" * (unigram.LOOKED_UP + 1)])
        yield tokenizer


_ODD = " \t\n\r\u00a0\u3000\u200b\u200d\ufeff\u0000\u0007\u0085\u2028\ufffd～~▁ﬁ①Å\u0301\u1100\u1161"
_SCRIPTS = st.sampled_from(
    [(0x20, 0x7E), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F),
     (0xE00, 0xE7F), (0x1100, 0x11FF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF00, 0xFFEF),
     (0x1F300, 0x1FAFF)]
)  # fmt: skip
_RUNS = _SCRIPTS.flatmap(lambda ends: st.text(st.characters(min_codepoint=ends[0], max_codepoint=ends[1]), max_size=12))
_PIECES = st.sampled_from(
    ["<s>", "</s>", "<unk>", "<mask>", "<pad>", "query:", "电梯", "的", "ing", "tion", "안녕", "नम"]
)
TEXTS = st.lists(st.one_of(_RUNS, _PIECES, st.text(_ODD, max_size=4), st.text(max_size=8)), max_size=8).map("".join)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_a_few_texts_get_the_ids_that_the_whole_vocabulary_gives(
    quick: UnigramTokenizer, whole: UnigramTokenizer, texts: list[str]
) -> None:
    expected = [ids.tolist() for ids in whole.tokenise_ids(texts)]
    assert [tokens.ids.tolist() for tokens in quick.tokenise(texts)] == expected
    assert [ids.tolist() for ids in quick.tokenise_ids(texts)] == expected


@settings(deadline=None)
@given(TEXTS)
def test_spans_are_the_same_either_way_and_lie_in_the_text(
    quick: UnigramTokenizer, whole: UnigramTokenizer, text: str
) -> None:
    spans = quick.tokenise([text])[0].spans
    np.testing.assert_array_equal(spans, whole.tokenise([text])[0].spans)
    assert spans.dtype == np.int32
    assert spans.shape[1] == 2
    assert (spans[:, 0] <= spans[:, 1]).all()
    assert (np.diff(spans[:, 0]) >= 0).all()
    assert spans.size == 0 or (spans.min() >= 0 and spans.max() <= len(text))


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_prefix_ending_in_a_space_leaves_the_tokens_of_the_text_alone(
    quick: UnigramTokenizer, first: str, second: str
) -> None:
    apart = quick.tokenise([first, second])
    together = quick.tokenise([f"{first} {second}"])[0]
    assert together.ids.tolist() == [*apart[0].ids.tolist(), *apart[1].ids.tolist()]


def test_spans_name_the_characters_of_each_word(whole: UnigramTokenizer) -> None:
    text = "The mayor\u3000opened  the ﬁrst school 小学"
    spans = whole.tokenise([text])[0].spans.tolist()
    covered = "".join(text[start:end] for start, end in spans)
    assert covered == re.sub(r"\s", "", text)


def test_lone_surrogates_are_replaced_in_place(quick: UnigramTokenizer) -> None:
    assert quick.tokenise(["社区\ud83d电梯"])[0].spans.max() == 5


def test_no_two_pieces_share_a_hash(bundled_folder: Path) -> None:
    hashes = np.load(bundled_folder / vocabulary.HASHES_FILE)
    assert (hashes[1:] > hashes[:-1]).all()


def test_the_whole_vocabulary_is_held_only_while_much_is_indexed(bundled_folder: Path) -> None:
    tokenizer = UnigramTokenizer(bundled_folder)
    much = "word " * (unigram.LOOKED_UP // 5 + 1)
    tokenizer.tokenise([much])
    assert tokenizer._whole is None
    with tokenizer.indexing():
        tokenizer.tokenise(["怎样给老旧小区装电梯？"])
        assert tokenizer._whole is None
        with tokenizer.indexing():
            tokenizer.tokenise([much])
        held = tokenizer._whole
        assert held is not None
        tokenizer.tokenise(["a few more words"])
        assert tokenizer._whole is held
    assert tokenizer._whole is None
    with tokenizer.indexing():
        tokenizer.tokenise(["what was tokenised before counts no more"])
        assert tokenizer._whole is None


def test_a_few_texts_never_load_the_whole_vocabulary(bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "TOKENIZER_FILE", "absent.json")
    tokens = UnigramTokenizer(bundled_folder).tokenise(["怎样给老旧小区装电梯？"])
    assert len(tokens[0].ids) == 9


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=3))
def test_counted_by_their_words_texts_have_as_many_tokens(quick: UnigramTokenizer, texts: list[str]) -> None:
    counter = TokenCounter(quick)
    for text in [*texts, " ".join(texts), *texts]:
        assert counter.count(text) == len(quick.find_spans([text])[0])
