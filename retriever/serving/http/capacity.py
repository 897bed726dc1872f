"""How much of the machine is there for a server: CPUs, and memory for more processes."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path


def count_cpus() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_threads() -> int:
    """Threads that keep all CPUs busy: while one waits for a file or for Python's lock, another one computes."""
    return count_cpus() + 1


def find_free_memory(system: Path = Path("/")) -> float:
    """The bytes that processes may still take, on the machine and in their container.

    Infinity where the system does not tell: Linux does, of control groups the second version.
    """
    free = math.inf
    with suppress(OSError, KeyError, ValueError):
        free = _read_table(system / "proc/meminfo")["MemAvailable:"] * 1024
    with suppress(OSError, StopIteration):
        lines = (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        root = system / "sys/fs/cgroup"
        group = root / next(line for line in lines if line.startswith("0::")).removeprefix("0::").strip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(root):
                free = min(free, _find_free_of_group(folder))
    return free


def _find_free_of_group(folder: Path) -> float:
    """What a control group may still take; what it has of files is given up when something else needs it."""
    with suppress(OSError, KeyError, ValueError):  # without a limit it is "max"
        most, used = (int((folder / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        table = _read_table(folder / "memory.stat")
        return most - used + table["inactive_file"] + table["active_file"]
    return math.inf


def _read_table(file: Path) -> dict[str, int]:
    """Numbers by the names before them."""
    lines = file.read_text(encoding="ascii").splitlines()
    return {name: int(value) for name, value, *_ in map(str.split, lines)}
