"""A bound of the processor time that a test may take."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SECONDS = 20


@contextmanager
def processor_time() -> Iterator[None]:
    """Fail once this process has computed for too long; how busy the machine is does not count."""

    def fail(*_: object) -> None:
        pytest.fail(f"it takes more than {SECONDS} seconds of the processor")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
