"""The refusal to delete an index where other files lie as well, which may be somebody else's."""

from __future__ import annotations

from collections.abc import Sequence

from retriever.errors import UsageError

# Names of something else that the error has.
NAMED = 3


def foreign_error(place: object, others: Sequence[str], *, hint: str) -> UsageError:
    """The error that names the first of ``others``, what is not of the index at ``place``."""
    first = sorted(others)[:NAMED]
    more = f" and {len(others) - len(first):,} more" if len(others) > len(first) else ""
    return UsageError(
        f"{place} also contains files that do not belong to an index: {', '.join(first)}{more}", hint=hint
    )
