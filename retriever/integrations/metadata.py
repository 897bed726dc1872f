"""Keeps the documents of frameworks, so that they come back as they were given: text, metadata, all of it.

An index keeps metadata that is text, numbers, truth values and lists of these, and leaves out white space between
passages. What else there is goes into one field of the metadata, as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from retriever import CitedDocument, Document
from retriever.errors import UsageError
from retriever.integrations.checks import show

FIELD = "_retriever"
"""The field of the metadata with what an index does not keep otherwise."""

_SPACE = re.compile(r"\s+")
_INTEGER_BITS = 64
# A list in this field is taken for the readings of words.
_READINGS = "ruby"


def pack(id: str, text: str, metadata: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> Document:
    """The document that an index keeps for one of a framework; its title and source are those of the metadata.

    ``extra`` is further JSON, which ``unpack_extra`` returns. Raises UsageError for what JSON cannot hold.
    """
    plain = {name: value for name, value in metadata.items() if name != FIELD and _is_plain(name, value)}
    rest = {name: value for name, value in metadata.items() if name not in plain}
    hidden: dict[str, Any] = {}
    if rest:
        hidden["metadata"] = rest
        _require_json(id, "metadata field", rest)
        if [*plain, *rest] != list(metadata):
            hidden["order"] = list(metadata)
    if spaces := _find_spaces(text):
        hidden["spaces"] = spaces
    if extra:
        hidden["extra"] = dict(extra)
        _require_json(id, "field", extra)
    title, source = (value if isinstance(value := metadata.get(name), str) else "" for name in ("title", "source"))
    if hidden:
        plain[FIELD] = json.dumps(hidden)
    return Document(id, text, source=source, title=title, metadata=plain)


def unpack(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata as it was given to ``pack``; that of any other document as it is."""
    plain = {name: value for name, value in metadata.items() if name != FIELD}
    hidden = _read_hidden(metadata)
    values = {**plain, **hidden.get("metadata", {})}
    order = [name for name in hidden.get("order", ()) if name in values]
    return {name: values[name] for name in dict.fromkeys([*order, *values])}


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
        # A field that somebody else has written may have longer ones.
        gap, space = passage.start - end, spaces.get(end, "")
        parts += (space if len(space) == gap else _usual(gap), passage.text)
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
        return name != _READINGS and all(not isinstance(item, list) and _is_plain("", item) for item in value)
    if isinstance(value, int):
        return type(value) in (int, bool) and value.bit_length() <= _INTEGER_BITS
    return type(value) is str or (type(value) is float and value - value == 0)


def _require_json(id: str, what: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        try:
            same = json.loads(json.dumps(value, allow_nan=False)) == value
        except (TypeError, ValueError, RecursionError):
            same = False
        if not same:
            raise UsageError(
                f"document {show(id)}: {what} {show(name)} cannot be kept: {show(value)}",
                hint="use what JSON has: text, finite numbers, true, false, null, lists, and objects with text as keys",
            )


def _read_hidden(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What ``pack`` has hidden. A field of that name with anything else, as of another program, hides nothing."""
    hidden = metadata.get(FIELD)
    try:
        values = json.loads(hidden) if isinstance(hidden, str) else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict) or not all(_HIDDEN[name](values[name]) for name in values.keys() & _HIDDEN):
        return {}
    return values


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_spaces(value: object) -> bool:
    """Whether a value says where there is white space, and no words."""
    return isinstance(value, dict) and all(
        space.isspace() and isinstance(starts, list) and all(type(start) is int for start in starts)
        for space, starts in value.items()
    )


_HIDDEN: dict[str, Callable[[object], bool]] = {
    "metadata": _is_object,
    "extra": _is_object,
    "order": _is_names,
    "spaces": _is_spaces,
}
