"""Checksums of an index: what has been compared, and what was found damaged.

Those of a small index are compared when it is opened, those of a large one in a thread afterwards, so that opening need
not wait. A search before that thread has ended may meet damage that has not been found: it may answer wrongly from it,
which every later search is refused for, but it fails by no other error than that of damage. Nothing is changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError, IndexReadError, RetrieverError
from retriever.index.local.segment import check_file

if TYPE_CHECKING:
    from retriever.index.local.lock import GenerationHold
    from retriever.index.local.manifest import FileEntry, Manifest

# Searches come first: how much less of a busy processor the thread gets.
_NICE = 10


class Audit:
    """What is known of the files of one index. Safe to use from many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._begun: set[FileEntry] = set()
        self._whole: set[FileEntry] = set()
        self._damage: dict[FileEntry, IndexCorruptError] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def compare(self, manifest: Manifest) -> None:
        """Compare now the files of a generation that have not been compared yet.

        Raises IndexCorruptError, IndexReadError.
        """
        for file in _files(manifest):
            if file not in self._whole:
                check_file(self._root, file, digest=True)
                self._whole.add(file)

    def begin(self, manifest: Manifest, hold: GenerationHold) -> None:
        """Compare, in the background, the files of a generation that have not been compared yet.

        ``hold`` keeps them there meanwhile. One thread calls it at a time.
        """
        files = [file for file in _files(manifest) if file not in self._begun and file not in self._whole]
        self._begun.update(files)
        if files and not self._stopped.is_set():
            thread = threading.Thread(target=self._run, args=(files, hold), name="retriever-audit", daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def require(self, manifest: Manifest) -> None:
        """Raise IndexCorruptError where a file of the generation has been found damaged."""
        if self._damage:
            for file in _files(manifest):
                if file in self._damage:
                    error = self._damage[file]
                    raise IndexCorruptError(str(error), hint=error.hint)

    @contextmanager
    def guard(self, manifest: Manifest) -> Iterator[None]:
        """Where an unexpected error is raised inside, compare what has not been compared yet: damage explains it.

        Raises IndexCorruptError then, IndexReadError where that cannot be determined, else the original error.
        """
        try:
            yield
        except RetrieverError:
            raise
        except Exception:
            self.compare(manifest)
            raise

    def wait(self) -> None:
        """Return when all that was begun is compared."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Compare nothing more in the background."""
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
                self._whole.add(file)
            except IndexCorruptError as error:
                self._damage[file] = error
            except IndexReadError:
                continue  # What cannot be read now is not known to be damaged.
        del hold


def _files(manifest: Manifest) -> list[FileEntry]:
    return [file for entry in manifest.segments for file in entry.files]
