"""What a container or a service may use: the limits of its control groups, of both versions, and of those above."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def find_cpu_quota(system: Path = Path("/")) -> float:
    """How many CPUs this process may keep busy; infinity without a limit, and where there are no control groups."""
    return min((_read_quota(group) for group in _find_groups(system, "cpu")), default=math.inf)


def find_free_memory(system: Path = Path("/")) -> float:
    """The bytes that processes may still take, on the machine and in their container; infinity where nothing tells."""
    free = math.inf
    with suppress(OSError, KeyError, ValueError):
        free = _read_table(system / "proc/meminfo")["MemAvailable:"] * 1024
    return min([free, *(_read_free_memory(group) for group in _find_groups(system, "memory"))])


def _find_groups(system: Path, controller: str) -> Iterator[Path]:
    """The folders of the groups of this process, by which a controller limits it, and of the groups above them.

    A line of ``/proc/self/cgroup`` names those of a controller (version 1) or, without one, of all (version 2). In a
    container the path may be that of the host, of which the root is all that can be seen.
    """
    with suppress(OSError, ValueError):
        for line in (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            root = system / "sys/fs/cgroup" / (controller if controllers else "")
            group = root / path.strip("/")
            yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def _read_quota(group: Path) -> float:
    """CPUs: microseconds that its processes may work in a period of so many."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quotient = _read_number(group / "cpu.cfs_quota_us") / _read_number(group / "cpu.cfs_period_us")
        return quotient if quotient > 0 else math.inf  # -1 for none
    return math.inf


def _read_free_memory(group: Path) -> float:
    """What a group may still take; what it has of files is given up when something else needs it."""
    for most, used, before in (
        ("memory.max", "memory.current", ""),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    ):
        with suppress(OSError, KeyError, ValueError):  # without a limit it is "max"
            free = _read_number(group / most) - _read_number(group / used)
            table = _read_table(group / "memory.stat")
            return free + table[f"{before}inactive_file"] + table[f"{before}active_file"]
    return math.inf


def _read_number(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))


def _read_table(file: Path) -> dict[str, int]:
    """Numbers by the names before them."""
    lines = file.read_text(encoding="ascii").splitlines()
    return {name: int(value) for name, value, *_ in map(str.split, lines)}
