"""Tests run as root at times, who may read and write everything: here as a user who may not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """``folder`` cannot be entered or listed inside; what is imported meanwhile has to be loaded already."""
    mode = folder.stat().st_mode
    root = os.geteuid() == 0
    if root:
        _open_to_all(Path.cwd())
    folder.chmod(0)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(mode)


def _open_to_all(folder: Path) -> None:
    """Let everyone read what lies in a folder, such as an index, which is its owner's own."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink() and path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
