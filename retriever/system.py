"""The calls of the operating system that differ between Linux, macOS and Windows, each behind one function.

Nothing else in the library asks which system it runs on. What cannot run here is tested with the calls replaced;
docs/platforms.md says what was run where.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retriever.control_groups import find_cpu_quota
from retriever.errors import refuse_encoding

if TYPE_CHECKING:
    from types import ModuleType

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""Flag of ``os.open`` that refuses a link in the last place of a path; Windows has none."""
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Flag of ``os.open`` that does not wait for the other end of a FIFO; Windows has none in its folders."""
CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", getattr(os, "O_NOINHERIT", 0))
BINARY = getattr(os, "O_BINARY", 0)

_MAX_DIGITS = 9
"""Of a number of threads; Python converts no number of 5,000 digits."""
_RETRIES, _PAUSE = 20, 0.05
"""How often and after how many seconds Windows is asked again for a file that another process has open."""


class Locks(Protocol):
    """Advisory locks on open files; they end with their process, and on POSIX with their last descriptor."""

    def lock(self, handle: int, *, shared: bool = False, wait: bool = False) -> bool:
        """Lock an open file; return whether it is locked now, False where another process has locked it.

        Raises OSError on a file system without locks.
        """

    def unlock(self, handle: int) -> None:
        """Release the lock, also for processes that were forked while it was held. Raises OSError."""


class PosixLocks:
    """``flock``: of the whole file, shared with children."""

    def __init__(self, fcntl: ModuleType | Any) -> None:
        self._fcntl = fcntl

    def lock(self, handle: int, *, shared: bool = False, wait: bool = False) -> bool:
        """See ``Locks``."""
        kind = self._fcntl.LOCK_SH if shared else self._fcntl.LOCK_EX
        try:
            self._fcntl.flock(handle, kind if wait else kind | self._fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self, handle: int) -> None:
        """See ``Locks``."""
        self._fcntl.flock(handle, self._fcntl.LOCK_UN)


class WindowsLocks:
    """``LockFileEx`` on a byte that no file reaches: locks of Windows are mandatory, and the file is to stay readable.

    ``kernel32`` offers LockFileEx and UnlockFileEx as ``ctypes.WinDLL("kernel32", use_last_error=True)`` does,
    ``native`` turns a descriptor into a handle of Windows, ``last_error`` answers the number of the last failure.
    """

    _FAIL_IMMEDIATELY, _EXCLUSIVE = 1, 2
    _LOCK_VIOLATION, _IO_PENDING = 33, 997
    _OFFSET = 0x7FFFFFFF_00000000

    def __init__(self, kernel32: Any, native: Callable[[int], Any], last_error: Callable[[], int]) -> None:
        self._kernel32, self._native, self._last_error = kernel32, native, last_error

    def lock(self, handle: int, *, shared: bool = False, wait: bool = False) -> bool:
        """See ``Locks``."""
        flags = (0 if shared else self._EXCLUSIVE) | (0 if wait else self._FAIL_IMMEDIATELY)
        if self._kernel32.LockFileEx(self._native(handle), flags, 0, 1, 0, self._place()):
            return True
        code = self._last_error()
        if code in (self._LOCK_VIOLATION, self._IO_PENDING):
            return False
        raise OSError(errno.ENOLCK, f"LockFileEx failed with error {code}")

    def unlock(self, handle: int) -> None:
        """See ``Locks``."""
        if not self._kernel32.UnlockFileEx(self._native(handle), 0, 1, 0, self._place()):
            raise OSError(errno.ENOLCK, f"UnlockFileEx failed with error {self._last_error()}")

    def _place(self) -> Any:
        import ctypes

        class Overlapped(ctypes.Structure):
            _fields_ = (
                ("internal", ctypes.c_void_p),
                ("internal_high", ctypes.c_void_p),
                ("offset", ctypes.c_uint32),
                ("offset_high", ctypes.c_uint32),
                ("event", ctypes.c_void_p),
            )

        return ctypes.byref(Overlapped(offset=self._OFFSET & 0xFFFFFFFF, offset_high=self._OFFSET >> 32))


def choose_locks(platform: str = sys.platform) -> Locks:
    """The locks of a platform."""
    if platform != "win32":
        import fcntl

        return PosixLocks(fcntl)
    import ctypes
    import msvcrt

    windows: Any = ctypes
    runtime: Any = msvcrt
    kernel32 = windows.WinDLL("kernel32", use_last_error=True)
    return WindowsLocks(kernel32, lambda handle: ctypes.c_void_p(runtime.get_osfhandle(handle)), windows.get_last_error)


def sync_file(handle: int) -> None:
    """Bring what was written to an open file to the disk. Raises OSError.

    On macOS ``fsync`` leaves it in the disk's own memory; F_FULLFSYNC does not, where the disk supports it.
    """
    full = None if sys.platform == "win32" else getattr(_fcntl(), "F_FULLFSYNC", None)
    if full is not None:
        try:
            _fcntl().fcntl(handle, full)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(handle)


def sync_folder(path: str | Path) -> None:
    """Make the entries of a folder durable: files created, renamed or removed in it. Raises OSError.

    Windows journals them itself and opens no folder.
    """
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | CLOSE_ON_EXEC)
    try:
        sync_file(handle)
    finally:
        os.close(handle)


def replace_file(source: str | Path, target: str | Path) -> None:
    """Rename a file over another one, atomically. Raises OSError.

    Windows refuses that while another process has ``target`` open, be it a reader of an instant or a virus scanner;
    it is asked again for a second.
    """
    for _ in range(_RETRIES if sys.platform == "win32" else 0):
        with suppress(PermissionError):
            os.replace(source, target)
            return
        time.sleep(_PAUSE)
    os.replace(source, target)


def remove_file(path: str | Path) -> bool:
    """Remove a file; return False where Windows keeps it because a process has it open or mapped. Raises OSError.

    What stays is removed by the next one who collects garbage.
    """
    try:
        os.unlink(path)
    except PermissionError:
        if sys.platform != "win32":
            raise
        return False
    return True


def link_or_copy(file: str | Path, place: str | Path) -> None:
    """Make ``file`` readable at ``place``: by a symbolic link, else a hard link, else a copy. Raises OSError.

    Windows gives symbolic links to administrators and developers only, and hard links within one disk.
    """
    for link in (os.symlink, os.link):
        with suppress(OSError, NotImplementedError):
            link(file, place)
            return
    shutil.copyfile(file, place)


def real_path(path: str | Path) -> str:
    """The path that every name of a file shares: absolute, without links, as the disk writes it.

    macOS and Windows find a file by another case, and macOS by another normal form of Unicode: Windows' ``realpath``
    answers the name that is stored, macOS has to be asked (F_GETPATH). Raises UsageError for a path that the encoding
    of file names lacks characters of.
    """
    try:
        real = os.path.realpath(path)
    except UnicodeEncodeError as error:
        raise refuse_encoding(path, error) from error
    if sys.platform != "darwin":
        return real
    try:
        handle = os.open(real, os.O_RDONLY | NO_WAIT | CLOSE_ON_EXEC)
    except OSError:
        return real
    try:
        stored: bytes = _fcntl().fcntl(handle, _fcntl().F_GETPATH, b"\0" * 1024)
    except OSError:
        return real
    finally:
        os.close(handle)
    return os.fsdecode(stored.rstrip(b"\0"))


def cpu_count() -> int:
    """The CPUs that this process may use, at least 1.

    They are no more than the quota of its container, rounded up, and than ``OMP_NUM_THREADS``, as schedulers set it: a
    number, or several with commas between them, one for each level of nesting.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    is_number = threads.isdecimal() and len(threads) <= _MAX_DIGITS
    return max(1, min(_available_cpus(), int(threads))) if is_number else _available_cpus()


def steady_seconds() -> float:
    """Seconds since some moment, by a clock that is never set and goes on while the machine sleeps."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # of Linux, where the other one sleeps, too, and of macOS
        if hasattr(time, name):
            return time.clock_gettime(getattr(time, name))
    return time.monotonic()


def process_space() -> str:
    """What tells among which processes a number is unique; "" where that is unknown.

    Containers of one host name may number their own, and machines made from one image have one host name.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def give_back_memory() -> None:
    """Return to the system what the C library keeps of freed memory, where that is glibc; others do so themselves."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _available_cpus() -> int:
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = find_cpu_quota()
    return known if quota >= known else max(1, math.ceil(quota))


def _fcntl() -> Any:
    import fcntl

    return fcntl


LOCKS = choose_locks()
