"""What a signal handler raises, such as the time limit of a task queue, is not a failure of what it interrupts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from retriever.errors import IndexCorruptError, ModelError
from retriever.index.files.read_errors import classify_read_error
from retriever.models.backends.failures import translate_errors
from retriever.models.checks import call

NUMBER = signal.SIGTERM


class OutOfTimeError(Exception):
    """As the time limit of a task queue raises it."""


def stop(number: int, frame: FrameType | None) -> None:
    raise OutOfTimeError("over")


class Stop:
    def __call__(self, number: int, frame: FrameType | None) -> None:
        stop_now()

    def method(self, number: int, frame: FrameType | None) -> None:
        stop_now()


def stop_now() -> None:
    raise OutOfTimeError("over")


HANDLERS = {
    "function": stop,
    "object": Stop(),
    "method": Stop().method,
    "partial": partial(lambda text, number, frame: stop_now(), "x"),
}


@contextmanager
def handling(handler: Callable[..., Any]) -> Iterator[None]:
    before = signal.signal(NUMBER, handler)
    try:
        yield
    finally:
        signal.signal(NUMBER, before)


def work() -> None:
    signal.raise_signal(NUMBER)


@pytest.mark.parametrize("name", HANDLERS)
def test_a_model_that_is_interrupted_has_not_failed(name: str) -> None:
    with handling(HANDLERS[name]):
        with pytest.raises(OutOfTimeError), translate_errors("the model failed"):
            work()
        with pytest.raises(OutOfTimeError):
            call("a model", work)


def test_a_file_that_is_interrupted_is_not_damaged(tmp_path: Path) -> None:
    def read() -> None:
        try:
            work()
        except OutOfTimeError as error:
            raise classify_read_error(tmp_path, error) from error

    with handling(stop), pytest.raises(OutOfTimeError):
        read()


def test_what_a_library_raises_is_its_failure(tmp_path: Path) -> None:
    with handling(stop):
        with pytest.raises(ModelError, match="the model failed: over"), translate_errors("the model failed"):
            stop_now()
        with pytest.raises(ModelError, match="'a model' failed"):
            call("a model", stop_now)
        assert isinstance(classify_read_error(tmp_path, OutOfTimeError("over")), IndexCorruptError)
