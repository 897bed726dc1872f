from __future__ import annotations

from pathlib import Path

import pytest
from cli_kit import Run
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


ONE_INDEX = [("documents",), ("index",), ("compact",), ("repair",), ("status",), ("eval", "x.jsonl")]


@pytest.mark.parametrize("words", ONE_INDEX, ids=lambda words: words[0])
def test_several_indexes_are_refused_by_a_command_that_takes_one(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(*words, "--index", "a", "-i", "b", "--index=c", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"error: --index is given 3 times, but `retriever {words[0]}` takes one index",
        "hint: run the command once for each index",
    ]
    # Other mistakes are reported as ever.
    assert "unknown option '--no-such'" in run(*words, "--index", "a", "--no-such", cwd=tmp_path).err
