"""Says what answers rest on while an index is being embedded."""

from __future__ import annotations

from retriever import SearchResponse


def describe_pending(response: SearchResponse) -> str:
    """A line about passages without vectors; empty where all have theirs, and for a search by words alone."""
    if response.embedded == 1 or response.mode == "lexical":
        return ""
    # Rounded down: 100 % is said of nothing that is not complete.
    return f"vectors {int(response.embedded * 100)} %: the other passages are found by their words alone so far"
