"""Checksums of a large index, compared after it was opened: in a thread, so that opening need not wait for it.

A search between opening and the end of this may meet damage that has not been found yet; every later one is refused.
Nothing is changed, and each file is read once.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError
from retriever.index.segment import check_file

if TYPE_CHECKING:
    from retriever.index.lock import GenerationHold
    from retriever.index.manifest import FileEntry, Manifest

# Searches come first: how much less of a busy processor the thread gets.
_NICE = 10


class Audit:
    """What is known of the files of one index. Safe to use from many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: set[FileEntry] = set()
        self._damage: dict[FileEntry, IndexCorruptError] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def begin(self, manifest: Manifest, hold: GenerationHold) -> None:
        """Compare, in the background, the files of a generation that have not been compared yet.

        ``hold`` keeps them there meanwhile. One thread calls it at a time.
        """
        files = [file for entry in manifest.segments for file in entry.files if file not in self._seen]
        self._seen.update(files)
        if files and not self._stopped.is_set():
            thread = threading.Thread(target=self._run, args=(files, hold), name="retriever-audit", daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def require(self, manifest: Manifest) -> None:
        """Raise IndexCorruptError where a file of the generation has been found damaged."""
        if self._damage:
            for entry in manifest.segments:
                for file in entry.files:
                    if file in self._damage:
                        error = self._damage[file]
                        raise IndexCorruptError(str(error), hint=error.hint)

    def wait(self) -> None:
        """Return when all that was begun is compared."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Compare nothing more."""
        self._stopped.set()

    def _run(self, files: list[FileEntry], hold: GenerationHold) -> None:
        if hasattr(os, "setpriority"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        for file in files:
            if self._stopped.is_set():
                break
            try:
                check_file(self._root, file, digest=True)
            except IndexCorruptError as error:
                self._damage[file] = error
        del hold
