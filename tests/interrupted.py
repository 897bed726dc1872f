"""Interrupts functions where a signal handler may: where a Python function begins, and after a call of C."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption(BaseException):
    """What a signal raises."""


def interrupt_everywhere(work: Callable[[], object], check: Callable[[], None]) -> None:
    """Do ``work`` again and again, each time interrupted one step later, until it is not; ``check`` each time."""
    step = 0
    while _is_interrupted(work, step := step + 1):
        check()
    assert step > 1


def _is_interrupted(work: Callable[[], object], step: int) -> bool:
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_return")
        if steps == step:
            raise Interruption

    sys.setprofile(count)
    try:
        work()
    except Interruption:
        return True
    finally:
        sys.setprofile(None)
    return False


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Steps inside do not count."""
    profile = sys.getprofile()
    sys.setprofile(None)
    try:
        yield
    finally:
        sys.setprofile(profile)
