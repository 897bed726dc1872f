import unicodedata
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.normalise import FOLDING, FOLDING_1, Folding, fold, fold_with_offsets


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
        ("⻘年路⻄段由⺠政局負責，⻋輛。⻓江⻚岩", "青年路西段由民政局负责，车辆。长江页岩"),
        ("\u2f42\ufa0e", "文\ufa0e"),
        ("ज़मीन", "जमीन"),
        ("\u095b", "\u091c"),
        ("ऩ", "न"),
        ("ਫ਼ੌਜ", "ਫੌਜ"),
        ("गाँव", "गांव"),
        ("हिन्दी", "हिंदी"),
        ("ന്‍", "ൻ"),
        ("ত্‍", "ৎ"),
        (unicodedata.normalize("NFD", "கொடு কোন"), "கொடு কোন"),
        ("佐々木", "佐佐木"),
        ("いすゞ、みすゝ", "いすず、みすす"),
        ("ｻｰﾊﾞｰ", "サーバー"),
        ("二〇二二年、一九九八、二○二二", "2022年、1998、2022"),
        ("m²", "㎡"),
        ("❶➀", "11"),
        ("น้ํา".replace("\u0e49\u0e4d", "\u0e4d\u0e49"), "น้ำ"),
        ("เเม่", "แม่"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("שָׁלוֹם", "שלום"),
        ("كـتـاب", "كتاب"),
        ("DIŞARI", "dışarı"),
    ],
)
def test_equivalent_texts_fold_alike(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("か", "が"),
        ("はは", "ばば"),
        ("की", "का"),
        ("ขาว", "ข่าว"),
        ("天", "夫"),
        ("য়", "য"),
        ("10⁶", "106"),
        ("note①", "note1"),
        ("≠", "="),
        ("りんご", "リンゴ"),
        ("一百", "100"),
        ("जन्म", "जंम"),
    ],
)
def test_different_words_stay_different(left: str, right: str) -> None:
    assert fold(left) != fold(right)


def test_every_character_folds_to_a_fixed_point() -> None:
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    assert [c for c in characters if fold(fold(c)) != fold(c)] == []


def test_radicals_fold_to_the_ideographs_that_unicode_calls_equivalent() -> None:
    radicals, ideographs = files("retriever.text").joinpath("radicals.txt").read_text("utf-8").split("\n")[:2]
    assert len(radicals) == len(ideographs) == 133
    assert fold(radicals) == fold(ideographs)
    kangxi = "".join(map(chr, range(0x2F00, 0x2FD6)))
    assert fold(kangxi) == fold(unicodedata.normalize("NFKC", kangxi))


SEQUENCES = st.text(alphabet="かはﾊゝゞ゛ﾞ\u3099각\u1100\u1161人々二〇九年m²⁶①न्दहँ\u0e4d\u0e48าเ\u200d\u0301 \n")


@given(st.text() | SEQUENCES, st.sampled_from([FOLDING, FOLDING_1]))
def test_offsets_map_back_to_the_original(text: str, folding: Folding) -> None:
    fold, folded = folding.fold, folding.fold_with_offsets(text)
    assert folded.text == fold(text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a == b or a.end <= b.start for a, b in pairwise(spans))
    for span in dict.fromkeys(spans):
        piece = "".join(c for c, other in zip(folded.text, spans, strict=True) if other == span)
        assert fold(text[span.start : span.end]) == piece


def test_offsets_across_expansions() -> None:
    folded = fold_with_offsets("约㎡①的ﾃﾞ")
    assert folded.text == "约m2^1的デ"
    assert folded.span(1, 3) == folded.span(1, 2)
    assert (folded.span(6, 7).start, folded.span(6, 7).end) == (4, 6)
