import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.analyzer import CURRENT, VERSION_1, VERSION_2, Analyzer, extract_terms, find_analyzer, tokenise
from retriever.text.normalise import fold

SHORT_SCRIPTS = st.text(alphabet="电梯電老ab1.-/カｶﾞ한 ข่าวहिن①㎡ß")
# Spaces within what stands for one character, or for others.
SPACED = st.text(alphabet="二〇一九八人々いゞ \n")


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
        ("हिन्दी", ["हिंदी", "हिंद*"]),
        ("关 于 供 水", ["关", "于", "供", "水", "关于", "于供", "供水"]),
        ("资源\n  化", ["资", "源", "化", "资源", "源化"]),
        ("资源\n\n化", ["资", "源", "资源", "化"]),
        ("서울\n시", ["서", "울", "시", "서울", "울시"]),
        ("ข่าว\nวัน", ["ข่า", "ว", "วั", "น", "ข่าว", "ววั", "วัน"]),
        ("infor-\n  mation", ["infor", "info*", "mation", "mati*", "information"]),
        ("C++, C# 和 .NET", ["c", "c++", "c", "c#", "和", ".net", "net"]),
        ("C/C++11 A+ a+b", ["c", "cc", "c", "c++", "11", "a", "a+", "a", "ab", "b"]),
        ("✅✅ → € 🇨🇳 👩‍💻", ["✅", "→", "€", "🇨🇳", "👩", "💻"]),
        ("§ 12, № 5, 5 °C", ["§", "12", "no", "5", "5", "°", "c"]),
        ("v2.13.1", ["v2", "v2131", "2.13.1", "13", "1"]),
        ("1.5mm", ["1", "1.5", "5mm"]),
        ("1.234.567", ["1.234.567", "1234567"]),
        ("@user #tag #12 --no-x", ["@user", "user", "#tag", "tag", "#12", "12", "--no-x", "no", "nox", "x"]),
        ("a@b.de issue#7", ["a", "b", "de", "bde", "issue", "issu*", "7"]),
        ("国发〔2022〕12号", ["国", "发", "国发", "2022", "12", "号"]),
        ("二〇二二年", ["2022", "年"]),
        ("二 〇 二 二 年", ["2022", "年"]),
        ("人 々", ["人", "人", "人人"]),
        ("10⁶ m² ㎡", ["10", "6", "m2", "m2"]),
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
        ("2.13.1", "v2.13.1"),
        ("ज़मीन", "जमीन"),
        ("ਜ਼ਮੀਨ", "ਜਮੀਨ"),
        ("青年路", "⻘年路"),
        ("2022", "二〇二二年"),
        ("information", "infor-\nmation"),
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
def test_paragraphs_are_analysed_separately(first: str, second: str) -> None:
    # In whatever order: an index keeps which terms a passage has, and how many.
    assert sorted(extract_terms(first + "\n\n" + second)) == sorted(extract_terms(first) + extract_terms(second))


@given(st.one_of(st.text(), SHORT_SCRIPTS, st.text(alphabet="关于供水\n \u3000-ab.+#@12ข่าว서울✅🇨🇳々ゞ〇二"), SPACED))
def test_analysis_of_the_folded_text_is_the_same(text: str) -> None:
    assert extract_terms(CURRENT.fold(text)) == extract_terms(text)
    assert CURRENT.extract_question_terms(fold(text)) == CURRENT.extract_question_terms(text)
    assert CURRENT.fold(CURRENT.fold(text)) == CURRENT.fold(text)


@given(st.one_of(st.text(), SHORT_SCRIPTS))
def test_question_tokens_are_terms_with_their_spans(text: str) -> None:
    found = CURRENT.tokenise_question(text)
    assert [token.term for token in found] == CURRENT.extract_question_terms(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("供水 管网", ["供", "水", "供水", "管", "网", "管网"]),
        ("供 水 管 网", ["供", "水", "管", "网", "供水", "水管", "管网"]),
        ("供水\n管网", ["供", "水", "管", "网", "供水", "水管", "管网"]),
        ("张 三", ["张", "三", "张三"]),
    ],
)
def test_spaces_in_a_question_separate_words_but_not_characters(question: str, expected: list[str]) -> None:
    assert CURRENT.extract_question_terms(question) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++", "C#"),
        ("C++", "C"),
        (".NET", "net"),
        ("3.10", "3.1"),
        ("2.13.1", "2.13"),
        ("✅", "❌"),
        ("🇨🇳", "🇳🇨"),
        ("10⁶", "106"),
        ("≠", "="),
        ("@user", "user"),
        ("GB/T 7714-2015", "GB/T 7714-2005"),
        ("AB-1234/5", "AB-1234/6"),
        ("国发〔2022〕12号", "国发〔2022〕1号"),
        ("5 °C", "5 °F"),
        ("€5", "$5"),
    ],
)
def test_names_and_codes_are_told_apart(one: str, other: str) -> None:
    assert set(extract_terms(one)) - set(extract_terms(other))


def test_every_symbol_is_a_term() -> None:
    beyond_ascii = map(chr, range(0x80, 0x20000))
    symbols = [one for one in beyond_ascii if unicodedata.category(one) in ("So", "Sc", "Sm") and fold(one) == one]
    # A fraction slash stands within ½, and the replacement character for what was not text; Indic signs join words.
    left_out = {one for one in symbols if not extract_terms(one)} - {"\u2044", "\ufffc", "\ufffd"}
    assert {one for one in left_out if not "\U0001f1e6" <= one <= "\U0001f1ff"} == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी", ["हिन्दी", "हिन्*"]),
        ("关 于", ["关", "于"]),
        ("资源\n化", ["资", "源", "资源", "化"]),
        ("C++ ✅ v2.13.1", ["c", "v2", "13", "1", "v2131"]),
        ("二〇二二年", ["二", "〇", "二", "二", "年", "二〇", "〇二", "二二", "二年"]),
        ("か\u3099 ｶﾞ 10⁶ ①", ["が", "ガ", "106", "1"]),
        ("⻘年", ["⻘", "年", "⻘年"]),
    ],
)
def test_the_first_version_gives_what_it_gave(text: str, expected: list[str]) -> None:
    assert VERSION_1.extract_terms(text) == expected == VERSION_1.extract_question_terms(text)
    assert find_analyzer("1") is VERSION_1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("人 々", ["人", "々", "人々"]),
        ("十 〇 二", ["十", "〇", "二", "十〇", "〇二"]),
        ("二〇二二年", ["2022", "年"]),
    ],
)
def test_version_2_does_not_look_again_at_what_was_joined(text: str, expected: list[str]) -> None:
    assert VERSION_2.extract_terms(text) == expected
    assert find_analyzer("2") is VERSION_2
    assert VERSION_2.count_terms(text) == Counter(expected)


SEQUENCES = st.text(alphabet="かはﾊゝゞ゛ﾞ\u3099각\u1100\u1161人々二〇一九年m²⁶①न्दहँ\u0e4d\u0e48าเ\u200d\u0301 -\r\n가ก")


@given(
    st.lists(st.text(max_size=30) | SEQUENCES | st.just("a\0\ud800ß①電…")),
    st.sampled_from([CURRENT, VERSION_2, VERSION_1]),
)
def test_many_texts_are_folded_as_one_by_one(texts: list[str], analyzer: Analyzer) -> None:
    # One that is short is folded in another way, by a dictionary.
    assert analyzer.fold_all(texts) == [analyzer.fold(text) for text in texts]
    assert [one.text for one in analyzer.fold_all_with_offsets(texts)] == analyzer.fold_all(texts)


@given(st.text())
def test_the_first_version_has_spans_and_counts(text: str) -> None:
    found = VERSION_1.tokenise(text)
    assert [token.term for token in found] == VERSION_1.extract_terms(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert VERSION_1.count_terms(text) == Counter(VERSION_1.extract_terms(text))


def test_an_unknown_version_is_none() -> None:
    assert find_analyzer("of another time") is None
    assert find_analyzer(CURRENT.version) is CURRENT


def test_a_very_long_word_is_truncated() -> None:
    assert max(map(len, extract_terms("x" * 100_000))) == 64
