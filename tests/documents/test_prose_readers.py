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


def test_characters_of_xml_that_are_named_elsewhere_are_read(read: Read) -> None:
    doctype = '<!DOCTYPE article PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "docbookx.dtd">'
    text = read(
        "a.xml", f"{doctype}<a><p>Between 1990&ndash;2000 and there &amp; here: 3&lt;4&nbsp;m</p></a>"
    ).only.text
    assert text == "Between 1990–2000 and there & here: 3<4\xa0m"


def test_words_of_xml_do_not_run_into_those_of_the_next_block(read: Read) -> None:
    data = "<a><p>We need<list><item>one H<sub>2</sub>O pump</item><item><p>two</p></item></list>by May</p></a>"
    assert read("a.xml", data).only.text == "We need one H2O pump two by May"


@pytest.mark.parametrize("declared", ["gb2312", "utf-8", "no-such"])
def test_xml_is_decoded_whatever_it_says_of_its_encoding(read: Read, declared: str) -> None:
    text = "朱镕基同志在会议上作了重要讲话，强调改革开放，供水管网要在三年内更新。"
    data = f'<?xml version="1.0" encoding="{declared}"?><a><p>{text}</p></a>'
    assert read("a.xml", data.encode("gbk" if declared != "no-such" else "utf-8")).only.text == text


def test_numbers_too_large_for_json_are_no_metadata(read: Read) -> None:
    assert read("a.json", '[{"text": "words", "x": 1e999, "y": NaN, "z": 1e9}]').only.metadata == {"z": 1e9}
