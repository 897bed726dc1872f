"""Verifies the checksums of an index, and remembers which files are intact and which are damaged.

A small index is verified when it is opened, a large one in a background thread, so that opening does not wait. Until
that thread has finished, a search may read damage that has not been found yet: its results may be wrong, but if it
fails, then with the error for damage, and all later searches are refused. Nothing is changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError, IndexReadError, RetrieverError
from retriever.index.local.segment import check_file
from retriever.locks import renew_in_child

if TYPE_CHECKING:
    from retriever.index.local.entries import FileEntry
    from retriever.index.local.lock import GenerationHold
    from retriever.index.local.manifest import Manifest

# The nice value of the thread: searches have priority.
_NICE = 10


class Audit:
    """What is known about the files of one index. Safe to use from many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._begun: set[FileEntry] = set()
        self._whole: set[FileEntry] = set()
        self._damage: dict[FileEntry, IndexCorruptError] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        # With what protects them from removal.
        self._unfinished: dict[FileEntry, GenerationHold] = {}
        self._interrupted = False
        renew_in_child(self)

    def compare(self, manifest: Manifest) -> None:
        """Verify the files of a generation that have not been verified yet, and wait.

        Raises IndexCorruptError, IndexReadError.
        """
        for file in _files(manifest):
            if file not in self._whole:
                check_file(self._root, file, digest=True)
                self._whole.add(file)

    def begin(self, manifest: Manifest, hold: GenerationHold) -> None:
        """Verify the files of a generation that have not been verified yet, in the background.

        ``hold`` protects them from removal until then. Only one thread may call it at a time.
        """
        files = [file for file in _files(manifest) if file not in self._begun and file not in self._whole]
        self._begun.update(files)
        self._start(dict.fromkeys(files, hold))

    def renew(self) -> None:
        """In the child of a fork the threads are gone; what they had left is verified by a new one, once it is used."""
        self._stopped, self._interrupted = threading.Event(), True

    def _start(self, files: Mapping[FileEntry, GenerationHold]) -> None:
        if files and not self._stopped.is_set():
            self._unfinished.update(files)
            thread = threading.Thread(target=self._run, args=(list(files),), name="retriever-audit", daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def require(self, manifest: Manifest) -> None:
        """Raise IndexCorruptError if a file of the generation has been found damaged."""
        if self._interrupted:
            self._interrupted = False
            self._start(dict(self._unfinished))
        if self._damage:
            for file in _files(manifest):
                if file in self._damage:
                    error = self._damage[file]
                    raise IndexCorruptError(str(error), hint=error.hint)

    @contextmanager
    def guard(self, manifest: Manifest) -> Iterator[None]:
        """On an unexpected error inside, verify all files that have not been verified yet: damage would explain it.

        Raises IndexCorruptError for damage, IndexReadError if that cannot be determined, else the original error.
        """
        try:
            yield
        except RetrieverError:
            raise
        except Exception:
            self.compare(manifest)
            raise

    def wait(self) -> None:
        """Wait until the background verification has finished."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Stop the background verification."""
        self._stopped.set()

    def _run(self, files: list[FileEntry]) -> None:
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
                pass  # A file that cannot be read now may be intact.
            del self._unfinished[file]
        for file in files:
            self._unfinished.pop(file, None)


def _files(manifest: Manifest) -> list[FileEntry]:
    return [file for entry in manifest.segments for file in entry.files]
