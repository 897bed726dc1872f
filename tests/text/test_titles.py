"""The title is indexed with the first passage of its document, once."""

from __future__ import annotations

import pytest

from retriever.text.titles import prepend_title


@pytest.mark.parametrize(
    ("title", "text", "searched"),
    [
        ("", "One lamp.", "One lamp."),
        ("Lamps", "One boat.", "Lamps\nOne boat."),
        ("Lamps", "# LAMPS\n\nOne boat.", "# LAMPS\n\nOne boat."),
        ("图书馆规则", "圖書館規則\n第一條", "圖書館規則\n第一條"),
        ("On two\nlines", "on  two lines, again", "on  two lines, again"),
    ],
)
def test_the_title_is_prepended_unless_the_text_contains_it(title: str, text: str, searched: str) -> None:
    assert prepend_title(title, text) == searched
