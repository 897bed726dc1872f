"""Readings of words: kept in the metadata, indexed with the passages that hold the word."""

from __future__ import annotations

from retriever.text.readings import Reading, append_readings, hide_readings, store_readings

TOKYO = Reading("東京", "とうきょう")
STORED = store_readings({"author": "都"}, [TOKYO, Reading("水", "みず"), TOKYO])


def test_readings_are_stored_once() -> None:
    assert STORED == {"author": "都", "ruby": ["東京（とうきょう）", "水（みず）"]}
    assert store_readings({"author": "都"}, []) == {"author": "都"}
    assert store_readings({}, [Reading("東（京", "とう")]) == {}


def test_a_text_gets_the_readings_of_its_words() -> None:
    assert append_readings("東京の話。", STORED) == "東京の話。\nとうきょう"
    assert append_readings("大阪の話。", STORED) == "大阪の話。"
    assert append_readings("東京の話。", {}) == "東京の話。"


def test_a_field_that_means_something_else_is_left_alone() -> None:
    for value in ("東京（とうきょう）", ["rails", "東京（とうきょう）"], [1], True):
        assert append_readings("東京", {"ruby": value}) == "東京"
        assert hide_readings({"ruby": value}) == {"ruby": value}
    assert hide_readings(STORED) == {"author": "都"}
