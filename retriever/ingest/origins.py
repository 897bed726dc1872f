"""From which source a document of an index came, told by its file and its name, also once the file is gone.

The counterpart of ``find_matches``: what a source answers for is what it finds, and what it would find if that were
there.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.ingest.sources import find_base, is_below, is_pattern, locate, split_pattern
from retriever.system import real_path

if TYPE_CHECKING:
    from retriever.types import Source, StoredDocument

SURE = 2
"""How surely a document came from a source that has its file; see ``make_claim``."""


def make_path_test(sources: Sequence[Source], *, missing: bool = False) -> Callable[[str], bool]:
    """A test whether an absolute path, links resolved, would have come from one of ``sources`` if it were there.

    With ``missing`` a source that is not there any more covers what lay below it.
    """
    folders: list[str] = []
    patterns: list[tuple[str, tuple[str, ...]]] = []
    for path in [source.path for source in sources]:
        if os.path.lexists(path):
            folders += _find_places(path)
        elif is_pattern(path):
            base, below = split_pattern(Path(path))
            patterns += [(place, below) for place in _find_places(base)]
        elif missing:
            folders += _find_places(path)

    def covers(file: str) -> bool:
        return is_below(file, folders) or any(
            is_below(file, [base]) and _fits(Path(file).relative_to(base).parts, below, deep="**" in below)
            for base, below in patterns
        )

    return covers


def make_source_finder(sources: Sequence[Source]) -> Callable[[str], Source | None]:
    """A function that gives the source by whose options a file is read, by its absolute path, links resolved.

    Of those that cover it that is the one that names it most closely: the file itself, else the innermost folder, and
    there a pattern. None for a file that no source covers, as one that a link leads to.
    """

    def closeness(source: Source) -> tuple[int, int]:
        return len(find_base(source.path).parts), len(Path(source.path).parts)

    closest_first = sorted(sorted(sources, key=lambda source: source.path), key=closeness, reverse=True)
    tests = [(source, make_path_test([source], missing=True)) for source in closest_first]
    return lambda file: next((source for source, covers in tests if covers(file)), None)


def make_claim(source: Source) -> Callable[[StoredDocument], int]:
    """A function that rates how surely a document came from a source, which need not exist any more.

    It returns ``SURE`` if the file of the document lies in the source or a link there leads to it, 1 if only its name
    says so, which another source may share, else 0.
    """
    covers = make_path_test([source], missing=True)

    def claim(document: StoredDocument) -> int:
        if not document.file:
            return 0
        if covers(document.file):
            return SURE
        path = locate(source, document.file_source)
        if path is None or not covers(path):
            return 0
        if os.path.lexists(path):
            return SURE if real_path(path) == document.file else 0
        return 1

    return claim


def make_locator(sources: Iterable[Source], *, missing: bool = False) -> Callable[[StoredDocument], list[str]]:
    """A function that finds the absolute paths at which ``sources`` have a document by its name.

    ``missing`` is as for ``make_path_test``.
    """
    tests = [(source, make_path_test([source], missing=missing)) for source in sources]

    def find_places(document: StoredDocument) -> list[str]:
        return [path for source, covers in tests if (path := locate(source, document.file_source)) and covers(path)]

    return find_places


def count_documents(sources: Sequence[Source], documents: Iterable[StoredDocument]) -> tuple[list[int], int]:
    """How many documents each source brings, and how many have no file, since programs added them.

    One that several sources bring counts for each of them.
    """
    by_programs, counts = 0, [0] * len(sources)
    tests = [make_claim(source) for source in sources]
    for document in documents:
        by_programs += not document.file
        found = [test(document) for test in tests]
        for at, strength in enumerate(found):
            counts[at] += 0 < strength == max(found)
    return counts, by_programs


def _find_places(path: str | Path) -> set[str]:
    """Where the path leads, and where it is: what was there before a link took its place came from it, too."""
    return {real_path(path), os.path.abspath(path)}


def _fits(names: Sequence[str], pattern: Sequence[str], *, deep: bool) -> bool:
    """Whether the pattern finds the path of these names, or without ``**`` a folder above it; see ``find_matches``."""
    if not pattern:
        return not (names and deep)
    if pattern[0] == "**" and _fits(names, pattern[1:], deep=deep):
        return True
    if not names or (names[0].startswith(".") and (deep or not pattern[0].startswith("."))):
        return False
    if pattern[0] == "**":
        return _fits(names[1:], pattern, deep=deep)
    return fnmatch.fnmatchcase(names[0], pattern[0]) and _fits(names[1:], pattern[1:], deep=deep)
