"""Errors go from one process to another with all that they say."""

from __future__ import annotations

import copy
import pickle

import pytest

from retriever import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.RetrieverError("it is broken", hint="mend it"),
        errors.NotFoundError("there is none"),
        errors.FilterError("unexpected '>'", hint="expected a value", expression="year >>= 3", position=6),
    ],
    ids=lambda error: type(error).__name__,
)
def test_they_are_copied_and_pickled(error: errors.RetrieverError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert (str(again), vars(again)) == (str(error), vars(error))
