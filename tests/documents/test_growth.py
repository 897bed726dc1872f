"""Texts made to take time that grows faster than they do: each is read within seconds, where it took minutes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Read = Callable[..., Any]
SECONDS = 20


@contextmanager
def processor_time() -> Iterator[None]:
    """Fail once this process has computed for too long; how busy the machine is does not count."""

    def fail(*_: object) -> None:
        pytest.fail(f"it takes more than {SECONDS} seconds of the processor")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


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
