"""What the reading of one file may take, and how a process keeps to it.

On Linux the kernel enforces it. Where a system has no such limits, a thread of the process looks at what it has taken;
the parent ends a process that does not answer at all.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
from collections.abc import Callable

from retriever.frozen import dataclass

KB = 1 << 10
MB = 1 << 20
# What every file may take, and what it may take for each byte or megabyte of its own.
MEMORY, MEMORY_A_BYTE = 512 * MB, 32
SECONDS, SECONDS_A_MB = 20, 15
OUTPUT, OUTPUT_A_BYTE = 8 * MB, 32
# How much longer than its time of the processor a file may take before the process counts as hanging.
PATIENCE = 10
# Exit codes of a process that ends itself.
OUT_OF_MEMORY = 91
OUT_OF_TIME = 92
# Seconds between two looks at what the process has taken.
INTERVAL = 0.2
# prctl(2): a signal for this process when its parent dies.
PR_SET_PDEATHSIG = 1
SIGKILL = 9


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """For one file: bytes of ``memory`` beyond the idle process, ``seconds`` of the processor, bytes of ``output``."""

    memory: int
    seconds: int
    output: int

    @classmethod
    def of(cls, size: int, max_size: int | None) -> ReadLimits:
        """The limits of a file of ``size`` bytes, of which a reader holds at most ``max_size`` at once."""
        held = size if max_size is None else min(size, max_size)
        return cls(
            MEMORY + MEMORY_A_BYTE * held // MB * MB,
            SECONDS + SECONDS_A_MB * (size // MB),
            OUTPUT + OUTPUT_A_BYTE * size,
        )


def die_with_parent() -> None:
    """Let the system end this process when its parent is killed, where it can; elsewhere the closed pipe ends it."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)


class Enforcer:
    """Holds this process to the limits of the file that it reads.

    Where the kernel enforces nothing, ``measure_memory`` and ``measure_seconds`` give what the process has taken, in
    bytes and in seconds of the processor, and ``end`` ends it with a code.
    """

    def __init__(
        self,
        measure_memory: Callable[[], int] | None = None,
        measure_seconds: Callable[[], float] | None = None,
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._measure_memory = measure_memory or _find_memory_measure()
        self._measure_seconds = measure_seconds
        self._end = end
        self._most_memory = self._most_seconds = math.inf
        if sys.platform == "win32":
            import time

            self._measure_seconds = measure_seconds or time.process_time
        if self._measure_memory is not None or self._measure_seconds is not None:
            threading.Thread(target=self._watch, daemon=True).start()

    def begin(self, limits: ReadLimits) -> None:
        """Enforce ``limits`` from now on."""
        if self._measure_memory is not None:
            self._most_memory = self._measure_memory() + limits.memory
        if self._measure_seconds is not None:
            self._most_seconds = self._measure_seconds() + limits.seconds
        if sys.platform != "win32":
            _limit_by_kernel(limits, memory=self._measure_memory is None)

    def extend(self, *, memory: int = 0, seconds: int = 0) -> None:
        """Let the process take more than ``begin`` said."""
        self._most_memory += memory
        self._most_seconds += seconds
        if sys.platform != "win32":
            _raise_by_kernel(memory if self._measure_memory is None else 0, seconds)

    def check(self) -> None:
        """End the process if it has taken more than it may."""
        if self._measure_memory is not None and self._measure_memory() > self._most_memory:
            self._end(OUT_OF_MEMORY)
        if self._measure_seconds is not None and self._measure_seconds() > self._most_seconds:
            self._end(OUT_OF_TIME)

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(INTERVAL):
            self.check()


def memory_in_use() -> int:
    """The address space of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


if sys.platform != "win32":

    def _limit_by_kernel(limits: ReadLimits, *, memory: bool) -> None:
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        _set_limit(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime) + limits.seconds)
        _set_limit(resource.RLIMIT_CORE, 0)
        if memory:
            _set_limit(resource.RLIMIT_AS, memory_in_use() + limits.memory)

    def _raise_by_kernel(memory: int, seconds: int) -> None:
        import resource

        for which, more in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
            limit, _ = resource.getrlimit(which)
            if more and limit != resource.RLIM_INFINITY:
                _set_limit(which, limit + more)

    def _set_limit(which: int, value: int) -> None:
        import resource

        _, hardest = resource.getrlimit(which)
        value = value if hardest == resource.RLIM_INFINITY else min(value, hardest)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (value, hardest))


def _find_memory_measure() -> Callable[[], int] | None:
    """What tells the memory of this process where the kernel does not limit it; None on Linux, where it does."""
    if sys.platform == "linux":
        return None
    if sys.platform == "win32":
        return _windows_memory
    return _peak_memory


if sys.platform != "win32":

    def _peak_memory() -> int:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * KB

else:

    def _windows_memory() -> int:
        import ctypes

        class Counters(ctypes.Structure):
            _fields_ = [("size", ctypes.c_ulong), ("faults", ctypes.c_ulong)] + [
                (name, ctypes.c_size_t)
                for name in (
                    "peak",
                    "resident",
                    "peak_paged",
                    "paged",
                    "peak_pool",
                    "pool",
                    "committed",
                    "peak_committed",
                )
            ]

        counters = Counters()
        counters.size = ctypes.sizeof(counters)
        process = ctypes.c_void_p(ctypes.windll.kernel32.GetCurrentProcess())
        if not ctypes.windll.kernel32.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size):
            return 0
        return int(counters.committed)
