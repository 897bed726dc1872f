import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.normalise import fold, fold_with_offsets


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("經濟發展", "经济发展"),
        ("里裡裏", "里里里"),
        ("経済発展", "经济发展"),
        ("ＡＢＣ１２３％", "abc123%"),
        ("ﾃﾞｰﾀ", "データ"),
        ("か\u3099", "が"),
        (unicodedata.normalize("NFD", "한국어"), "한국어"),
        ("Straße", "STRASSE"),
        (unicodedata.normalize("NFD", "Réunion"), "reunion"),
        ("Ёлка", "елка"),
        ("Łódź", "lodz"),
        ("İSTANBUL", "istanbul"),
        ("مَكْتَب", "مكتب"),
        ("أحمد", "احمد"),
        ("کتابی", "كتابي"),
        ("٢٠٢١", "2021"),
        ("con\u00adtract", "contract"),
    ],
)
def test_equivalent_texts_fold_alike(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"), [("か", "が"), ("はは", "ばば"), ("की", "का"), ("ขาว", "ข่าว"), ("天", "夫")]
)
def test_different_words_stay_different(left: str, right: str) -> None:
    assert fold(left) != fold(right)


def test_every_character_folds_to_a_fixed_point() -> None:
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    assert [c for c in characters if fold(fold(c)) != fold(c)] == []


@given(st.text())
def test_offsets_map_back_to_the_original(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a == b or a.end <= b.start for a, b in pairwise(spans))
    for span in dict.fromkeys(spans):
        piece = "".join(c for c, other in zip(folded.text, spans, strict=True) if other == span)
        assert fold(text[span.start : span.end]) == piece


def test_offsets_across_expansions() -> None:
    folded = fold_with_offsets("约㎡①的ﾃﾞ")
    assert folded.text == "约m21的デ"
    assert folded.span(1, 3) == folded.span(1, 2)
    assert (folded.span(5, 6).start, folded.span(5, 6).end) == (4, 6)
