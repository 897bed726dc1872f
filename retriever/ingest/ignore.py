"""What ``.gitignore`` and ``.retrieverignore`` rule out, with git's own meaning of patterns and nesting.

A nearer file overrules a farther one, and in one folder ``.retrieverignore`` overrules ``.gitignore``.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILES = (".gitignore", ".retrieverignore")


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules in force in one folder, those of the folders above it first."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, folder: str) -> IgnoreRules:
        """The rules that hold for ``folder`` from above: those up to the root of its git work tree, if any."""
        path = Path(os.path.abspath(folder))
        repository = next((parent for parent in (path, *path.parents) if os.path.exists(parent / ".git")), path)
        rules = cls()
        for parent in reversed([parent for parent in path.parents if parent.is_relative_to(repository)]):
            rules = rules.below(str(parent))
        return rules

    def below(self, folder: str, names: Collection[str] = IGNORE_FILES) -> IgnoreRules:
        """These rules and those that ``folder`` itself holds; OSError when they cannot be read.

        ``names`` are those of the files that may be in the folder.
        """
        lines: list[str] = []
        for name in IGNORE_FILES:
            if name in names and os.path.isfile(file := Path(folder, name)):
                lines += file.read_text("utf-8-sig", "replace").splitlines()
        if not lines:
            return self
        from pathspec import GitIgnoreSpec

        return IgnoreRules((*self.specs, (os.path.abspath(folder), GitIgnoreSpec.from_lines(lines))))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether an absolute path is ruled out; the last rule that says anything about it decides."""
        for base, spec in reversed(self.specs):
            relative = path[len(base) :].lstrip("/") + ("/" if is_folder else "")
            decided = spec.check_file(relative).include
            if decided is not None:
                return decided
        return False
