"""Answers as JSON, and errors as answers: every error has the form ``{"error": {"type", "message", "hint"}}``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from retriever.errors import (
    FilterError,
    IndexLockedError,
    IndexNotFoundError,
    IndexReadError,
    IndexUnavailableError,
    IndexWriteError,
    MissingExtraError,
    ModelError,
    NotFoundError,
    RetrieverError,
    UsageError,
)
from retriever.serving.http.failures import BusyError, DeadlineError, ForbiddenError, StoppedError
from retriever.serving.http.logs import log

JSON_TYPE = "application/json"
# The first that fits counts.
STATUS: tuple[tuple[type[RetrieverError], int], ...] = (
    (NotFoundError, 404),
    (UsageError, 400),
    (IndexNotFoundError, 409),
    (IndexLockedError, 409),
    (ForbiddenError, 403),
    (BusyError, 503),
    (StoppedError, 503),
    (DeadlineError, 504),
    (MissingExtraError, 501),
    (ModelError, 503),
    (IndexReadError, 503),
    (IndexWriteError, 503),
    (RetrieverError, 500),
)


class Answer(Response):
    """A JSON answer. What is not text in any encoding is escaped."""

    media_type = JSON_TYPE

    def render(self, content: Any) -> bytes:
        """The content as JSON in UTF-8."""
        return encode(content)


def encode(content: Any) -> bytes:
    """The content as compact JSON in UTF-8."""
    try:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # half a character, as documents and names of files may hold
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def status_of(error: RetrieverError) -> int:
    """The HTTP status for an error."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def refuse(error: RetrieverError) -> Answer:
    """The answer for an error that is meant for a user."""
    status = status_of(error)
    return Answer(describe(error), status, headers={"Retry-After": "1"} if status in (409, 503) else None)


def describe(error: Exception) -> dict[str, Any]:
    """An error as answers hold it. Of one that is not meant for a user nothing is told.

    Who asks need not know on which host an index is that cannot be reached: that goes to the log.
    """
    if isinstance(error, IndexUnavailableError):
        log("unavailable", {"message": str(error), "hint": error.hint})
        hint = "ask again later; the log of the server has the details"
        return _describe("index_unavailable", "the index cannot be reached", hint)
    if not isinstance(error, RetrieverError):
        return _describe("internal", "internal error", "the log of the server has the details")
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
    place = {"position": error.position} if isinstance(error, FilterError) else {}
    return _describe(name, str(error), error.hint, place)


def problem(
    status: int,
    kind: str,
    message: str,
    hint: str = "",
    *,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An answer that says what is wrong and what to do."""
    return Answer(_describe(kind, message, hint), status, headers=dict(headers or {}))


def _describe(kind: str, message: str, hint: str, place: Mapping[str, int] | None = None) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, "hint": hint, **(place or {})}}
