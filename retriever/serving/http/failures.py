"""Errors of the server itself, beside those of the library."""

from __future__ import annotations

from retriever.errors import RetrieverError


class BusyError(RetrieverError):
    """Too many requests are waiting already."""


class DeadlineError(RetrieverError):
    """The answer took too long."""


class ForbiddenError(RetrieverError):
    """Whoever asks may not do this."""


class StoppedError(RetrieverError):
    """The server is stopping."""
