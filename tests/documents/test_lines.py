"""Numbered lines of files in any encoding, independent of where blocks end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import retriever.documents.lines as module
from retriever.documents.interface import Source
from retriever.documents.lines import Line, read_lines

texts = st.lists(st.text("ab字𠀀\r\u0a00\u000a0a".replace("\n", ""), max_size=8), min_size=1, max_size=10)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-be", "gb18030"])
@given(lines=texts, block=st.integers(1, 9))
def test_lines_do_not_depend_on_blocks(
    tmp_path_factory: pytest.TempPathFactory, encoding: str, lines: list[str], block: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    text = "\n".join(lines)
    path.write_bytes(text.encode(encoding))
    if "\n" not in text and "\r" in text[:-1]:
        lines = text.split("\r")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        found = list(read_lines(Source(path, "a", encoding, None, lambda _: None)))
    expected = [Line(number, line.removesuffix("\r")) for number, line in enumerate(lines, 1)]
    assert found == (expected if lines[-1] else expected[:-1])


@given(lengths=st.lists(st.integers(0, 30), min_size=1, max_size=8), block=st.integers(1, 40))
def test_lines_over_the_limit_are_marked(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], block: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_text("".join("x" * length + "\n" for length in lengths))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        found = list(read_lines(Source(path, "a", "utf-8", 12, lambda _: None)))
    assert [line.text for line in found] == [None if length > 12 else "x" * length for length in lengths]
