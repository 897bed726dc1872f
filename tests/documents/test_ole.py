"""Compound files whose header says what no program writes."""

from __future__ import annotations

import io
import struct

import pytest
from office_makers import make_doc, make_ppt, make_xls
from ole_maker import make_ole

from retriever.documents.ole import SHIFTS, open_ole
from retriever.documents.sniff import identify

PARAGRAPH = ("words\r", 0, b"")
FILES = {
    "doc": make_doc([PARAGRAPH]),
    "ppt": make_ppt([("words", "", "")]),
    "xls": make_xls({"a": [["words"]]}),
    "msg": make_ole({"__properties_version1.0": bytes(32)}),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("shifts", [(38, 6), (60, 6), (65535, 6), (0, 6), (9, 40), (12, 0)])
def test_sectors_of_an_impossible_size_are_refused_before_any_is_read(name: str, shifts: tuple[int, int]) -> None:
    data = FILES[name]
    assert open_ole(io.BytesIO(data)).root.kids
    damaged = io.BytesIO(data[:SHIFTS] + struct.pack("<HH", *shifts) + data[SHIFTS + 4 :])
    with pytest.raises(OSError, match="impossible size"):
        open_ole(damaged)
    # Its bytes still tell what it was.
    assert identify(io.BytesIO(damaged.getvalue())) == identify(io.BytesIO(data))


def test_a_header_that_ends_early_is_refused() -> None:
    with pytest.raises(OSError, match="impossible size"):
        open_ole(io.BytesIO(FILES["doc"][: SHIFTS + 1]))
