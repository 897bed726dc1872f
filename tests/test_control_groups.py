"""Limits of containers and services, in made files of the system, and those of this machine."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever import system
from retriever.control_groups import find_cpu_quota, find_free_memory

STAT = "anon 5\ninactive_file 20\nactive_file 3\n"
OLD_STAT = "inactive_file 1\nactive_file 1\ntotal_inactive_file 20\ntotal_active_file 3\n"
MEMINFO = {"proc/meminfo": "MemTotal: 900 kB\nMemAvailable:  800 kB\n"}
GROUP = "sys/fs/cgroup/town.slice/search"
NEW = {"proc/self/cgroup": "1:cpuset:/x\n0::/town.slice/search\n"}
OLD = {"proc/self/cgroup": "4:memory:/town/search\n2:cpu,cpuacct:/town/search\n1:cpuset:/town\n0::/\n"}


def write_all(folder: Path, *several: dict[str, str]) -> None:
    for files in several:
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


def limit_memory(group: str, most: str, used: str) -> dict[str, str]:
    return {f"{group}/memory.max": f"{most}\n", f"{group}/memory.current": f"{used}\n", f"{group}/memory.stat": STAT}


def limit_memory_as_before(group: str, most: str, used: str) -> dict[str, str]:
    files = {"memory.limit_in_bytes": most, "memory.usage_in_bytes": used, "memory.stat": OLD_STAT}
    return {f"{group}/{name}": text for name, text in files.items()}


def limit_cpus_as_before(group: str, quota: int, period: int) -> dict[str, str]:
    return {f"{group}/cpu.cfs_quota_us": f"{quota}\n", f"{group}/cpu.cfs_period_us": f"{period}\n"}


def test_free_memory_is_the_least_of_what_machine_and_containers_leave(tmp_path: Path) -> None:
    assert find_free_memory(tmp_path) == math.inf
    write_all(tmp_path, MEMINFO, NEW)
    assert find_free_memory(tmp_path) == 800 << 10
    write_all(tmp_path, limit_memory(GROUP, "5000", "1000"))
    assert find_free_memory(tmp_path) == 4023
    write_all(tmp_path, limit_memory(f"{GROUP}/..", "1100", "1000"))
    assert find_free_memory(tmp_path) == 123
    write_all(tmp_path, limit_memory(f"{GROUP}/..", "max", "1000"))
    assert find_free_memory(tmp_path) == 4023


def test_free_memory_of_groups_of_the_first_version(tmp_path: Path) -> None:
    place = "sys/fs/cgroup/memory"
    write_all(tmp_path, MEMINFO, OLD, limit_memory_as_before(f"{place}/town", "9223372036854771712", "1000"))
    assert find_free_memory(tmp_path) == 800 << 10
    write_all(tmp_path, limit_memory_as_before(place, "7000", "1000"))  # as a container sees its own
    assert find_free_memory(tmp_path) == 6023
    write_all(tmp_path, limit_memory_as_before(f"{place}/town/search", "5000", "1000"))
    assert find_free_memory(tmp_path) == 4023


def test_the_quota_of_cpus_is_the_least_of_all_groups(tmp_path: Path) -> None:
    assert find_cpu_quota(tmp_path) == math.inf
    write_all(tmp_path, NEW, {f"{GROUP}/cpu.max": "max 100000\n"})
    assert find_cpu_quota(tmp_path) == math.inf
    write_all(tmp_path, {f"{GROUP}/../cpu.max": "250000 100000\n"})
    assert find_cpu_quota(tmp_path) == 2.5
    write_all(tmp_path, {f"{GROUP}/cpu.max": "50000 100000\n"})
    assert find_cpu_quota(tmp_path) == 0.5


def test_the_quota_of_groups_of_the_first_version(tmp_path: Path) -> None:
    place = "sys/fs/cgroup/cpu"
    write_all(tmp_path, OLD, limit_cpus_as_before(place, -1, 100000))
    assert find_cpu_quota(tmp_path) == math.inf
    write_all(tmp_path, limit_cpus_as_before(f"{place}/town", 150000, 50000))
    assert find_cpu_quota(tmp_path) == 3


@pytest.mark.parametrize("text", ["", "\0", "5", "0 0", "1 0", "x 100000", "max", "1 2 3", "\xff"])
def test_files_in_another_form_limit_nothing(tmp_path: Path, text: str) -> None:
    wrong = {f"{GROUP}/cpu.max": text, f"{GROUP}/memory.max": text, f"{GROUP}/memory.current": text}
    write_all(tmp_path, NEW, wrong, {f"{GROUP}/memory.stat": text})
    assert (find_cpu_quota(tmp_path), find_free_memory(tmp_path)) == (math.inf, math.inf)
    write_all(tmp_path, {"proc/self/cgroup": text})
    assert find_cpu_quota(tmp_path) == math.inf


def test_threads_are_no_more_than_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    for quota, expected in ((math.inf, 64), (100.0, 64), (2.5, 3), (2.0, 2), (0.1, 1)):
        monkeypatch.setattr(system, "find_cpu_quota", lambda quota=quota: quota)
        assert system.cpu_count() == expected


@pytest.fixture
def group() -> Iterator[Path]:
    """A new control group of this machine with a quota of one CPU."""
    made = Path("/sys/fs/cgroup/cpu") / f"retriever-test-{os.getpid()}"
    try:
        made.mkdir()
        (made / "cpu.cfs_quota_us").write_text("100000")
    except OSError:
        pytest.skip("this user may not make a control group of the first version")
    yield made
    made.rmdir()


def test_a_process_in_a_group_sees_its_quota(group: Path) -> None:
    child = os.fork()
    if not child:
        (group / "cgroup.procs").write_text(str(os.getpid()))
        os._exit(round(find_cpu_quota()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
