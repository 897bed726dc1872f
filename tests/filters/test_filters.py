"""Filters: what an expression means, and where it is wrong."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.formats import COMPOUNDS, PACKAGES
from retriever.errors import FilterError
from retriever.filters.evaluate import holds
from retriever.filters.fields import NOTED_BY_PROGRAMS, Fields
from retriever.filters.grammar import parse
from retriever.filters.values import Literal, matches
from retriever.types import StoredDocument

REPORT = StoredDocument(
    key="/x/reports/2021/预算报告.md",
    id="reports/2021/预算报告.md",
    source="reports/2021/预算报告.md",
    file="/x/reports/2021/预算报告.md",
    file_hash="",
    hash="",
    title="云岭县预算报告",
    language="zh",
    metadata={
        "author": ["Li Na", "王强"],
        "Pages": 12,
        "draft": False,
        "date": "2021-03-05",
        "place.county": "云岭",
    },
)


def holds_of(expression: str, document: StoredDocument) -> bool:
    return holds(parse(expression), Fields(document).values)


def is_match(expression: str, **metadata: Any) -> bool:
    """Whether a document of this metadata matches."""
    return holds_of(expression, StoredDocument("k", "k", "docs/a.txt", "docs/a.txt", "", "", "A title", "en", metadata))


@pytest.mark.parametrize(
    "expression",
    [
        'year >= 2021 and source ~ "reports/*" and language = "zh"',
        "year = 2021",
        "date = 2021",
        "date = 2021-03",
        "date = 2021-03-05",
        "date < 2021-03-06 and date > 2021-03-04",
        "date <= 2021-03",
        "author = 'li na'",
        "author = 王强",
        "author ~ 王",
        "author in (Wang, 王强)",
        "pages > 9",
        "PAGES = 12.0",
        "draft = false",
        "place.county = 云岭",
        "metadata.date = 2021-03-05",
        "folder = reports and folder = 2021",
        "name ~ *.md",
        "extension = md",
        "source ~ 2021/*",
        "title ~ 预算",
        "title ~ 預算",
        "has author",
        "not has editor or has author",
        "not (language = en or language = de)",
        "language != en",
        "source !~ archive",
        "extension not in (pdf, docx)",
        'title = "云岭县预算报告"',
        "title ~ 云岭?预算*",
        "date ~ 2021-*",
        "（year≥2021） and draft＝false",
        "author in （‘li na’，“王五”）",
        "pages ≠ 3",
    ],
)
def test_it_matches(expression: str) -> None:
    assert holds_of(expression, REPORT)


@pytest.mark.parametrize(
    "expression",
    [
        "year > 2021",
        "date > 2021",
        "date < 2021-03-05",
        "author = Li",
        "author not in (Wang, 王强)",
        "pages > text",
        "pages > 100",
        "draft = true",
        "draft < 3",
        "source ~ eports/*",
        "editor = x",
        "editor != x",
        "not has author",
        "language = zh and language = en",
        "title ~ 报告?",
    ],
)
def test_it_does_not_match(expression: str) -> None:
    assert not holds_of(expression, REPORT)


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("", 0),
        ("   ", 0),
        ("year", 4),
        ("year >", 6),
        ("year >   ", 6),
        ("year >= 2021 adn language = zh", 13),
        ("year = 2021 orange = 2", 12),
        ("year = 2021 andy = 2", 12),
        ("(year = 2021", 12),
        ("year = 2021)", 11),
        ("year = = 2021", 7),
        ('"year" = 2021', 0),
        ("年份 = 二 三", 7),
        ("year in ()", 9),
        ("and year = 2", 4),
        ('title = "open', 8),
        ("date >= 2021 and date < spring", 24),
        ("date in (2021-03, 2021-13)", 18),
        ("year != '二十'", 8),
        ("page not in (1, first)", 16),
        ("date = 5", 7),
    ],
)
def test_a_mistake_is_told_where_it_is(expression: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse(expression)
    assert (caught.value.position, caught.value.expression) == (position, expression)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("metadata", "source", "title", "year", "date"),
    [
        ({"date": "2019-05-06T08:00"}, "a.txt", "", [2019], ["2019-05-06"]),
        ({"published": "2019年5月6日"}, "2011.txt", "", [2019], ["2019-05-06"]),
        ({"year": 1999}, "2011.txt", "", [1999], ["1999-01-01/1999-12-31"]),
        ({"year": "1999"}, "a.txt", "", [1999], ["1999-01-01/1999-12-31"]),
        ({}, "reports/2021-03-05.txt", "", [2021], ["2021-03-05"]),
        ({}, "report_20210305_final.txt", "", [2021], ["2021-03-05"]),
        ({}, "2021_03.txt", "", [2021], ["2021-03-01/2021-03-31"]),
        ({}, "2021年政府工作报告.txt", "", [2021], ["2021-01-01/2021-12-31"]),
        ({}, "a.txt", "二〇二一年三月十五日讲话", [2021], ["2021-03-15"]),
        ({}, "a.txt", "Annual report 2020", [2020], ["2020-01-01/2020-12-31"]),
        ({"created": "2024-01-02"}, "2021-03-05.docx", "", [2021], ["2021-03-05"]),
        ({"created": "2024-01-02"}, "scan.PDF", "Annual report 2020", [2020], ["2020-01-01/2020-12-31"]),
        ({"created": "2024-01-02"}, "scan.pdf", "", [2024], ["2024-01-02"]),
        ({"created": "2024-01-02"}, "2021年粮食产量.xlsx", "", [2021], ["2021-01-01/2021-12-31"]),
        ({"created": "2024-01-02"}, "2021/plan 2020.ppt", "", [2020], ["2020-01-01/2020-12-31"]),
        ({"created": "2024-01-02"}, "2021.md", "", [2024], ["2024-01-02"]),
        ({}, "2764748ff7519200.txt", "", [], []),
        ({}, "a.txt", "Chapter 3210 and 20219999", [], []),
        ({}, "2021-13-45.txt", "", [2021], ["2021-01-01/2021-12-31"]),
    ],
)
def test_dates(metadata: dict[str, Any], source: str, title: str, year: list[int], date: list[str]) -> None:
    fields = Fields(StoredDocument("k", "k", source, source, "", "", title, "en", metadata))
    assert list(fields.values("year")) == year
    assert [str(value) for value in fields.values("date")] == date


def test_dates_of_creation_that_programs_note_count_least() -> None:
    assert {*PACKAGES, *COMPOUNDS, ".pdf", ".rtf"} == NOTED_BY_PROGRAMS


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2021年3月5日", "2021-03-05"),
        ("2021/3/5", "2021-03-05"),
        ("20210305", "2021-03-05"),
        ("二〇二一年三月", "2021-03"),
        ("２０２１年３月", "2021-03"),
        ("2021年", "2021"),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_dates_are_written_in_the_forms_that_are_found(written: str, iso: str, quote: str) -> None:
    for sign in ("=", "!=", "<", "<=", ">", ">="):
        for date in ("2020-12-31", "2021-03-05", "2021-03-06", "2021-04-01", "2022-01-01"):
            fields = Fields(StoredDocument("k", "k", "a", "a", "", "", "", "en", {"date": date}))
            found = [holds(parse(f"date {sign} {each}"), fields.values) for each in (quote + written + quote, iso)]
            assert found[0] == found[1]
    assert is_match("year = 2021年 and date ~ 2021-* and date != '' and date ~ 03", date="2021-03-05")


@pytest.mark.parametrize(
    "name", ["部门", "отдел", "विभाग", "துறை", "বিভাগ", "แผนก", "ក្រុម", "ဌာန", "décision", "de\u0301cision", "n°", "구분"]
)
def test_a_field_has_a_name_in_any_script(name: str) -> None:
    assert is_match(f"{name} = 1 and not {name} = 2 or {name} in (3) and has {name}", **{name: 1})
    assert is_match(f"{name}.{name}＝1", **{f"{name}.{name}": 1})
    for form in ("NFC", "NFD"):  # as one keyboard or another file writes it
        assert is_match(f"{unicodedata.normalize(form, name)} = 1", **{name: 1})


@pytest.mark.parametrize("name", ["notes", "order", "android", "inside", "hasty", "not_before", "and.or", "in-law"])
def test_a_field_may_begin_like_a_keyword(name: str) -> None:
    assert is_match(f"{name} = 1 and not {name} = 2 or {name} in (3) and has {name}", **{name: 1})


@pytest.mark.parametrize(
    ("expression", "metadata", "held"),
    [
        # Numbers of more digits than a float can tell apart.
        ("n = 110101199003074518", {"n": 110101199003074519}, False),
        ("n = 110101199003074518", {"n": "110101199003074519"}, False),
        ("n < 110101199003074520", {"n": "110101199003074519"}, True),
        ("n > 5", {"n": 10**400}, True),
        ("n = 12", {"n": "12.0"}, True),
        # A text of digits that begins with 0 may be a code, or a month.
        ("n = 7", {"n": "007"}, False),
        ("n = 007", {"n": "007"}, True),
        ("n >= 3", {"n": "07"}, True),
        # Wide digits, in the filter or in the document.
        ("n < ９", {"n": 7}, True),
        ("n >= 2020", {"n": "２０２１"}, True),
        ("n = 2021.0", {"n": "２０２１"}, True),
        ("n = 2021-05", {"n": "２０２１-０５-０１"}, True),
        ("n = 7", {"n": "００７"}, False),
        ("n = ００７", {"n": 7}, False),
        ("n = ００７", {"n": "007"}, True),
        # Nested lists and mappings; what is empty.
        ("a.b = 2", {"a.b": [2, 3]}, True),
        ("has a", {"a": ""}, False),
        ("has a", {"a": []}, False),
        ("has a", {"a": 0}, True),
        ("`发布 日期` > 2020", {"发布 日期": "2021-05"}, True),
        ("a = （一）机构", {"a": "（一）机构"}, True),
        ("（a ＞＝ 2 and a！＝3）or a in （x，（一）y）", {"a": "(一)Y"}, True),
        ("`金额（万元）` > 3", {"金额（万元）": 4}, True),
        # A pattern's own signs are those that were written, whatever the width.
        ("a ~ 什么？", {"a": "问什么？答"}, True),
        ("a ~ '.'", {"a": "none"}, False),
        ("a ~ '*.*'", {"a": "a.b"}, True),
        ('a = "x\\"y"', {"a": 'x"y'}, True),
        ("a = “x\\”", {"a": "x\\"}, True),
        ("year = 2021", {"date": 20210305}, True),
        ("metadata.date = 20210305", {"date": 20210305}, True),
    ],
)
def test_values(expression: str, metadata: dict[str, Any], held: bool) -> None:
    assert is_match(expression, **metadata) == held


def test_what_is_nested_too_deeply_is_refused() -> None:
    assert is_match(f"{'(' * 2000}a = 1{')' * 2000}", a=1)
    with pytest.raises(FilterError, match="nested"):
        parse("not " * 2000 + "a = 1")


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert not matches("a" * 5000, "~", Literal("*a" * 40 + "*b"))


def globbed(pattern: str, text: str) -> bool:
    """A glob over a whole text, by its definition."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(globbed(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and globbed(pattern[1:], text[1:])


@given(st.text("ab/*?", max_size=7), st.text("ab/", max_size=8))
def test_patterns(pattern: str, text: str) -> None:
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "/")]
    wild = "*" in pattern or "?" in pattern
    expected = any(globbed(pattern, text[start:]) for start in starts) if wild else pattern in text
    assert matches(text, "~", Literal(pattern)) == expected


names = st.sampled_from(["a", "b", "C"])
values = st.sampled_from(["1", "2", "10", "x", "Y", "1.5", "2021-03"])
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
comparisons = st.tuples(names, operators, values).map(lambda parts: (f"{parts[0]} {parts[1]} {parts[2]}", parts))
trees = st.recursive(
    comparisons,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " OR "]), inner).map(
            lambda parts: (
                f"({parts[0][0]}){parts[1]}({parts[2][0]})",
                (parts[0][1], parts[1].strip().lower(), parts[2][1]),
            )
        )
        | inner.map(lambda part: (f"not ({part[0]})", ("not", part[1])))
    ),
    max_leaves=8,
)


def naive(tree: Any, metadata: dict[str, Any]) -> bool:
    """The same by Python's own comparisons, for metadata of numbers and words."""
    if tree[0] == "not":
        return not naive(tree[1], metadata)
    if tree[1] == "and":
        return naive(tree[0], metadata) and naive(tree[2], metadata)
    if tree[1] == "or":
        return naive(tree[0], metadata) or naive(tree[2], metadata)
    name, operator, wanted = tree
    ours = next((value for key, value in metadata.items() if key.lower() == name.lower()), None)
    if ours is None:
        return False
    numeric = re.fullmatch(r"[0-9.]+", wanted) is not None
    if isinstance(ours, (int, float)) != numeric:
        return operator == "!="
    left, right = (float(ours), float(wanted)) if numeric else (str(ours).lower(), wanted.lower())
    compared = {"=": left == right, "!=": left != right, "<": left < right, "<=": left <= right}  # type: ignore[operator]
    compared |= {">": left > right, ">=": left >= right}  # type: ignore[operator]
    return compared[operator]


@given(trees, st.dictionaries(names, st.sampled_from([1, 2, 1.5, 10, "x", "y", "Z"]), max_size=3))
def test_any_expression_means_what_it_says(tree: tuple[str, Any], metadata: dict[str, Any]) -> None:
    lowered = {key.lower(): value for key, value in metadata.items()}
    assert is_match(tree[0], **lowered) == naive(tree[1], lowered)


@given(st.text(max_size=40) | st.text("a1 =<~!()'\"“”‘`,.in\u3000\x1f", max_size=15))
def test_any_text_is_understood_or_refused(expression: str) -> None:
    refused = None
    try:
        parse(expression)
    except FilterError as error:
        refused = error
    assert refused is None or (0 <= refused.position <= len(expression) and refused.hint)


@pytest.mark.parametrize("sign", "：；、。")
def test_a_sign_of_a_chinese_keyboard_in_place_of_an_operator_is_told(sign: str) -> None:
    with pytest.raises(FilterError, match=f"unexpected '{sign}'") as caught:
        parse(f"部门{sign}研发")
    assert caught.value.position == 2
    assert is_match(f"`部门{sign}` = 1", **{f"部门{sign}": 1})


def test_words_that_are_expected_are_quoted() -> None:
    with pytest.raises(FilterError) as caught:
        parse("year = 2021 2022")
    assert caught.value.hint == "expected 'and' or 'or' or the end"


@pytest.mark.parametrize("expression", ['"last name" = x', "has 'last name'", "year = 2021 and “last name” = x"])
def test_a_quoted_field_is_told_of_backquotes(expression: str) -> None:
    with pytest.raises(FilterError, match="unexpected") as caught:
        parse(expression)
    assert "`field name`" in caught.value.hint
