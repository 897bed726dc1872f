"""Tells what a signal handler raised, such as the time limit of a task queue, from what a library raised.

It may be raised behind any line, also inside what turns the errors of a library into those of this one.
"""

from __future__ import annotations

import signal
from functools import partial
from types import CodeType


def raise_of_signal(error: BaseException) -> None:
    """Raise ``error`` again if a signal handler of this process raised it."""
    handlers = _find_handlers()
    trace = error.__traceback__ if handlers else None
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            raise error
        trace = trace.tb_next


def _find_handlers() -> set[CodeType]:
    """The code of the signal handlers."""
    found = set()
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if not callable(handler):
            continue
        while isinstance(handler, partial):
            handler = handler.func
        function = getattr(handler, "__func__", handler)
        code = getattr(function, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
        if isinstance(code, CodeType):
            found.add(code)
    return found
