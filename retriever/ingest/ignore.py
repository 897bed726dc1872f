"""What is left out of folders: by ``.gitignore`` and ``.retrieverignore``, and what programs leave behind.

Patterns and nesting are those of git. A nearer file takes precedence over a farther one, and in one folder
``.retrieverignore`` over ``.gitignore``.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from retriever.ingest.ignore_patterns import Pattern, parse_patterns
from retriever.paths import read_file

IGNORE_FILES = (".gitignore", ".retrieverignore")
# The most bytes of one that are read.
MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that apply in one folder, those of its parents first."""

    patterns: tuple[tuple[str, tuple[Pattern, ...]], ...] = ()

    @classmethod
    def above(cls, folder: str) -> IgnoreRules:
        """The rules from the parents of ``folder``, up to the root of its git work tree, if any.

        There are none if they ignore the folder itself: whoever names an ignored folder wants what is in it.
        """
        path = Path(os.path.abspath(folder))
        repository = next((parent for parent in (path, *path.parents) if os.path.exists(parent / ".git")), path)
        rules = cls()
        parents = [parent for parent in path.parents if parent.is_relative_to(repository)]
        for parent, child in pairwise([*reversed(parents), path]):
            rules = rules.below(str(parent))
            if rules.ignores(str(child), is_folder=True):
                return cls()
        return rules

    def below(self, folder: str, names: Collection[str] = IGNORE_FILES) -> IgnoreRules:
        """These rules and those of ``folder`` itself. Raises OSError if they cannot be read.

        ``names`` are the names of the files in the folder, if known.
        """
        patterns: list[Pattern] = []
        for name in IGNORE_FILES:
            if name in names and os.path.isfile(file := Path(folder, name)):
                patterns += parse_patterns(read_file(file, MOST).decode("utf-8", "replace"))
        if not patterns:
            return self
        return IgnoreRules((*self.patterns, (os.path.abspath(folder), tuple(patterns))))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether an absolute path is ignored; the last pattern that matches it decides."""
        for base, patterns in reversed(self.patterns):
            relative = path[len(base) :].lstrip("/")
            for pattern in reversed(patterns):
                if (is_folder or not pattern.folders) and pattern.matches.fullmatch(relative):
                    return not pattern.included
        return False
