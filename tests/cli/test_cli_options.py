from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import UsageError
from retriever_cli.options import format_count, format_size, parse_integer, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("512B", 512),
        ("500k", 512_000),
        ("64MB", 64 * 1024**2),
        ("64 MiB", 64 * 1024**2),
        ("1.5GB", 3 * 512 * 1024**2),
        ("none", None),
    ],
)
def test_sizes(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "MB", "12 apples", "1e3", "64MBB", "0.1", "9" * 400, f"{'9' * 5000}GB"]
)
def test_invalid_sizes_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="invalid size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 kB"), (64 * 1024**2, "64.0 MB"), (2**50, "1024.0 TB")]
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.integers(1, 2**50))
def test_a_formatted_size_parses_back_within_its_rounding(size: int) -> None:
    assert parse_size(format_size(size)) == pytest.approx(size, rel=0.05)


def test_numbers_and_counts_for_people() -> None:
    assert [parse_integer(text) for text in ("0", "12", "-1", "1.5", "", "9" * 5000)] == [0, 12, None, None, None, None]
    assert [format_count(count, "segment") for count in (0, 1, 2000)] == ["0 segments", "1 segment", "2,000 segments"]
