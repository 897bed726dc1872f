"""Keeps the documents of frameworks, so that they come back as they were given: text, metadata, all of it.

An index keeps metadata that is text, numbers, truth values and lists of these, and leaves out white space between
passages. What else there is goes into one field of the metadata, as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from retriever import CitedDocument, Document
from retriever.errors import UsageError

FIELD = "_retriever"
"""The field of the metadata with what an index does not keep otherwise."""

_SPACE = re.compile(r"\s+")
_INTEGER_BITS = 64
# A list in this field is taken for the readings of words.
_READINGS = "ruby"


def pack(id: str, text: str, metadata: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> Document:
    """The document that an index keeps for one of a framework; its title and source are those of the metadata.

    ``extra`` is further JSON, which ``unpack_extra`` returns. Raises UsageError for metadata that JSON cannot hold.
    """
    plain = {name: value for name, value in metadata.items() if name != FIELD and _is_plain(name, value)}
    rest = {name: value for name, value in metadata.items() if name not in plain}
    hidden: dict[str, Any] = {}
    if rest:
        hidden["metadata"] = rest
        _require_json(id, rest)
    if spaces := _find_spaces(text):
        hidden["spaces"] = spaces
    if extra:
        hidden["extra"] = dict(extra)
    title, source = (value if isinstance(value := metadata.get(name), str) else "" for name in ("title", "source"))
    if hidden:
        plain[FIELD] = json.dumps(hidden)
    return Document(id, text, source=source, title=title, metadata=plain)


def unpack(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata as it was given to ``pack``; that of any other document as it is."""
    plain = {name: value for name, value in metadata.items() if name != FIELD}
    return {**plain, **_read_hidden(metadata).get("metadata", {})}


def unpack_extra(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The ``extra`` that was given to ``pack``."""
    return dict(_read_hidden(metadata).get("extra", {}))


def restore_text(document: CitedDocument) -> str:
    """The text that was given to ``pack``; of a document of a file with line breaks for white space."""
    hidden = _read_hidden(document.metadata)
    if document.path is not None:
        return document.text
    spaces = {start: space for space, starts in hidden.get("spaces", {}).items() for start in starts}
    parts: list[str] = []
    end = 0
    for passage in document.passages:
        parts += (spaces.get(end, _usual(passage.start - end)), passage.text)
        end = passage.end
    return "".join([*parts, spaces.get(end, "")])


def _find_spaces(text: str) -> dict[str, list[int]]:
    """Where white space is that a passage may leave out, unless it is the usual one; always that at the end."""
    spaces: dict[str, list[int]] = {}
    for match in _SPACE.finditer(text):
        if match[0] != _usual(len(match[0])) or match.end() == len(text):
            spaces.setdefault(match[0], []).append(match.start())
    return spaces


def _usual(length: int) -> str:
    """The white space of a length that is most frequent between passages."""
    return " " if length == 1 else "\n" * length


def _is_plain(name: str, value: object) -> bool:
    """Whether an index keeps a value as it is."""
    if isinstance(value, list):
        return name != _READINGS and all(_is_plain("", item) and not isinstance(item, list) for item in value)
    if isinstance(value, int):
        return type(value) in (int, bool) and value.bit_length() <= _INTEGER_BITS
    return type(value) is str or (type(value) is float and value - value == 0)


def _require_json(id: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        try:
            same = json.loads(json.dumps(value, allow_nan=False)) == value
        except (TypeError, ValueError, RecursionError):
            same = False
        if not same:
            raise UsageError(
                f"document {id!r}: metadata field {name!r} cannot be kept: {value!r}",
                hint="use what JSON has: text, finite numbers, true, false, null, lists, and objects with text as keys",
            )


def _read_hidden(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What ``pack`` has hidden. A field of that name that it has not written hides nothing."""
    hidden = metadata.get(FIELD)
    try:
        values = json.loads(hidden) if isinstance(hidden, str) else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
