import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.analyzer import extract_terms, tokenise
from retriever.text.normalise import fold

SHORT_SCRIPTS = st.text(alphabet="电梯電老ab1.-/カｶﾞ한 ข่าวहिن①㎡ß")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电梯房", ["电", "梯", "房", "电梯", "梯房"]),
        ("電梯", ["电", "梯", "电梯"]),
        ("税収の", ["税", "収", "の", "税収", "収の"]),
        ("시청", ["시", "청", "시청"]),
        ("lift", ["lift"]),
        ("Elevators", ["elevators", "elev*", "elevat*"]),
        ("GB/T-7714", ["gb", "t", "7714", "gbt7714"]),
        ("AB-1234", ["ab", "1234", "ab1234"]),
        ("3.2%", ["3.2"]),
        ("１，２３４", ["1234"]),
        ("3,2 2021-10", ["3.2", "2021", "10"]),
        ("5G网", ["5g", "网"]),
        ("हिन्दी", ["हिन्दी", "हिन्*"]),
        ("。，%", []),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert [term.replace("收", "収") for term in extract_terms(text)] == expected


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("條例", "《管理条例》"),
        ("ＧＤＰ", "全年gdp增长"),
        ("email", "by e-mail"),
        ("school", "the schools"),
        ("Wohnungen", "eine Wohnung"),
        ("лифты", "лифтов нет"),
        ("مدينة", "في المدينة"),
        ("ข่าว", "อ่านข่าววันนี้"),
        ("7714", "GB/T-7714"),
    ],
)
def test_query_and_text_share_terms(query: str, text: str) -> None:
    assert set(extract_terms(query)) & set(extract_terms(text))


@given(st.one_of(st.text(), SHORT_SCRIPTS))
def test_tokens_are_terms_with_their_spans(text: str) -> None:
    found = tokenise(text)
    assert [token.term for token in found] == extract_terms(text)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert 0 < len(token.term) <= 64 + 1
        assert token.term == fold(token.term)
        assert not any(character.isspace() for character in token.term)


@given(st.text(alphabet="电梯加装条例", min_size=1))
def test_characters_and_pairs(text: str) -> None:
    assert extract_terms(text) == [*text, *(text[at : at + 2] for at in range(len(text) - 1))]


@given(st.text(), st.text())
def test_lines_are_analysed_separately(first: str, second: str) -> None:
    assert extract_terms(first + "\n" + second) == extract_terms(first) + extract_terms(second)


def test_a_very_long_word_is_truncated() -> None:
    assert max(map(len, extract_terms("x" * 100_000))) == 64
