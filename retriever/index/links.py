"""A temporary folder of links, by which a library that opens one folder sees the files of several."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from retriever.index.storage import writing

_SHARED_MEMORY = "/dev/shm"


def linked(texts: Mapping[str, str], files: Sequence[Path]) -> Path:
    """A temporary folder with these texts, by name, and links to the files.

    It is in memory, where links take no time even while the disk is busy, else where temporary files go. Raises
    IndexWriteError where neither takes it.
    """
    if os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        with suppress(OSError):
            return _links(texts, files, _SHARED_MEMORY)
    with writing(Path(tempfile.gettempdir())):
        return _links(texts, files, None)


def _links(texts: Mapping[str, str], files: Sequence[Path], where: str | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="retriever-", dir=where))
    try:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        for file in files:
            os.symlink(file, folder / file.name)
    except BaseException:
        remove(folder)
        raise
    return folder


def remove(links: Path) -> None:
    """Remove the folder. Tantivy's watcher may put its lock file there meanwhile: then it takes a second time."""
    for _ in range(5):
        shutil.rmtree(links, ignore_errors=True)
        if not links.exists():
            return
