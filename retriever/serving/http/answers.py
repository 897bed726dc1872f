"""Answers as JSON, and errors as answers: every error has the form ``{"error": {"type", "message", "hint"}}``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from retriever.errors import (
    FilterError,
    FingerprintMismatchError,
    IndexCorruptError,
    IndexLockedError,
    IndexNotFoundError,
    IndexReadError,
    IndexUnavailableError,
    IndexVersionError,
    IndexWriteError,
    MissingExtraError,
    ModelError,
    NotFoundError,
    ProcessError,
    ProcessTimeoutError,
    RetrieverError,
    StorageError,
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
    (ProcessTimeoutError, 504),
    (ProcessError, 503),
    (MissingExtraError, 501),
    (ModelError, 503),
    (IndexReadError, 503),
    (IndexWriteError, 503),
    (RetrieverError, 500),
)

# What is told of an index that cannot be used. The first that fits counts.
STORAGE: tuple[tuple[type[StorageError], str], ...] = (
    (IndexUnavailableError, "the index cannot be reached"),
    (IndexNotFoundError, "the index is empty, or not there"),
    (IndexCorruptError, "the index is damaged"),
    (IndexVersionError, "the index has a format that the server does not support"),
    (FingerprintMismatchError, "the index was built with another model, or with other settings"),
    (IndexLockedError, "another process is writing to the index"),
    (IndexWriteError, "the index cannot be written"),
    (IndexReadError, "the index cannot be read"),
    (StorageError, "the index cannot be used"),
)
IN_THE_LOG = "the log of the server has the details"
WHICH_INDEX = "/v1/indexes tells which index; the log of the server has the details"


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

    Who asks need not know on which host and in which folder an index is: that goes to the log.
    """
    if not isinstance(error, RetrieverError):
        return _describe("internal", "internal error", IN_THE_LOG)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
    if isinstance(error, StorageError):
        log("storage", {"type": name, "message": str(error), "hint": error.hint})
        message = next(text for kind, text in STORAGE if isinstance(error, kind))
        again = "ask again later; " if isinstance(error, IndexUnavailableError | IndexLockedError) else ""
        return _describe(name, message, f"{again}{WHICH_INDEX}")
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
