"""Errors as answers: what a client is told, and what is for the log only."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from retriever.errors import IndexUnavailableError, NotFoundError, StorageError
from retriever.serving.http.answers import refuse


def kinds(base: type[StorageError]) -> Iterator[type[StorageError]]:
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("kind", [*kinds(StorageError)])
def test_only_the_log_says_where_an_index_is(kind: type[StorageError], caplog: pytest.LogCaptureFixture) -> None:
    """Neither the host of a store nor a folder of the machine is told to clients."""
    reason, hint = "s3://laws: http://10.0.0.7:9000 refuses, /home/anna/indexes/laws/CURRENT", "see /home/anna"
    with caplog.at_level(logging.INFO, "retriever.serving.http"):
        answer = refuse(kind(reason, hint=hint))
    error = json.loads(answer.body)["error"]
    assert not [word for word in ("s3:", "10.0.0.7", "/home", "anna", "laws") if word in str(error)]
    assert error["message"].startswith(("the index ", "another process "))
    assert error["hint"].endswith("the log of the server has the details")
    assert [record.fields for record in caplog.records] == [  # type: ignore[attr-defined]
        {"type": error["type"], "message": reason, "hint": hint}
    ]


def test_an_index_that_cannot_be_reached_is_asked_again_later() -> None:
    answer = refuse(IndexUnavailableError("s3://laws cannot be reached", hint="check the network"))
    assert json.loads(answer.body)["error"] == {
        "type": "index_unavailable",
        "message": "the index cannot be reached",
        "hint": "ask again later; /v1/indexes tells which index; the log of the server has the details",
    }
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_other_errors_are_told_whole() -> None:
    error = json.loads(refuse(NotFoundError("no passage has this id", hint="search for it")).body)["error"]
    assert error == {"type": "not_found", "message": "no passage has this id", "hint": "search for it"}
