"""Runs functions in forked processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import pytest


def in_child(work: Callable[[], object]) -> None:
    """Do it in a forked process, and see that it ends well before long."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            assert status == 0
            return
        threading.Event().wait(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the child waits for a lock that nobody holds")
