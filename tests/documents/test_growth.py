"""Texts made to take time that grows faster than they do: each is read within seconds, where it took minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from processor_time import processor_time

Read = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.html", f"<p>water{'<sup></sup>' * 40_000}</p>", "water"),
        ("a.html", f"<p>{'m<sup>2</sup>' * 100_000}</p>", "m²" * 100_000),
        ("a.html", f"<table><tr><td rowspan=0>a{'<td>b' * 20_000}{'<tr><td>x' * 20_000}</table>", "a | x\na | x\n"),
        ("a.md", f"water {'<sup></sup>' * 60_000}", "water"),
        ("a.md", f"water {'<b></b>' * 40_000}{'<sup></sup>' * 40_000}", "water"),
        ("a.md", f"water {'data:text/x;a=' * 20_000}", "water data:text/x;a="),
        ("a.rst", f"water :a:`x{' ' * 60_000}y", "water :a:`x"),
        ("a.rst", f"water `x{' ' * 250_000}y", "water `x"),
        ("a.adoc", f"water {'link:' * 60_000}", "water link:"),
        ("a.org", f"* water{' ' * 200_000}x:", "water"),
    ],
    ids=["raised nothing", "raised", "merged", "tags", "tags around", "addresses", "role", "link", "links", "headline"],
)
def test_the_time_grows_as_the_file(read: Read, name: str, data: str, words: str) -> None:
    with processor_time():
        assert words in read(name, data).only.text
