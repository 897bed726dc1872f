from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.ole_properties import read_properties

# 2024-03-05 08:00 in tenths of a microsecond since 1601.
MORNING = 133540992000000000


def wide(text: str) -> bytes:
    data = (text + "\0").encode("utf-16-le")
    return struct.pack("<II", 31, len(data) // 2) + data


def narrow(data: bytes) -> bytes:
    return struct.pack("<II", 30, len(data) + 1) + data + b"\0"


def make_set(values: dict[int, bytes]) -> bytes:
    """A stream of properties: the number of each, and its type and value."""
    table, data = b"", b""
    for number, value in values.items():
        table += struct.pack("<II", number, 8 + 8 * len(values) + len(data))
        data += value.ljust(-len(value) % 4 + len(value), b"\0")
    head = struct.pack("<HHI16xI16xI", 0xFFFE, 0, 0, 1, 48)
    return head + struct.pack("<II", 8 + len(table) + len(data), len(values)) + table + data


def test_texts_times_and_counts_become_metadata() -> None:
    summary = {
        2: wide("年度 报告"),
        4: wide("粒雨生声"),
        12: struct.pack("<IQ", 64, MORNING),
        14: struct.pack("<Ii", 3, 2),
    }
    assert read_properties(make_set(summary), b"") == {
        "title": "年度 报告",
        "author": "粒雨生声",
        "created": "2024-03-05T08:00:00Z",
        "pages": 2,
    }
    slides = make_set({7: struct.pack("<Ii", 3, 9)})
    assert read_properties(make_set(summary), slides)["pages"] == 9


@pytest.mark.parametrize(
    ("codepage", "data"),
    [(936, "水务局".encode("gbk")), (65001, "水务局".encode()), (1200, "水务局".encode("utf-16-le") + b"\0")],
)
def test_texts_are_read_in_the_code_page_of_the_file(codepage: int, data: bytes) -> None:
    number = struct.unpack("<h", struct.pack("<H", codepage))[0]
    assert read_properties(make_set({1: struct.pack("<Ihxx", 2, number), 4: narrow(data)}), b"") == {"author": "水务局"}


def test_an_unknown_code_page_is_that_of_western_europe() -> None:
    values = {1: struct.pack("<Ihxx", 2, 9999), 4: narrow("Müller".encode("cp1252"))}
    assert read_properties(make_set(values), b"") == {"author": "Müller"}


@pytest.mark.parametrize("time", [0, 1, 2**64 - 1, 10**17])
def test_a_time_that_is_none_is_left_out(time: int) -> None:
    assert read_properties(make_set({12: struct.pack("<IQ", 64, time)}), b"") == {}


def test_counts_beyond_the_file_are_not_believed() -> None:
    whole = make_set({4: wide("A"), 8: struct.pack("<II", 0x101E, 2**32 - 1)})
    assert read_properties(whole, b"") == {"author": "A"}
    many = whole[:52] + struct.pack("<I", 2**32 - 1) + whole[56:]
    assert read_properties(many, b"") == {"author": "A"}


@given(st.binary(max_size=300), st.integers(0, 200))
def test_whatever_the_bytes_are_the_rest_is_read(data: bytes, at: int) -> None:
    whole = make_set({2: wide("T"), 4: narrow(b"A"), 12: struct.pack("<IQ", 64, MORNING), 14: struct.pack("<Ii", 3, 2)})
    for stream in (data, whole[:at] + data, whole[: 48 + at] + data + whole[48 + at :]):
        assert set(read_properties(stream, stream)) <= {"title", "author", "created", "modified", "pages"} | {
            "subject",
            "keywords",
            "description",
        }
