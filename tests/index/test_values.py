"""Documents, passages, sources and places as JSON values: what is read is what was written, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.local.stores import rows
from retriever.index.milvus.codec import PassageText, dump_passage, load_passage
from retriever.index.values import (
    document_fields,
    format_place,
    parse_document,
    parse_passage,
    parse_place,
    parse_source,
    passage_fields,
)
from retriever.types import Passage, Place, Source, StoredDocument

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
SURE = st.none() | st.integers(0, 1000).map(lambda number: number / 1000)


@given(st.builds(Place, st.integers(0, 10**15 - 1), NAMES, SURE))
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert parse_place(format_place(place)) == place


@given(st.floats(0, 1))
def test_of_any_confidence_four_decimals_are_kept(confidence: float) -> None:
    assert parse_place(format_place(Place(3, "A1", confidence))) == Place(3, "A1", round(confidence, 4))


def test_a_confidence_of_four_digits_is_read() -> None:
    assert parse_place("12~0.01235 A1") == Place(12, "A1", 0.01235)


@pytest.mark.parametrize(
    "text", ["", "12", "12 ", "x A1", "12~ A1", "12~1.5 A1", "12~x A1", "-1 A1", "12 a\nb", "1" * 16 + " A1"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="place"):
        parse_place(text)


@given(st.lists(st.builds(Place, st.integers(0, 99), NAMES, SURE), max_size=3))
def test_engines_keep_places_with_their_confidence(places: list[Place]) -> None:
    passage = Passage("words of a scan", 0, 15, places=tuple(places))
    assert load_passage(dump_passage(PassageText(passage, 4, ["a", "b"]))).passage.places == passage.places
    row = rows.passage_values(passage, 4)
    assert rows._read_places(row[-1]) == passage.places


# Paths may hold lone surrogates, and texts NULs.
STRANGE = "\udcff\0 字 '"
DOCUMENT = StoredDocument(STRANGE, "id", "source", "/file", "12", "34", STRANGE, "zh", {"名": [1, 2.5, True, STRANGE]})
PASSAGE = Passage(STRANGE, 3, 9, ("一", STRANGE), 2, 7, "zh", 4, (1, 5), (Place(0, "A1"), Place(4, "B1", 0.5)))
SOURCE = Source(STRANGE, "docs", "gb18030", 17, True)


def through_json(value: dict[str, Any]) -> Any:
    return json.loads(json.dumps(value))


def test_every_field_comes_back() -> None:
    assert parse_document(through_json(document_fields(DOCUMENT))) == DOCUMENT
    assert parse_passage(through_json(passage_fields(PASSAGE))) == PASSAGE
    assert parse_source(through_json(SOURCE.to_dict())) == SOURCE
    bare = Passage("x", 0, 1)
    assert parse_passage(through_json(passage_fields(bare))) == bare
    # What is empty may be left out.
    assert parse_passage({"text": "x", "start": 0, "end": 1, "line": 1}) == bare


WRONG: list[tuple[Any, dict[str, Any], str, Any]] = [
    *((parse_document, document_fields(DOCUMENT), name, None) for name in ("key", "title", "metadata")),
    *((parse_passage, passage_fields(PASSAGE), name, -1) for name in ("start", "end", "line", "page", "tokens")),
    *((parse_passage, passage_fields(PASSAGE), name, value) for name in ("text", "language") for value in (None, 3)),
    *((parse_passage, passage_fields(PASSAGE), "heading", value) for value in ("一", [1])),
    *((parse_passage, passage_fields(PASSAGE), "breaks", value) for value in ("1", [True], [-1])),
    *((parse_passage, passage_fields(PASSAGE), "places", value) for value in ("0 A1", [3])),
    *((parse_source, SOURCE.to_dict(), name, 3.5) for name in ("path", "encoding", "max_file_size", "follow")),
    (parse_source, SOURCE.to_dict(), "encoding", "../x"),
    (parse_source, SOURCE.to_dict(), "max_file_size", -1),
]


@pytest.mark.parametrize(("parse", "fields", "name", "value"), WRONG)
def test_a_field_of_the_wrong_type_is_a_value_error(parse: Any, fields: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse({**fields, name: value})
    for nothing in (None, [], "text"):
        with pytest.raises(ValueError, match="no fields"):
            parse(nothing)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 5), (5, 0), (1 << 50, 1 << 50)])
def test_a_passage_spans_its_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="those of the text"):
        parse_passage({"text": "ab", "start": start, "end": end})
    row = (0, 0, start, end, 1, None, "en", 1, 1, "", "ab", "", "")
    with pytest.raises(ValueError, match="place of passage 0"):
        rows.read_passage(row)
