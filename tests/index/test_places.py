"""Places as text: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.local.stores import rows
from retriever.index.milvus.codec import PassageText, dump_passage, load_passage
from retriever.index.places import format_place, parse_place
from retriever.types import Passage, Place

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
SURE = st.none() | st.integers(0, 1000).map(lambda number: number / 1000)


@given(st.builds(Place, st.integers(0, 10**15 - 1), NAMES, SURE))
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert parse_place(format_place(place)) == place


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
