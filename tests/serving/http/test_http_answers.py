"""Errors as answers: what a client is told, and what is for the log only."""

from __future__ import annotations

import json
import logging

import pytest

from retriever.errors import IndexReadError, IndexUnavailableError
from retriever.serving.http.answers import refuse


def test_only_the_log_names_the_host_of_an_index_that_cannot_be_reached(caplog: pytest.LogCaptureFixture) -> None:
    reason = "s3://laws cannot be reached: http://10.0.0.7:9000 refuses the connection"
    with caplog.at_level(logging.INFO, "retriever.serving.http"):
        answer = refuse(IndexUnavailableError(reason, hint="check the network"))
    assert json.loads(answer.body)["error"] == {
        "type": "index_unavailable",
        "message": "the index cannot be reached",
        "hint": "ask again later; the log of the server has the details",
    }
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert [record.fields["message"] for record in caplog.records] == [reason]  # type: ignore[attr-defined]


def test_other_errors_are_told_whole() -> None:
    error = json.loads(refuse(IndexReadError("a file is missing", hint="repair it")).body)["error"]
    assert error == {"type": "index_read", "message": "a file is missing", "hint": "repair it"}
