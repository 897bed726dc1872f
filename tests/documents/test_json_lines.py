"""JSON Lines: one document per row, malformed rows reported with their line, files of any size streamed."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents import read_file
from retriever.errors import ReadError
from retriever.reports import SkippedSource

Read = Callable[..., Any]


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_a_row_is_a_document(read: Read) -> None:
    row = {
        "_id": 7,
        "Title": "电梯",
        "TEXT": "正文\n第二行",
        "year": 2024,
        "ok": True,
        "tags": ["a", "b"],
        "none": None,
    }
    document = read("a.jsonl", "\n" + lines(row, {"text": "无号", "lang": "zh"})).documents[0]
    assert (document.id, document.title, document.text, document.line) == ("7", "电梯", "正文\n第二行", 2)
    assert document.source == "docs/a.jsonl"
    assert document.metadata == {"year": 2024, "ok": True, "tags": ["a", "b"]}


def test_a_row_without_an_id_is_named_by_its_line(read: Read) -> None:
    documents = read(
        "a.ndjson", lines({"text": "甲", "id": None}, {"text": "乙", "id": ""}, {"content": "丙"})
    ).documents
    assert [document.id for document in documents] == ["docs/a.ndjson:1", "docs/a.ndjson:2", "docs/a.ndjson:3"]


@pytest.mark.parametrize("name", ["text", "content", "Body", "passage", "context", "正文"])
def test_the_text_field_has_many_names(read: Read, name: str) -> None:
    document = read("a.jsonl", lines({"note": "旁注", name: "正文在此"})).only
    assert (document.text, document.metadata) == ("正文在此", {"note": "旁注"})


def test_language_is_read_if_it_is_a_code(read: Read) -> None:
    documents = read("a.jsonl", lines({"text": "a", "language": "ja"}, {"text": "b", "lang": "Chinese"})).documents
    assert [document.language for document in documents] == ["ja", ""]


def test_without_a_text_field_all_fields_are_the_text(read: Read) -> None:
    reading = read("a.jsonl", lines({"id": "q1", "question": "怎样申请？", "answer": "到窗口。", "n": 3}))
    assert reading.only.text == "question: 怎样申请？\nanswer: 到窗口。\nn: 3"
    assert reading.only.id == "q1"
    assert len(reading.notices) == 1


def test_a_metadata_object_is_flattened_and_deeper_nesting_reported(read: Read) -> None:
    row = {"text": "a", "metadata": {"url": "u", "deep": {"x": 1}}, "other": {"y": 2}, "mixed": [1, {"z": 3}]}
    reading = read("a.jsonl", lines(row))
    assert reading.only.metadata == {"url": "u"}
    assert reading.notices == ["nested fields were left out of the metadata: metadata, mixed, other"]


def test_broken_rows_are_reported_and_the_others_read(read: Read) -> None:
    broken = [
        '{"text": "半截',
        "[1, 2]",
        '"words"',
        '{"text": 5}',
        '{"text": "  "}',
        '{"x": {}}',
        "[" * 100_000,
        "1" * 5000,
    ]
    data = "\n".join([lines({"text": "首"}).strip(), *broken, lines({"text": "尾"}).strip()])
    reading = read("a.jsonl", data)
    assert [document.text for document in reading.documents] == ["首", "尾"]
    assert [item.source for item in reading.skipped] == [f"docs/a.jsonl:{number}" for number in range(2, 10)]
    assert "invalid JSON" in reading.skipped[0].reason
    assert "not a JSON object" in reading.skipped[1].reason
    assert "no text" in reading.skipped[4].reason


def test_broken_rows_beyond_the_first_are_counted(read: Read) -> None:
    reading = read("a.jsonl", lines({"text": "首"}) + "{\n" * 500)
    assert len(reading.skipped) == 21
    assert reading.skipped[-1] == SkippedSource("docs/a.jsonl", "480 more rows could not be read")


@pytest.mark.parametrize("data", ["这不是\n一行行的数据\n" * 50, "{}\n", '{"text": ""}\n', "\n\n \n"])
def test_a_file_without_a_valid_row_is_one_error(read: Read, data: str) -> None:
    with pytest.raises(ReadError):
        read("a.jsonl", data)


def test_invalid_numbers_and_lone_surrogates_are_cleaned(read: Read) -> None:
    reading = read("a.jsonl", '{"text": "x\\ud800y\\u0000z", "score": NaN, "size": -1e999, "k\\udfff": "v"}\n')
    assert reading.only.text == "x\ufffdy\ufffdz"
    assert reading.only.metadata == {"k\ufffd": "v"}
    assert reading.notices == ["3 characters that cannot be stored were replaced by U+FFFD"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_rows_of_other_encodings_are_read(read: Read, encoding: str) -> None:
    rows = [{"text": f"第{number}条：各街道要加强安全生产检查，及时消除隐患。"} for number in range(30)]
    documents = read("a.jsonl", lines(*rows).encode(encoding)).documents
    assert [document.text for document in documents] == [row["text"] for row in rows]


def test_replaced_characters_are_counted_over_all_rows(read: Read) -> None:
    data = b'{"text": "\xe7\x94\xb2\xff"}\n{"text": "\xff\xff"}\n' + '{"text": "其余都是好的"}\n'.encode() * 5
    reading = read("a.jsonl", data, encoding="utf-8")
    assert reading.documents[0].text == "甲\ufffd"
    assert reading.notices == ["3 characters were not valid in utf-8 and replaced by U+FFFD"]


def test_a_row_over_the_limit_is_left_out_and_the_file_may_be_larger(read: Read) -> None:
    data = lines({"text": "短"}, {"text": "x" * 5000}, *[{"text": "又"}] * 500)
    reading = read("a.jsonl", data, max_file_size=1000)
    assert len(reading.documents) == 501
    (skipped,) = reading.skipped
    assert skipped.source == "docs/a.jsonl:2"
    assert "--max-file-size" in skipped.reason


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines({"text": "城市更新" * 250}) * 10_000)
    stream = read_file(path, source="a.jsonl", report=lambda _: None)
    tracemalloc.start()
    count = sum(1 for _ in stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert path.stat().st_size > 30_000_000
    assert peak < 8_000_000


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(
    lambda text: text.strip("\ufffd \u3000")
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["id", "title", "a", "b"]), words), min_size=1),
    st.lists(words, min_size=1),
)
def test_every_row_comes_back(
    tmp_path_factory: pytest.TempPathFactory, fields: list[dict[str, str]], texts: list[str]
) -> None:
    rows = [{**row, "text": text} for row, text in zip(fields, texts, strict=False) if text.strip()]
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_text(lines(*rows), encoding="utf-8")
    try:
        documents = list(read_file(path, source="s", report=lambda _: None))
    except ReadError:
        assert not rows
        return
    assert [document.text for document in documents] == [row["text"] for row in rows]
    assert [document.line for document in documents] == list(range(1, len(rows) + 1))
    assert [document.title for document in documents] == [row.get("title", "") for row in rows]
