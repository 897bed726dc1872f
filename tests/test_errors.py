"""Errors go from one process to another with all that they say."""

from __future__ import annotations

import copy
import pickle

import pytest

from retriever import errors


def test_what_they_quote_does_not_make_them_long() -> None:
    error = errors.NotFoundError(f"no passage has the id {'x' * 1_000_000!r}", hint="x" * 1_000_000)
    assert len(str(error)) == len(error.hint) == errors.LONGEST
    error = errors.IndexCorruptError(f"the document {'x' * 1_000_000!r} is damaged")
    assert (str(error)[:15], str(error)[-12:]) == ("the document 'x", "' is damaged")


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
