"""Parses metadata: the front matter of a text, and the numbers and booleans in cells and fields.

Values are JSON values: strings, numbers, booleans, and lists of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*(?:\r\n?|\n)(.*?)^(?:\1|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL | re.MULTILINE
)
# A line of front matter that gives one field, in YAML or TOML.
FIELD = re.compile(r"[ \t]*([\w.-]+)[ \t]*[:=](?:[ \t]+(.*?))?[ \t]*\r?")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
LANGUAGE = re.compile("([a-zA-Z]{2})(?:[-_]|$)")
# A longer block is text between two horizontal rules, not front matter.
MAX_FRONT_MATTER = 64 * 1024


def parse_front_matter(text: str, notice: Callable[[str], None]) -> tuple[dict[str, Any], int]:
    """The values of the YAML or TOML block at the beginning of ``text``, and the offset at which it ends (0 if none).

    Only scalars and lists of scalars are kept; other values are reported by ``notice``. Of a block that is not valid
    but begins with a field, the fields that can be read are kept, and that is reported. Other blocks between rules
    are text.
    """
    found = FRONT_MATTER.match(text)
    if found is None or found.end() > MAX_FRONT_MATTER:
        return {}, 0
    try:
        # The fields of TOML that can become metadata are lines of their own, and their values are YAML as well.
        values = dict(_iter_fields(found[2])) if found[1] == "+++" else _load_yaml(found[2])
    except (ValueError, RecursionError):
        if FIELD.fullmatch(found[2].split("\n", 1)[0]) is None:
            return {}, 0
        notice("the front matter is not valid; the fields that could be read were kept")
        values = dict(_iter_fields(found[2]))
    if not isinstance(values, dict):
        return {}, 0
    parsed = {str(key): _parse_value(value) for key, value in values.items()}
    nested = sorted(key for key, value in parsed.items() if value is None)
    if nested:
        notice(f"nested fields were left out of the metadata: {', '.join(nested)}")
    return {key: value for key, value in parsed.items() if value is not None}, found.end()


def _load_yaml(block: str) -> object:
    """The value of a YAML block, its scalars as strings. Raises ValueError if it is not valid."""
    import yaml

    try:
        # The base loader keeps every scalar as a string: no dates, and no "no" that means false.
        return yaml.load(block, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise ValueError("the block is not valid YAML") from error


def _iter_fields(block: str) -> Iterator[tuple[str, object]]:
    """The fields of a block of TOML or of invalid YAML, line by line."""
    for line in block.split("\n"):
        found = FIELD.fullmatch(line)
        if found is not None and found[2]:
            try:
                value = _load_yaml(found[2])
            except (ValueError, RecursionError):
                value = found[2]
            yield found[1], value if isinstance(value, str | list) else found[2]


def parse_scalar(text: str) -> str | int | float | bool:
    """The number or boolean that ``text`` is in JSON notation, else ``text`` itself."""
    found = NUMBER.fullmatch(text)
    if found is not None:
        return float(text) if found[1] else int(text)
    return {"true": True, "false": False}.get(text, text)


def parse_language(text: str) -> str:
    """The ISO 639-1 code of a language tag such as ``zh-CN``; "" for anything else."""
    found = LANGUAGE.match(text)
    return found[1].lower() if found else ""


def _parse_value(value: object) -> Any:
    if isinstance(value, str):
        return parse_scalar(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [parse_scalar(item) for item in value]
    return None
