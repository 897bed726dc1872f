"""What an index answers, to be compared with the answer of another index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retriever import Hit


def describe_hits(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """The hits without the location of their index."""
    found = [hit.to_dict() for hit in hits]
    for values in found:
        for one in (values, *values["duplicates"]):
            del one["index"]
    return found
