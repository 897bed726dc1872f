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
from typing import TYPE_CHECKING

from retriever.locks import WORK

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILES = (".gitignore", ".retrieverignore")


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that apply in one folder, those of its parents first."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

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
        lines: list[str] = []
        for name in IGNORE_FILES:
            if name in names and os.path.isfile(file := Path(folder, name)):
                lines += file.read_text("utf-8-sig", "replace").splitlines()
        if not lines:
            return self
        with WORK.hold():
            from pathspec import GitIgnoreSpec

        return IgnoreRules((*self.specs, (os.path.abspath(folder), GitIgnoreSpec.from_lines(lines))))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether an absolute path is ignored; the last rule that matches it decides."""
        for base, spec in reversed(self.specs):
            relative = path[len(base) :].lstrip("/") + ("/" if is_folder else "")
            decided = spec.check_file(relative).include
            if decided is not None:
                return decided
        return False
