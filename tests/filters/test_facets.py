"""Facets count the documents that a filter by the same value would find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, write

from retriever.filters import Filter, count_values
from retriever.filters.evaluate import match_documents
from retriever.index.local.index import LocalIndex
from retriever.reports import Facet


@pytest.fixture
def rows(tmp_path: Path, encoder: FakeEncoder) -> LocalIndex:
    lines = [
        f'{{"id": "{number}", "text": "The lamp on pier {number} is lit at dusk by the keeper of the harbour.", '
        f'"year": {2000 + number % 3}, '
        f'"team": ["port", "{"day" if number % 4 else "night"}"], "note": "{"long " * 40}", "title": "Lamp {number}"}}'
        for number in range(20)
    ]
    docs = write(tmp_path / "docs", {"rows.jsonl": "\n".join(lines), "图书馆.txt": "县图书馆周末延长开放时间。"})
    return create_index(tmp_path / "index", encoder, docs)


def count(index: LocalIndex, most: int) -> dict[str, Facet]:
    with index.reading() as snapshot:
        return {facet.name: facet for facet in count_values(snapshot.stored_documents(), most)}


def test_each_value_is_counted_once_a_document(rows: LocalIndex) -> None:
    facets = count(rows, 10)
    assert {item.value: item.documents for item in facets["team"].values} == {"port": 20, "day": 15, "night": 5}
    assert {item.value: item.documents for item in facets["year"].values} == {2000: 7, 2001: 7, 2002: 6}
    assert {item.value: item.documents for item in facets["language"].values} == {"en": 20, "zh": 1}
    assert facets["team"].documents == 20


def test_what_nobody_picks_from_a_list_is_left_out(rows: LocalIndex) -> None:
    assert not {"note", "title", "source", "document"} & set(count(rows, 10))


def test_frequent_values_come_first_and_the_rest_is_counted(rows: LocalIndex) -> None:
    team = count(rows, 1)["team"]
    assert ([item.value for item in team.values], team.distinct) == (["port"], 3)


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        (['"Café"', '"Cafe\u0301"', '"Café"'], {'"Café"': 3}),
        (['"Port"', '"port"', '"port"'], {'"port"': 3}),
        (["true", "1", "true", '"TRUE"', "1.0"], {"true": 3, "1": 2}),
        (["2021", '"02021"', "2021", '"2021"'], {"2021": 3, '"02021"': 1}),
        (['"２０２１"', "2021", "2021"], {"2021": 3}),
        (['"2021-5-1"', '"2021-05-01"', '"2021-05-01"', '"2021-06-01"'], {'"2021-05-01"': 3, '"2021-06-01"': 1}),
        (['"2021-05-01T08:00"', '"2021-05-01T09:00"'], {'"2021-05-01T08:00"': 1, '"2021-05-01T09:00"': 1}),
        (['["port", "PORT"]', '"day"'], {'"day"': 1, '"PORT"': 1}),
    ],
)
def test_a_value_counts_what_a_filter_by_it_finds(
    tmp_path: Path, encoder: FakeEncoder, written: list[str], counted: dict[str, int]
) -> None:
    rows = [f'{{"id": "{at}", "text": "Lamp {at} is lit.", "tag": {value}}}' for at, value in enumerate(written)]
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"rows.jsonl": "\n".join(rows)}))
    facet = count(index, 10)["tag"]
    assert {json.dumps(item.value, ensure_ascii=False): item.documents for item in facet.values} == counted
    assert facet.distinct == len(counted)
    with index.reading() as snapshot:
        documents = list(snapshot.stored_documents())
        for item in facet.values:
            where = Filter.of(f"tag = {json.dumps(str(item.value), ensure_ascii=False)}")
            assert len(match_documents(where, documents)) == item.documents


def test_the_engine_hands_them_out_as_json(rows: LocalIndex) -> None:
    facet = count(rows, 1)["year"]
    assert facet.to_dict() == {
        "name": "year",
        "documents": 20,
        "distinct": 3,
        "values": [{"value": 2000, "documents": 7}],
    }
