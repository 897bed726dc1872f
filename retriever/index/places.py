"""The places of a passage as text: ``120 Sheet1!A2:D2``, with the confidence of recognised text ``120~0.98 page=2``."""

from __future__ import annotations

import re

from retriever.types import Place

_PLACE = re.compile(r"(\d{1,15})(?:~([01](?:\.\d{1,4})?))? ([^\n]+)", re.ASCII)


def format_place(place: Place) -> str:
    """A place in one line."""
    sure = "" if place.confidence is None else f"~{min(1.0, max(0.0, place.confidence)):.4g}"
    return f"{place.start}{sure} {place.name}"


def parse_place(text: object) -> Place:
    """The place of such a line. Raises ValueError."""
    found = _PLACE.fullmatch(text) if isinstance(text, str) else None
    if found is None or float(found[2] or 0) > 1:
        raise ValueError("a place")
    return Place(int(found[1]), found[3], None if found[2] is None else float(found[2]))
