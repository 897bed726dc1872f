"""How ``kills.py`` ends a writer, or makes its writes fail: by what the writer's process calls before it begins."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from retriever.index.files import durable


def stop_at(number: int, action: Callable[[str], None]) -> Callable[[], None]:
    """Call ``action`` at the checkpoint with this number, from 1."""

    def sabotage() -> None:
        seen = 0

        def checkpoint(name: str) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                action(name)

        durable.checkpoint = checkpoint

    return sabotage


def fail_fsync(number: int) -> Callable[[], None]:
    """Make the fsync call with this number, from 1, fail."""

    def sabotage() -> None:
        real, left = os.fsync, number

        def fsync(handle: int) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(handle)

        os.fsync = fsync  # type: ignore[assignment]

    return sabotage


def limit_files(size: int) -> Callable[[], None]:
    """Make writes beyond ``size`` bytes fail in every file."""

    def sabotage() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return sabotage


def kill_self(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail_with_no_space(name: str) -> None:
    """Fail like the call at the checkpoint. Garbage collection ignores failures to remove files."""
    with nullcontext() if name.startswith("garbage") else durable.writing(Path(name)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
