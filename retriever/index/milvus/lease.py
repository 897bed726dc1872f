"""The right to write, among processes and machines: a row in the head that its holder renews.

Milvus has no compare and swap. Whoever wants to write writes a row first, then reads all of them, and has the right
only if there is no other: of two who do so at once, the one that reads later sees the other. Nobody's clock decides: a
holder counts as dead whose process is gone from this machine, or whose row did not change while it was watched for
``Limits.silence`` seconds. A holder that could not renew its row for half that time stops by itself.
"""

from __future__ import annotations

import math
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from retriever.errors import IndexLockedError, IndexUnavailableError, StorageError
from retriever.index.milvus import schema
from retriever.system import process_space, steady_seconds

if TYPE_CHECKING:
    from retriever.index.milvus.head import Head
    from retriever.index.milvus.limits import Limits

# Names this process among those of its machine, even where its number is given again.
_PROCESS = secrets.token_hex(8)
# The names of the signs of this process that are in use: one place may be known to it by two locations.
_USED: set[int] = set()
_HINT = "wait until it is done, and run the same command again"


class Lease:
    """The right of this process. Not for two threads at once; see ``Turn``."""

    def __init__(self, head: Head, limits: Limits, location: str) -> None:
        self._head = head
        self._limits = limits
        self._location = location
        self._name = 0
        self._beats = 0
        self._confirmed = -math.inf
        self._stop = threading.Event()
        # Signs of other writers, as they were when they were first seen so, and when that was.
        self._seen: dict[int, tuple[Any, float]] = {}

    def acquire(self, timeout: float) -> None:
        """Get the right, after waiting up to ``timeout`` seconds. Raises IndexLockedError, which names the holder."""
        deadline = time.monotonic() + timeout
        self._name, self._beats, attempts = secrets.randbits(60) + 10, 0, 0
        _USED.add(self._name)
        try:
            while True:
                self._sign()
                others = self._others()
                if not others:
                    break
                attempts += 1
                if time.monotonic() >= deadline and attempts > 2 and not self._is_watching(others):
                    raise IndexLockedError(f"{self._location} is being written by {_describe(others)}", hint=_HINT)
                if min(others) < self._name:
                    self._head.erase([self._name])
                time.sleep(random.uniform(0.01, 0.05 if attempts < 3 else 0.5))
        except BaseException:
            self.release()
            raise
        self._stop = threading.Event()
        threading.Thread(target=self._run, args=(self._stop,), name="retriever-milvus-lease", daemon=True).start()

    def release(self) -> None:
        """Give the right back."""
        self._stop.set()
        name, self._name = self._name, 0
        _USED.discard(name)
        if name:
            with suppress(StorageError):
                self._head.erase([name])

    def require(self) -> None:
        """Raise IndexLockedError if the right may have been lost."""
        if not self._name:
            return
        if steady_seconds() - self._confirmed > self._limits.silence / 4:
            with suppress(StorageError):
                if self._name in self._head.signs(schema.WRITER):
                    self._sign()
        if steady_seconds() - self._confirmed > self._limits.silence / 2:
            raise IndexLockedError(
                f"the right to write to {self._location} was lost: this process could not renew it in time",
                hint="run the same command again",
            )

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._limits.beat):
            with suppress(StorageError):
                if not stop.is_set() and self._name in self._head.signs(schema.WRITER):
                    self._sign()

    def _sign(self) -> None:
        asked, name = steady_seconds(), self._name
        self._beats += 1
        values = {
            "host": _host(),
            "pids": process_space(),
            "pid": os.getpid(),
            "process": _PROCESS,
            "beat": self._beats,
            "time": int(time.time()),
        }
        if name:
            self._head.sign(name, schema.WRITER, values)
            self._confirmed = asked

    def _others(self) -> dict[int, Mapping[str, Any]]:
        """The signs of others that may be alive; those of the dead are removed."""
        signs, now = self._read_signs(), time.monotonic()
        others = {name: values for name, values in signs.items() if name != self._name}
        self._seen = {
            name: self._seen[name]
            if self._seen.get(name, (None, 0.0))[0] == values.get("beat")
            else (values.get("beat"), now)
            for name, values in others.items()
        }
        dead = [
            name
            for name, values in others.items()
            if _is_gone(name, values) or now - self._seen[name][1] > self._limits.silence
        ]
        self._head.erase(dead)
        return {name: values for name, values in others.items() if name not in dead}

    def _read_signs(self) -> dict[int, Mapping[str, Any]]:
        """All signs, own one included: a server that does not show it shows an older state, also of the pointer."""
        deadline = time.monotonic() + self._limits.timeout
        while True:
            signs = self._head.signs(schema.WRITER)
            if self._name in signs:
                return signs
            if time.monotonic() > deadline:
                raise IndexUnavailableError(
                    f"{self._location} does not show what was written to it",
                    hint="wait until the server has read its log, and run the same command again",
                )
            time.sleep(0.1)

    def _is_watching(self, others: Mapping[int, Mapping[str, Any]]) -> bool:
        """Whether all others look as if they had been silent for long: then it is worth to wait for the proof."""
        times = [values.get("time") for values in others.values()]
        return all(type(one) is int and time.time() - one > self._limits.silence for one in times)


def _host() -> str:
    return socket.gethostname()


def _is_gone(name: int, values: Mapping[str, Any]) -> bool:
    """Whether a writer was a process of this machine that has ended, or an earlier turn of this process."""
    pid = values.get("pid")
    # The child of a fork has the name of its parent's process, but not its number.
    if values.get("process") == _PROCESS and pid == os.getpid():
        return name not in _USED
    same = values.get("host") == _host() and values.get("pids") == process_space()
    if not same or type(pid) is not int or pid <= 0 or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _describe(others: Mapping[int, Mapping[str, Any]]) -> str:
    values = next(iter(others.values()))
    return f"process {values.get('pid')!r:.20} on {values.get('host')!r:.80}"
