"""A limit of time that a signal sets is not damage of an index."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from types import FrameType

import pytest
from index_corpus import build, contents, open_index

from retriever.errors import IndexReadError
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import classify_read_error

STRIDE = 41


def test_a_limit_of_time_is_not_taken_for_damage(tmp_path: Path) -> None:
    """It is raised after any call of C, as by a signal handler."""
    build(tmp_path / "index", {"a": ["tea"], "b": ["rye bread"]}).close()
    limit = TimeoutError("over")
    step = counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "c_return"
        if counted == step:
            raise limit

    def is_interrupted() -> bool:
        nonlocal step, counted
        step, counted = step + STRIDE, 0
        sys.setprofile(count)
        try:
            contents(open_index(tmp_path / "index"))
        except TimeoutError:
            return True
        finally:
            sys.setprofile(None)
        return False

    while is_interrupted():
        pass
    assert step > 5 * STRIDE


def test_a_limit_of_time_is_no_failure_of_a_disk(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="over"), writing(tmp_path):
        raise TimeoutError("over")
    of_the_system = TimeoutError(errno.ETIMEDOUT, "connection timed out")
    assert isinstance(classify_read_error(tmp_path, of_the_system), IndexReadError)
