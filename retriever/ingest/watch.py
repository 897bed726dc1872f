"""Watching: once files of the sources have changed and come to rest, they are synced again.

Events of the operating system, or polling where there are none, only say when to look; what has changed is found by
the sync itself. Nothing is read or indexed here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeAlias

from retriever.errors import RetrieverError, UsageError
from retriever.ingest.ignore import IGNORE_FILES
from retriever.ingest.sources import base_of, below_any, exists, find_matches, resolve_source

if TYPE_CHECKING:
    from retriever.reports import SyncReport

# Milliseconds without a change after which files count as written.
QUIET = 400
# Seconds after which a change is taken up though something is still being written.
PATIENCE = 30.0
# Seconds after which a sync that failed is tried again.
RETRY = 5.0
# Seconds after which a sync is due without any event: some file systems do not tell what other machines write.
RESCAN = 600.0

OnError = Callable[[RetrieverError], None]

# What tells one state of a file or folder from another; None while it is not there.
_State: TypeAlias = tuple[int, ...] | None


def watch(
    sources: Sequence[str | Path],
    sync: Callable[[Sequence[str | Path]], SyncReport],
    *,
    exclude: Path | None,
    stop: Event,
    on_error: OnError | None = None,
    refresh: bool = False,
) -> Iterator[SyncReport]:
    """Sync ``sources`` now and after each change, until ``stop`` is set; see ``Retriever.watch``.

    With ``refresh``, ``sync`` finds out by itself which sources are there, and reports the others.

    Raises UsageError for a source that is not there at the beginning, and without ``on_error`` what ``sync`` raises.
    """
    for source in () if refresh else sources:
        named = resolve_source(source)
        find_matches(named.path, source)
    watcher = Watcher(sources, exclude, stop)
    missing: list[str | Path] = []
    for _ in watcher.due():
        there = [source for source in sources if refresh or exists(resolve_source(source))]
        vanished = [source for source in sources if source not in there]
        if on_error and (new := [str(source) for source in vanished if source not in missing]):
            hint = "what it brought stays in the index; it is taken up again once it returns"
            on_error(UsageError(f"no longer there: {', '.join(new)}", hint=hint))
        missing = vanished
        if not (there or refresh):
            continue
        try:
            report = sync(there)
        except RetrieverError as error:
            if on_error is None:
                raise
            on_error(error)
            watcher.retry()
        else:
            yield report


@dataclass(slots=True)
class Watcher:
    """Says when a sync is due. What changes below ``exclude`` and in hidden files and folders does not matter."""

    sources: Sequence[str | Path]
    exclude: Path | None
    stop: Event
    _polling: bool | None = None
    _files: dict[str, _State] = field(default_factory=dict)
    _again: float = float("inf")

    def due(self) -> Iterator[None]:
        """Yield whenever a sync is due: at once, and after changes, also those that come while a sync runs."""
        exclude = [os.path.realpath(self.exclude)] if self.exclude else []
        unsettled: dict[str, _State] = {}
        first, since = True, 0.0
        while not self.stop.is_set():
            folders = self._folders()
            for paths in self._batches(folders):
                now = time.monotonic()
                changed = {path for path in paths if _matters(path, folders, exclude)} | self._changed_files()
                if changed:
                    since = since or now
                # At rest is what neither has an event nor looks different from the last time.
                settled = not changed and all(_read_state(path) == state for path, state in unsettled.items())
                unsettled = {path: _read_state(path) for path in {*unsettled, *changed}}
                if first or now >= self._again or (since and (settled or now - since > PATIENCE)):
                    first, since, unsettled, self._again = False, 0.0, {}, now + RESCAN
                    yield
                if self.stop.is_set():
                    return
                if self._folders() != folders:
                    # One has vanished, has returned or was put in place of another: that is a change, too.
                    since = since or now
                    break

    def retry(self) -> None:
        """Have another sync soon, whether anything changes or not."""
        self._again = time.monotonic() + RETRY

    def _folders(self) -> dict[str, _State]:
        """The folders that the sources begin with, links resolved, and which ones they are."""
        bases = [base_of(source) for source in self.sources]
        paths = {os.path.realpath(base) for base in bases if not base.is_file()}
        return {path: _read_state(path, identity=True) for path in sorted(paths)}

    def _changed_files(self) -> set[str]:
        """Files named as sources that differ from the last look: one may be put in place of another at any time."""
        bases = [base_of(source) for source in self.sources]
        before = self._files
        self._files = {str(base): _read_state(str(base)) for base in bases if base.is_file() or str(base) in before}
        return {path for path, state in self._files.items() if path in before and state != before[path]}

    def _batches(self, folders: dict[str, _State]) -> Iterator[set[str]]:
        """Paths that have changed, as they come; whenever there is none for a moment, an empty set."""
        from watchfiles import watch as events

        there = [path for path in folders if os.path.isdir(path)]
        if not there:
            while not self.stop.wait(QUIET / 1000):
                yield set()
            return
        try:
            for changes in events(
                *there,
                watch_filter=None,
                debounce=QUIET,
                rust_timeout=QUIET,
                yield_on_timeout=True,
                stop_event=self.stop,
                force_polling=self._polling,
                ignore_permission_denied=True,
            ):
                yield {path for _, path in changes}
        except FileNotFoundError:
            # It has vanished this moment; the next round watches what is there then.
            return
        except OSError:
            if self._polling:
                raise
            # The system has no more watches to give.
            self._polling = True


def _read_state(path: str, *, identity: bool = False) -> _State:
    """Which file or folder is at a path, and unless ``identity`` is all that matters, how it looks."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    which = (status.st_dev, status.st_ino)
    return which if identity else (*which, status.st_size, status.st_mtime_ns)


def _matters(path: str, folders: dict[str, _State], exclude: Sequence[str]) -> bool:
    """Whether a change of this path may change what a scan finds."""
    if below_any(path, exclude):
        return False
    for folder in folders:
        if below_any(path, [folder]):
            names = path[len(folder) :].split(os.sep)
            if not any(name.startswith(".") and name not in IGNORE_FILES for name in names):
                return True
    return False
