"""Settings in JSON that people edit: comments and trailing commas are read, and an edit leaves every other byte alone.

``parse`` gives the values with their places; ``set_value`` writes one value into the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the place of its text. Objects have their ``members``, by key; of equal keys the last counts."""

    start: int
    end: int
    value: Any
    members: dict[str, Node] = field(default_factory=dict)


def parse(text: str) -> Node:
    """The value of a text. Blank text is an empty object without a place. Raises ValueError."""
    start = _skip(text, 0)
    if start == len(text):
        return Node(start, start, {})
    node = _parse_value(text, start, 0)
    if _skip(text, node.end) != len(text):
        raise ValueError(_describe(text, _skip(text, node.end)))
    return node


def set_value(text: str, path: Sequence[str], value: Any) -> str:
    """The text with ``value`` at a path of keys; objects that are missing on the way are made.

    Raises ValueError for a text that is not JSON, and where something on the way is not an object.
    """
    root = parse(text)
    if root.start == root.end:
        return text + _write_value(_nest(path, value), "", _Style(text)) + _Style(text).line_break
    node, below = root, list(path)
    while below and below[0] in node.members:
        node = node.members[below.pop(0)]
        if below and not isinstance(node.value, dict):
            raise ValueError(f"{json.dumps(path[-len(below) - 1])} is not an object")
    if not isinstance(root.value, dict):
        raise ValueError("it is not an object")
    style = _Style(text)
    if not below:
        return text[: node.start] + _write_value(value, style.indent_at(node.start), style) + text[node.end :]
    return _insert(text, node, below[0], _nest(below[1:], value), style)


class _Style:
    """How a text is indented and how its lines end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.line_break = "\r\n" if "\r\n" in text else "\n"
        indented = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
        self.unit = indented[1] if indented else "  "

    def indent_at(self, place: int) -> str:
        """The indent of the line of a place."""
        start = self._text.rfind("\n", 0, place) + 1
        line = self._text[start:place]
        return line[: len(line) - len(line.lstrip(" \t"))]


def _nest(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _insert(text: str, node: Node, key: str, value: Any, style: _Style) -> str:
    """The text with a new member at the end of an object."""
    outer = style.indent_at(node.start)
    indent = outer + style.unit
    member = f"{json.dumps(key, ensure_ascii=False)}: {_write_value(value, indent, style)}"
    close = node.end - 1
    last = max((child.end for child in node.members.values()), default=node.start + 1)
    # After comments that follow the last member, which may be about it.
    place = last + len(text[last:close].rstrip())
    has_comma = _skip(text, last) < close
    comma = "," if node.members and not has_comma else ""
    tail = text[place:close] if "\n" in text[place:close] else style.line_break + outer
    return f"{text[:last]}{comma}{text[last:place]}{style.line_break}{indent}{member}{tail}{text[close:]}"


def _write_value(value: Any, indent: str, style: _Style) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=style.unit)
    return text.replace("\n", style.line_break + indent)


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _parse_value(text: str, start: int, depth: int) -> Node:
    if depth > _DEPTH:
        raise ValueError(f"it is nested deeper than {_DEPTH} levels")
    opening = text[start : start + 1]
    if opening == "{":
        return _parse_object(text, start, depth)
    if opening == "[":
        return _parse_array(text, start, depth)
    found = (_STRING if opening == '"' else _WORD).match(text, start)
    if found is None:
        raise ValueError(_describe(text, start))
    return Node(start, found.end(), json.loads(found[0]))


def _parse_object(text: str, start: int, depth: int) -> Node:
    members: dict[str, Node] = {}
    place = _skip(text, start + 1)
    while text[place : place + 1] != "}":
        key = _STRING.match(text, place)
        colon = _skip(text, key.end()) if key else place
        if key is None or text[colon : colon + 1] != ":":
            raise ValueError(_describe(text, colon))
        child = _parse_value(text, _skip(text, colon + 1), depth + 1)
        members[json.loads(key[0])] = child
        place = _next_item(text, child.end, "}")
    return Node(start, place + 1, {key: child.value for key, child in members.items()}, members)


def _parse_array(text: str, start: int, depth: int) -> Node:
    values = []
    place = _skip(text, start + 1)
    while text[place : place + 1] != "]":
        child = _parse_value(text, place, depth + 1)
        values.append(child.value)
        place = _next_item(text, child.end, "]")
    return Node(start, place + 1, values)


def _next_item(text: str, end: int, closing: str) -> int:
    """The place of the next item, or of the closing bracket."""
    place = _skip(text, end)
    if text[place : place + 1] == ",":
        return _skip(text, place + 1)
    if text[place : place + 1] == closing:
        return place
    raise ValueError(_describe(text, place))


def _describe(text: str, place: int) -> str:
    line = text.count("\n", 0, place) + 1
    found = repr(text[place]) if place < len(text) else "the end"
    return f"line {line}: unexpected {found}"
