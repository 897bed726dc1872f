"""Parses JSON of an index or an export, and takes values out of it with the types and ranges that they have to have.

The text may come from anybody. Every failure is a ValueError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

# No value that is written here nests deeper, but metadata of a document may be anything.
DEPTH = 200
# JSON numbers above this one are not exact everywhere.
MOST = 1 << 53


def parse_json(data: bytes | str, *, depth: int = DEPTH, most: int | None = None) -> Any:
    """The value of a JSON text, in UTF-8 if it is bytes.

    Both limits are looked at before the text is parsed: the parser takes a frame of the C stack for each level, of
    which there are as many as the program around it has left, and a list of three characters takes sixty bytes.

    Raises ValueError, also for a text that nests deeper than ``depth`` or has more than ``most`` objects and lists.
    """
    text = data.decode("utf-8", "surrogatepass") if isinstance(data, bytes) else data
    if not isinstance(text, str):
        raise ValueError("the text is not a string")
    brackets = text.count("[") + text.count("{")
    if most is not None and brackets > most:
        raise ValueError(f"there are more than {most:,} objects and lists")
    if brackets > depth and _depth(text) > depth:
        raise ValueError(f"values are nested deeper than {depth}")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("values are nested too deeply") from error


def read_integer(values: Mapping[str, Any], name: str, most: int = MOST, least: int = 0) -> int:
    """An integer from ``least`` to ``most``. Raises ValueError."""
    value = values.get(name)
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name!r} is {_show(value)}")
    return value


def read_number(values: Mapping[str, Any], name: str, most: float) -> float:
    """A number from 0 to ``most``. Raises ValueError."""
    value = values.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{name!r} is {_show(value)}")
    return float(value)


def read_string(values: Mapping[str, Any], name: str, pattern: str = "(?s).*") -> str:
    """A string that the pattern matches as a whole. Raises ValueError."""
    value = values.get(name)
    if type(value) is not str or not re.fullmatch(pattern, value):
        raise ValueError(f"{name!r} is {_show(value)}")
    return value


def read_list(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects. Raises ValueError."""
    value = values.get(name)
    if type(value) is not list or not all(type(part) is dict for part in value):
        raise ValueError(f"{name!r} is {_show(value)}")
    return value


def _depth(text: str) -> int:
    """The deepest level of brackets outside of strings."""
    bare = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(bare.split('"')[::2])
    marks = np.frombuffer(outside.encode("utf-8", "surrogatepass"), np.uint8)
    opening = (marks == ord("[")) | (marks == ord("{"))
    closing = (marks == ord("]")) | (marks == ord("}"))
    return int(np.cumsum(opening.astype(np.int8) - closing, dtype=np.int32).max(initial=0))


def _show(value: object) -> str:
    shown = f"{value!r:.60}" if type(value) in (int, float, str, bool, type(None)) else type(value).__name__
    return shown[:60]
