"""JSON and XML as far as they hold prose."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import EmptyFileError, ReadError

Read = Callable[..., Any]


def test_the_prose_of_json_stands_below_its_keys(read: Read) -> None:
    value = {
        "title": "水务",
        "id": "8f3a-12",
        "url": "https://example.org/a",
        "notice": {"text": "本周三上午停水检修。", "count": 3, "more": ["See you at the pump house.", "short"]},
    }
    document = read("a.json", json.dumps(value, ensure_ascii=False)).only
    assert document.text == "notice\n\ntext\n\n本周三上午停水检修。\n\nmore\n\nSee you at the pump house."
    assert [(item.level, item.text) for item in document.headings] == [(1, "notice"), (2, "text"), (2, "more")]
    assert document.title == "水务"


def test_a_list_of_objects_with_text_is_rows(read: Read) -> None:
    documents = read("a.json", '[\n {"id": "a", "text": "甲"},\n\n {"id": "b", "text": "乙", "n": 1}\n]').documents
    assert [(document.id, document.text, document.line) for document in documents] == [("a", "甲", 2), ("b", "乙", 4)]


def test_xml_gives_paragraphs_and_titles(read: Read) -> None:
    data = (
        '<?xml version="1.0" encoding="gbk"?><article xml:lang="zh"><title>水务</title><section><title>范围</title>'
        "<para>本周三<em>上午</em>停水检修。</para><id>12</id></section></article>"
    )
    document = read("a.xml", data.encode("gbk")).only
    assert document.text == "水务\n\n范围\n\n本周三上午停水检修。\n\n12"
    assert [(item.level, item.text) for item in document.headings] == [(1, "水务"), (2, "范围")]
    assert (document.title, document.language) == ("水务", "zh")


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.json", '{"a": [1, 2], "b": "x-1"}'), ("a.json", "[]"), ("a.xml", "<a><b>1</b><c>x-2</c></a>")],
)
def test_data_without_prose_is_a_notice(read: Read, name: str, data: str) -> None:
    with pytest.raises(EmptyFileError, match="no prose"):
        read(name, data)


@pytest.mark.parametrize(
    ("name", "data"), [("a.json", "{"), ("a.json", "[" * 100_000), ("a.xml", "<a>"), ("a.xml", "words")]
)
def test_what_is_broken_is_refused(read: Read, name: str, data: str) -> None:
    with pytest.raises(ReadError, match="not valid"):
        read(name, data)


def test_entities_of_xml_are_not_expanded(read: Read) -> None:
    entities = '<!ENTITY b "secret"><!ENTITY c SYSTEM "file:///etc/passwd">'
    data = f"<!DOCTYPE a [{entities}]><a><p>Four words of prose &b; &c;</p></a>"
    assert read("a.xml", data).only.text == "Four words of prose"
