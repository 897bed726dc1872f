"""Documents, passages and sources as JSON values, and back, for engines and exports.

Every field comes back as it was, also strings that are not valid Unicode. What is parsed may come from anybody: a value
of the wrong type or out of range is a ValueError. ``IndexSettings`` has its own ``to_dict`` and ``from_dict``, and
``Source`` its own ``to_dict``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retriever.index.files.json_values import MOST, read_integer, read_string
from retriever.types import Passage, Place, Source, StoredDocument

DOCUMENT = ("key", "id", "source", "file", "file_hash", "hash", "title", "language")
"""The fields of a document that are strings; besides these it has ``metadata``."""
PASSAGE = ("text", "start", "end", "line", "page", "language", "tokens")
"""The fields of a passage that are single values; besides these it has ``heading``, ``breaks`` and ``places``."""
# The confidence has four decimals; once it had four digits, and so up to eight decimals in what programs added.
_PLACE = re.compile(r"(\d{1,15})(?:~([01](?:\.\d{1,8})?))? ([^\n]+)", re.ASCII)


def document_fields(document: StoredDocument) -> dict[str, Any]:
    """The fields of a document by name, without the number of its passages."""
    return {name: getattr(document, name) for name in DOCUMENT} | {"metadata": dict(document.metadata)}


def parse_document(value: object) -> StoredDocument:
    """The document from its fields by name. Raises ValueError."""
    fields = _fields(value)
    metadata = fields.get("metadata")
    if type(metadata) is not dict:
        raise ValueError(f"'metadata' is {type(metadata).__name__}")
    strings: dict[str, Any] = {name: read_string(fields, name) for name in DOCUMENT}
    return StoredDocument(**strings, metadata=metadata)


def passage_fields(passage: Passage) -> dict[str, Any]:
    """The fields of a passage by name."""
    fields = {name: getattr(passage, name) for name in PASSAGE} | {"heading": list(passage.heading)}
    # Left out where there are none, so that the seals of older exports stay valid.
    if passage.breaks:
        fields["breaks"] = list(passage.breaks)
    if passage.places:
        fields["places"] = [format_place(place) for place in passage.places]
    return fields


def parse_passage(value: object) -> Passage:
    """The passage from its fields by name, of which those may be missing that are empty or 0. Raises ValueError."""
    fields = _fields(value)
    heading, breaks, places = (fields.get(name) or [] for name in ("heading", "breaks", "places"))
    if type(heading) is not list or not all(type(title) is str for title in heading):
        raise ValueError("'heading' is not a list of titles")
    if type(breaks) is not list or not all(type(offset) is int and 0 <= offset <= MOST for offset in breaks):
        raise ValueError("'breaks' is not a list of offsets")
    if type(places) is not list:
        raise ValueError("'places' is not a list of places")
    text, start, end = read_string(fields, "text"), read_integer(fields, "start"), read_integer(fields, "end")
    if end - start != len(text):
        raise ValueError("'start' and 'end' are not those of the text")
    return Passage(
        text=text,
        start=start,
        end=end,
        heading=tuple(heading),
        line=read_integer(fields, "line"),
        page=None if fields.get("page") is None else read_integer(fields, "page"),
        language=read_string(fields, "language") if "language" in fields else "",
        tokens=read_integer(fields, "tokens") if "tokens" in fields else 0,
        breaks=tuple(breaks),
        places=tuple(map(parse_place, places)),
    )


def parse_source(value: object) -> Source:
    """The source from the result of ``Source.to_dict``. Raises ValueError."""
    fields = _fields(value)
    encoding, largest, follow = fields.get("encoding"), fields.get("max_file_size"), fields.get("follow", False)
    if type(follow) is not bool:
        raise ValueError(f"'follow' is {repr(follow)[:60]}")
    return Source(
        path=read_string(fields, "path"),
        name=read_string(fields, "name"),
        encoding=None if encoding is None else read_string(fields, "encoding", "[A-Za-z0-9_.:+-]{1,60}"),
        max_file_size=None if largest is None else read_integer(fields, "max_file_size"),
        follow=follow,
    )


def format_place(place: Place) -> str:
    """A place in one line: ``120 Sheet1!A2:D2``, with the confidence of recognised text ``120~0.98 page=2``."""
    sure = "" if place.confidence is None else f"~{round(min(1.0, max(0.0, place.confidence)), 4):g}"
    return f"{place.start}{sure} {place.name}"


def parse_place(text: object) -> Place:
    """The place of such a line. Raises ValueError."""
    found = _PLACE.fullmatch(text) if isinstance(text, str) else None
    if found is None or float(found[2] or 0) > 1:
        raise ValueError("a place")
    return Place(int(found[1]), found[3], None if found[2] is None else float(found[2]))


def _fields(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{repr(value)[:60]} has no fields")
    return value
