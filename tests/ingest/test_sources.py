"""What a source stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.ingest.sources import find_base


@pytest.mark.parametrize(
    ("source", "base"),
    [("docs/**/*.txt", "docs"), ("*.txt", "."), ("docs/a?/b", "docs"), ("plain/a.txt", "plain/a.txt")],
)
def test_where_a_source_begins(source: str, base: str) -> None:
    assert find_base(source) == Path(base)
