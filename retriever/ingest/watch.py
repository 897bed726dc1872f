"""Watches sources, and syncs them once files have changed and are no longer being written.

Events of the operating system, or polling where there are none, only decide when to sync; the sync itself finds out
what has changed. Nothing is read or indexed here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeAlias

from retriever.errors import RetrieverError, StorageError, UsageError
from retriever.ingest.ignore import IGNORE_FILES
from retriever.ingest.sources import exists, find_base, find_matches, is_below, resolve_source
from retriever.system import real_path

if TYPE_CHECKING:
    from retriever.reports import SyncReport

# Milliseconds without a change after which files count as completely written.
QUIET = 400
# Seconds after which a change is synced although files are still being written.
PATIENCE = 30.0
# Seconds after which a failed sync is retried.
RETRY = 5.0
# Seconds after which a sync is due without any event: some file systems do not report writes of other machines.
RESCAN = 600.0

OnError = Callable[[RetrieverError], None]

# The identity, size and time of change of a file or folder; None if it does not exist.
_State: TypeAlias = tuple[int, ...] | None


def watch(
    sources: Sequence[str | Path],
    sync: Callable[[Sequence[str | Path]], SyncReport],
    *,
    exclude: Path | None,
    stop: Event,
    on_error: OnError | None = None,
    remembered: Callable[[], Sequence[str | Path]] | None = None,
) -> Iterator[SyncReport]:
    """Sync ``sources`` now and after each change, until ``stop`` is set; see ``Retriever.watch``.

    With ``remembered`` in their place, the sources are those that the index has; ``sync`` finds out by itself which are
    there, and reports the others.

    Raises UsageError for a source that does not exist at the start, and without ``on_error`` what ``sync`` raises.
    """
    for source in sources:
        named = resolve_source(source)
        find_matches(named.path, source)
    watched = _Sources(sources, remembered, is_local=exclude is not None)
    watcher = Watcher(watched.list_now, exclude, stop)
    missing: list[str | Path] = []
    for _ in watcher.due():
        there = [source for source in sources if exists(resolve_source(source))]
        vanished = [source for source in sources if source not in there]
        if on_error and (new := [str(source) for source in vanished if source not in missing]):
            hint = "its documents stay in the index; it is watched again once it returns"
            on_error(UsageError(f"no longer there: {', '.join(new)}", hint=hint))
        missing = vanished
        if not (there or remembered):
            continue
        try:
            report = sync(there)
            watched.refresh()
        except RetrieverError as error:
            if on_error is None:
                raise
            on_error(error)
            watcher.retry()
        else:
            yield report


class _Sources:
    """What is watched: the sources that were named, or those that an index remembers, which may become others."""

    def __init__(
        self,
        named: Sequence[str | Path],
        remembered: Callable[[], Sequence[str | Path]] | None,
        *,
        is_local: bool,
    ) -> None:
        """Of an index that ``is_local`` they are asked for at every look, of another one after every sync."""
        self._remembered, self._is_local = remembered, is_local
        self._known = named
        self.refresh()

    def refresh(self) -> None:
        """Ask for those that the index remembers. Raises StorageError."""
        if self._remembered:
            self._known = self._remembered()

    def list_now(self) -> Sequence[str | Path]:
        """The sources to watch now; where the index cannot be read, as before."""
        if self._is_local:
            with suppress(StorageError):
                self.refresh()
        return self._known


@dataclass(slots=True)
class Watcher:
    """Decides when a sync is due. Changes below ``exclude`` and in hidden files and folders are ignored."""

    sources: Callable[[], Sequence[str | Path]]
    exclude: Path | None
    stop: Event
    _polling: bool | None = None
    _files: dict[str, _State] = field(default_factory=dict)
    _again: float = float("inf")

    def due(self) -> Iterator[None]:
        """Yield whenever a sync is due: at once, and after changes, including those during a sync."""
        exclude = [real_path(self.exclude)] if self.exclude else []
        unsettled: dict[str, _State] = {}
        first, since = True, 0.0
        while not self.stop.is_set():
            folders = self._folders()
            for paths in self._batches(folders):
                now = time.monotonic()
                changed = {path for path in paths if _matters(path, folders, exclude)} | self._changed_files()
                if changed:
                    since = since or now
                # Settled means no event, and no difference to the last check.
                settled = not changed and all(_read_state(path) == state for path, state in unsettled.items())
                unsettled = {path: _read_state(path) for path in {*unsettled, *changed}}
                if first or now >= self._again or (since and (settled or now - since > PATIENCE)):
                    first, since, unsettled, self._again = False, 0.0, {}, now + RESCAN
                    yield
                if self.stop.is_set():
                    return
                if self._folders() != folders:
                    # A folder that was removed, restored or replaced is a change, too, and so is a new source.
                    since = since or now
                    break

    def retry(self) -> None:
        """Schedule another sync soon, even without a change."""
        self._again = time.monotonic() + RETRY

    def _folders(self) -> dict[str, _State]:
        """The base folders of the sources, with links resolved, and their identity."""
        bases = [find_base(source) for source in self.sources()]
        paths = {real_path(base) for base in bases if not base.is_file()}
        return {path: _read_state(path, identity=True) for path in sorted(paths)}

    def _changed_files(self) -> set[str]:
        """Files named as sources that have changed since the last check; a file may be replaced at any time."""
        bases = [find_base(source) for source in self.sources()]
        before = self._files
        self._files = {str(base): _read_state(str(base)) for base in bases if base.is_file() or str(base) in before}
        return {path for path, state in self._files.items() if path in before and state != before[path]}

    def _batches(self, folders: dict[str, _State]) -> Iterator[set[str]]:
        """Sets of changed paths as they occur; an empty set whenever there is none for a moment."""
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
            # A folder was removed just now; the next round watches those that exist then.
            return
        except OSError:
            if self._polling:
                raise
            # The limit of watches is reached.
            self._polling = True


def _read_state(path: str, *, identity: bool = False) -> _State:
    """The identity of the file or folder at a path and, without ``identity``, its size and time of change."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    which = (status.st_dev, status.st_ino)
    return which if identity else (*which, status.st_size, status.st_mtime_ns)


def _matters(path: str, folders: dict[str, _State], exclude: Sequence[str]) -> bool:
    """Whether a change of a path may change the result of a scan."""
    if is_below(path, exclude):
        return False
    for folder in folders:
        if is_below(path, [folder]):
            names = path[len(folder) :].split(os.sep)
            if not any(name.startswith(".") and name not in IGNORE_FILES for name in names):
                return True
    return False
