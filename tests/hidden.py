"""Hides libraries, as where nothing that is installed needs them: others import them for seconds wherever they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


def hide(*libraries: str) -> None:
    """Let this process find none of the libraries that it has not imported yet."""
    missing = {name for name in libraries if name not in sys.modules}
    finders: list[Any] = sys.meta_path
    place = next(at for at, one in enumerate(finders) if isinstance(one, type) and issubclass(one, PathFinder))

    class Finder(finders[place]):  # type: ignore[misc]
        @classmethod
        def find_spec(
            cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
        ) -> ModuleSpec | None:
            return None if name in missing else super().find_spec(name, path, target)

    finders[place] = Finder


@contextmanager
def hiding(*libraries: str) -> Iterator[None]:
    """While it lasts, let this process find none of the libraries."""
    before = sys.meta_path[:]
    hide(*libraries)
    try:
        yield
    finally:
        sys.meta_path[:] = before
