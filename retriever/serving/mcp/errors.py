"""How errors are told to a client: what is wrong, and what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from retriever.errors import FilterError, RetrieverError, StorageError

_log = logging.getLogger(__name__)
_MOST = 2000


def describe_error(error: Exception, names: Sequence[str] = ()) -> str:
    """The text of a failed call. Errors that nobody expected are logged in full and named only.

    ``names`` are those of the served indexes: of several that are searched as one, one may fail them all.
    """
    if isinstance(error, RetrieverError):
        place = f" (at character {error.position + 1} of the filter)" if isinstance(error, FilterError) else ""
        lines = [f"error: {error}{place}", *([f"hint: {error.hint}"] if error.hint else [])]
        if isinstance(error, StorageError) and len(names) > 1:
            lines.append(f"hint: each index can be asked by its name as index: {', '.join(names)}")
        return "\n".join(lines)[:_MOST]
    _log.error("internal error", exc_info=error)
    return f"error: internal error: {type(error).__name__}\nhint: the log of the server has the details"
