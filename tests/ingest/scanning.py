"""Scanning by the names that a user would give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from retriever.ingest import origins
from retriever.ingest import scan as scanning
from retriever.ingest.scan import ScanResult
from retriever.ingest.sources import resolve_source


def scan(names: Sequence[str | Path], *, exclude: Sequence[Path] = (), follow: bool = False) -> ScanResult:
    """The files of sources, named from the working folder."""
    return scanning.scan([resolve_source(name, follow=follow) for name in names], exclude=exclude)


def make_path_test(names: Sequence[str | Path]) -> Callable[[str], bool]:
    """Whether a path belongs to sources, named from the working folder."""
    return origins.make_path_test([resolve_source(name) for name in names])
