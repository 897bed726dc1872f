"""Settings in TOML: a table is appended, or its lines are replaced, and every other line is left alone."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[")


def parse(text: str) -> dict[str, Any]:
    """The values of a text. Raises ValueError."""
    return tomllib.loads(text)


def set_table(text: str, table: str, name: str, values: Mapping[str, Any]) -> str:
    """The text with ``values`` as the table ``[table.name]``, in the place of one that is there.

    The result has to be checked: a table that is written in another way is not found, and then there twice.
    """
    line_break = "\r\n" if "\r\n" in text else "\n"
    written = line_break.join(_write_table(f"{table}.{_write_key(name)}", values))
    lines = text.splitlines(keepends=True)
    start, end = _find_table(lines, table, name)
    if start == end:
        gap = line_break if text and not text.endswith("\n") else ""
        return f"{text}{gap}{line_break if text.strip() else ''}{written}{line_break}"
    rest = "".join(lines[end:])
    return f"{''.join(lines[:start])}{written}{line_break}{line_break if rest else ''}{rest}"


def _find_table(lines: list[str], table: str, name: str) -> tuple[int, int]:
    """The lines of a table with the tables below it; nothing where it is not there."""
    keys = "|".join(re.escape(key) for key in {name, json.dumps(name), f"'{name}'"})
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\.\s*(?:{keys})\s*(?:\.[^\]]*)?\]")
    start = next((place for place, line in enumerate(lines) if header.match(line)), len(lines))
    end = start
    while end < len(lines) and (header.match(lines[end]) or not _HEADER.match(lines[end])):
        end += 1
    # Comments and blank lines before the next header belong to it.
    while start < end and end < len(lines) and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return start, end


def _write_table(header: str, values: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    lines = [f"[{header}]", *(f"{_write_key(key)} = {_write_value(value)}" for key, value in plain.items())]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += ["", *_write_table(f"{header}.{_write_key(key)}", value)]
    return lines


def _write_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _write_value(key)


def _write_value(value: Any) -> str:
    # Texts, numbers, true, false and lists of them are written alike in JSON, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
