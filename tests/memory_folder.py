"""Temporary files of the tests in memory, where the system has a folder there."""

from __future__ import annotations

import os
import tempfile

_FOLDER = "/dev/shm"
# What the tests write at most, several times over. A container often has 64 MiB there.
_NEEDED = 2 << 30


def use_memory_for_files() -> None:
    """Let this process and those that it starts make temporary files in memory.

    Nothing changes where the user has named a folder, or where the one in memory is too small or cannot hold programs.
    """
    if "TMPDIR" in os.environ or not os.access(_FOLDER, os.R_OK | os.W_OK | os.X_OK):
        return
    system = os.statvfs(_FOLDER)
    if system.f_bavail * system.f_frsize < _NEEDED or system.f_flag & os.ST_NOEXEC:
        return
    os.environ["TMPDIR"] = _FOLDER
    tempfile.tempdir = None  # Found again by the next one who asks.
