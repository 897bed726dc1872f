"""What differs between systems: the branches of Windows and macOS with the calls replaced, this system's for real."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retriever import system
from retriever.system import LOCKS, WindowsLocks


class Kernel32:
    """LockFileEx as its documentation has it, for one range of one file that several handles share."""

    EXCLUSIVE, FAIL_IMMEDIATELY = 2, 1

    def __init__(self, failure: int = 33) -> None:
        self.failure = failure
        self.error = 0
        self.held: dict[int, bool] = {}  # handle → shared
        self.places: set[tuple[int, int]] = set()

    def LockFileEx(self, handle: int, flags: int, reserved: int, low: int, high: int, place: Any) -> int:
        assert (reserved, low, high) == (0, 1, 0)
        overlapped = place._obj
        self.places.add((overlapped.offset, overlapped.offset_high))
        shared = not flags & self.EXCLUSIVE
        if any(not (shared and held) for other, held in self.held.items() if other != handle) or self.failure != 33:
            assert flags & self.FAIL_IMMEDIATELY
            self.error = self.failure
            return 0
        self.held[handle] = shared
        return 1

    def UnlockFileEx(self, handle: int, reserved: int, low: int, high: int, place: Any) -> int:
        self.error = 158
        return int(self.held.pop(handle, None) is not None)


def windows(kernel: Kernel32) -> WindowsLocks:
    return WindowsLocks(kernel, lambda handle: handle + 1000, lambda: kernel.error)


def test_locks_of_windows_exclude_each_other_as_flock_does() -> None:
    kernel = Kernel32()
    locks = windows(kernel)
    assert locks.lock(1)
    assert not locks.lock(2)
    assert not locks.lock(2, shared=True)
    locks.unlock(1)
    assert locks.lock(2, shared=True)
    assert locks.lock(3, shared=True)
    assert not locks.lock(1)
    assert set(kernel.held) == {1002, 1003}


def test_locks_of_windows_lie_beyond_the_file() -> None:
    kernel = Kernel32()
    windows(kernel).lock(1)
    ((low, high),) = kernel.places
    assert (high << 32) + low > 1 << 60
    assert (high << 32) + low < 1 << 63


def test_another_failure_of_windows_is_an_error() -> None:
    with pytest.raises(OSError, match="error 6") as caught:
        windows(Kernel32(failure=6)).lock(1)
    assert caught.value.errno == errno.ENOLCK
    with pytest.raises(OSError, match="UnlockFileEx"):
        windows(Kernel32()).unlock(1)


def test_windows_is_asked_through_its_own_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel32()
    monkeypatch.setattr(ctypes, "WinDLL", lambda name, use_last_error: kernel, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: kernel.error, raising=False)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(get_osfhandle=lambda handle: handle))
    locks = system.choose_locks("win32")
    assert isinstance(locks, WindowsLocks)
    handle = locks._native(7)
    assert isinstance(handle, ctypes.c_void_p)
    assert handle.value == 7


HOLD = """
import os, sys
from retriever.system import LOCKS
handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
assert LOCKS.lock(handle, shared=sys.argv[2] == "shared")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("held", "wanted", "free"), [("shared", True, True), ("shared", False, False), ("no", True, False)]
)
def test_locks_hold_between_processes_and_end_with_them(tmp_path: Path, held: str, wanted: bool, free: bool) -> None:
    file = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(file), held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        handle = os.open(file, os.O_RDWR)
        assert LOCKS.lock(handle, shared=wanted) is free
        process.kill()
        process.wait()
        assert LOCKS.lock(handle)
        os.close(handle)


def test_macos_syncs_down_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    full = SimpleNamespace(F_FULLFSYNC=51, fcntl=lambda handle, command: calls.append(command))
    monkeypatch.setattr(system, "_fcntl", lambda: full)
    monkeypatch.setattr(os, "fsync", lambda handle: calls.append(-1))
    system.sync_folder(tmp_path)
    assert calls == [51]


@pytest.mark.parametrize("code", [errno.ENOTSUP, errno.EINVAL, errno.ENOTTY])
def test_a_disk_of_macos_that_cannot_is_synced_as_elsewhere(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, command: int) -> None:
        raise OSError(code, "refused")

    calls: list[int] = []
    monkeypatch.setattr(system, "_fcntl", lambda: SimpleNamespace(F_FULLFSYNC=51, fcntl=refuse))
    monkeypatch.setattr(os, "fsync", calls.append)
    system.sync_file(3)
    assert calls == [3]


def test_windows_syncs_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    system.sync_folder("a folder that is not there")


def test_windows_replaces_a_file_as_soon_as_its_readers_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([PermissionError(13, "in use"), PermissionError(13, "in use"), None])

    def replace(source: Path, target: Path) -> None:
        if refusal := next(refusals):
            raise refusal
        source.rename(target)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(system, "_PAUSE", 0)
    monkeypatch.setattr(os, "replace", replace)
    (tmp_path / "new").write_text("new")
    system.replace_file(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == "new"


def test_a_file_that_stays_in_use_is_an_error_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(system, "_PAUSE", 0)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        system.replace_file("a", "b")


def test_what_windows_does_not_remove_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(PermissionError):
        system.remove_file("a")
    monkeypatch.setattr(sys, "platform", "win32")
    assert not system.remove_file("a")


@pytest.mark.parametrize("refused", [(), ("symlink",), ("symlink", "link")])
def test_a_file_is_readable_elsewhere_whatever_links_are_allowed(
    tmp_path: Path, refused: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: Path, place: Path) -> None:
        raise OSError(1314, "a required privilege is not held by the client")

    for name in refused:
        monkeypatch.setattr(os, name, refuse)
    (tmp_path / "file").write_text("text")
    system.link_or_copy(tmp_path / "file", tmp_path / "place")
    assert (tmp_path / "place").read_text() == "text"
    assert (tmp_path / "place").is_symlink() is (not refused)


def test_macos_says_how_the_disk_writes_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = tmp_path / unicodedata.normalize("NFD", "Übersicht.TXT")
    stored.write_text("text")
    typed = str(tmp_path / unicodedata.normalize("NFC", "übersicht.txt"))
    assert system.real_path(stored) == str(stored)
    monkeypatch.setattr(sys, "platform", "darwin")
    answer = SimpleNamespace(F_GETPATH=50, fcntl=lambda handle, command, buffer: os.fsencode(stored) + b"\0" * 9)
    monkeypatch.setattr(system, "_fcntl", lambda: answer)
    monkeypatch.setattr(os, "open", lambda path, flags: 3)
    monkeypatch.setattr(os, "close", lambda handle: None)
    assert system.real_path(typed) == str(stored)


def test_processes_are_told_from_those_of_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.process_space() == system.process_space()
    if sys.platform == "linux":
        assert re.fullmatch(r"[0-9a-f-]{36} pid:\[\d+\]", system.process_space())
    monkeypatch.setattr(system.os, "readlink", lambda path: os.stat("/nowhere"))
    assert system.process_space() == ""


def test_cpus_are_counted_where_affinity_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.cpu_count() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert system.cpu_count() == 1


@pytest.mark.parametrize("missing", [(), ("CLOCK_BOOTTIME",), ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")])
def test_a_clock_that_is_set_back_does_not_matter(monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]) -> None:
    for name in missing:
        monkeypatch.delattr(time, name, raising=False)
    before = system.steady_seconds()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0 <= system.steady_seconds() - before < 3600


@pytest.mark.parametrize(
    ("variable", "expected"),
    [("2", 2), ("1,4", 1), (" 3 ", 3), ("0", 1), ("", 8), ("-5", 8), ("²", 8), ("many", 8), ("9" * 5_000, 8)],
)
def test_cpus_are_no_more_than_a_scheduler_says(monkeypatch: pytest.MonkeyPatch, variable: str, expected: int) -> None:
    monkeypatch.setattr(system, "_available_cpus", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert system.cpu_count() == expected
