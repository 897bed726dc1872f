"""Filters: what an expression means, where it is wrong, and that every passage that matches is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import bring, made, respond, write

from retriever.errors import FilterError
from retriever.index.interface import StoredDocument
from retriever.index.local import LocalIndex
from retriever.search.filter_fields import fields_of
from retriever.search.filter_grammar import holds, parsed
from retriever.search.filters import Filter
from retriever.search.query import SearchRequest

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
        "place": {"county": "云岭"},
    },
)


def meets(expression: str, **metadata: Any) -> bool:
    document = StoredDocument("k", "k", "docs/a.txt", "docs/a.txt", "", "", "A title", "en", metadata)
    return holds(parsed(expression), fields_of(document))


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
    ],
)
def test_it_matches(expression: str) -> None:
    assert holds(parsed(expression), fields_of(REPORT))


@pytest.mark.parametrize(
    "expression",
    [
        "year > 2021",
        "date > 2021",
        "date < 2021-03-05",
        "author = Li",
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
    assert not holds(parsed(expression), fields_of(REPORT))


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("", 0),
        ("   ", 0),
        ("year", 4),
        ("year >", 6),
        ("year >   ", 6),
        ("year >= 2021 adn language = zh", 13),
        ("(year = 2021", 12),
        ("year = 2021)", 11),
        ("year = = 2021", 7),
        ('"year" = 2021', 0),
        ("年份 = 二 三", 7),
        ("year in ()", 9),
        ("and year = 2", 4),
        ('title = "open', 8),
    ],
)
def test_a_mistake_is_told_where_it_is(expression: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parsed(expression)
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
        ({}, "2764748ff7519200.txt", "", [], []),
        ({}, "a.txt", "Chapter 3210 and 20219999", [], []),
        ({}, "2021-13-45.txt", "", [2021], ["2021-01-01/2021-12-31"]),
    ],
)
def test_dates(metadata: dict[str, Any], source: str, title: str, year: list[int], date: list[str]) -> None:
    fields = fields_of(StoredDocument("k", "k", source, source, "", "", title, "en", metadata))
    assert ([int(value) for value in fields["year"]], fields["date"]) == (year, date)


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
    assert meets(tree[0], **lowered) == naive(tree[1], lowered)


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(expression: str) -> None:
    position = 0
    try:
        parsed(expression)
    except FilterError as error:
        position = error.position
    assert 0 <= position <= len(expression)


@pytest.fixture
def rows(tmp_path: Path, encoder: FakeEncoder) -> LocalIndex:
    """Three hundred rows of which a few are rare; the others are nearer to what is asked."""
    lines = [
        f'{{"id": "{n}", "text": "The lamp on the pier {"is lit" if n % 100 else "was once told"} by keeper{n}.", '
        f'"number": {n}, "year": {1900 + n % 100}}}'
        for n in range(300)
    ]
    docs = write(
        tmp_path / "docs", {"rows.jsonl": "\n".join(lines), "图书馆.txt": "县图书馆周末开放。The lamp is lit."}
    )
    return made(tmp_path / "index", encoder, docs)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize(
    ("where", "count"),
    [("number in (0, 100, 200)", 3), ("year = 1900 and number >= 100", 2), ("number < 7", 7), ("number = 150", 1)],
)
def test_as_many_hits_as_match(rows: LocalIndex, encoder: FakeEncoder, mode: Any, where: str, count: int) -> None:
    request = SearchRequest("The lamp on the pier is lit by keeper", 10, mode, where=where, duplicates="show")
    hits = respond(rows, encoder, request).hits
    assert len(hits) == count
    assert all(
        holds(parsed(where), {"number": [hit.metadata["number"]], "year": [hit.metadata["year"]]}) for hit in hits
    )


def test_a_filter_follows_the_generations(rows: LocalIndex, encoder: FakeEncoder, tmp_path: Path) -> None:
    wanted = Filter.parse("extension = txt")
    before = rows.snapshot()
    assert len(wanted.refs(before)) == 1
    assert wanted.refs(before) is wanted.refs(before)
    (tmp_path / "docs" / "new.txt").write_text("Another lamp.", encoding="utf-8")
    bring(rows, encoder, tmp_path / "docs")
    assert len(wanted.refs(rows.snapshot())) == 2
    assert len(wanted.refs(before)) == 1


def test_the_language_is_that_of_the_passage(tmp_path: Path, encoder: FakeEncoder) -> None:
    english = "The keeper of the lamp on the pier writes down every boat that comes in and goes out. " * 4
    chinese = "县图书馆周末延长开放时间，借书证办理须持身份证，押金一百元，退证时退还，阅览室不得饮食。" * 4
    index = made(
        tmp_path / "i", encoder, write(tmp_path / "d", {"a.txt": f"{english}\n\n{chinese}\n"}), passage_tokens=60
    )
    for language in ("en", "zh"):
        found = respond(index, encoder, SearchRequest("the lamp", 50, where=f"language = {language}")).hits
        assert found
        assert {hit.language for hit in found} == {language}


def test_an_unknown_field_is_named_with_those_there_are(rows: LocalIndex, encoder: FakeEncoder) -> None:
    with pytest.raises(FilterError, match="no document has a field 'numbr'") as caught:
        respond(rows, encoder, SearchRequest("lamp", where="year > 1 and numbr = 3"))
    assert caught.value.position == 13
    assert "number" in caught.value.hint


def test_a_filter_that_nothing_matches_gives_no_hits(rows: LocalIndex, encoder: FakeEncoder) -> None:
    assert respond(rows, encoder, SearchRequest("lamp", where="number = 1000")).hits == ()
