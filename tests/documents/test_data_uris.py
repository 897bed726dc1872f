"""Data URIs are not words: removed from a text, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.data_uris import remove_data_uris


@given(
    st.binary(min_size=60, max_size=400), st.sampled_from(["image/png", "font/woff2", "image/svg+xml;charset=utf-8"])
)
def test_base64_is_removed(data: bytes, kind: str) -> None:
    uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    assert remove_data_uris(f"![图]({uri}) 后文 after") == "![图]() 后文 after"
    assert remove_data_uris(f'<img src="{uri}">') == '<img src="">'


def test_wrapped_base64_is_removed_and_its_lines_kept() -> None:
    lines = base64.encodebytes(bytes(range(200))).decode().strip()
    text = remove_data_uris(f"甲\n[a]: data:image/png;base64,{lines}\n\n乙 text")
    assert text == "甲\n[a]: " + "\n" * (lines.count("\n") + 2) + "乙 text"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("url(data:image/svg+xml,%3Csvg%20xmlns='x'%3E) b", "url('x'%3E) b"),
        ("DATA:text/plain;charset=utf-8,hello b", " b"),
        ("data:image/png;base64,iVBORw0KGgo=\nNext words of the text", "\nNext words of the text"),
    ],
)
def test_other_forms(text: str, rest: str) -> None:
    assert remove_data_uris(text) == rest


@pytest.mark.parametrize("text", ["data: 12, 13", "metadata:image/png", "data:and/or,yes", "the data:base64,x", ""])
def test_words_are_kept(text: str) -> None:
    assert remove_data_uris(text) == text
