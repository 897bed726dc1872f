"""Parses metadata: the front matter of a text, and the numbers and booleans in cells and fields.

Values are JSON values: strings, numbers, booleans, and lists of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
# A longer block is text between two horizontal rules, not front matter.
MAX_FRONT_MATTER = 64 * 1024


def parse_front_matter(text: str, notice: Callable[[str], None]) -> tuple[dict[str, Any], int]:
    """The values of the YAML block at the beginning of ``text``, and the offset at which it ends (0 if there is none).

    Only scalars and lists of scalars are kept; other values are reported by ``notice``. So is a block that is not
    valid YAML, which is then treated as text.
    """
    found = FRONT_MATTER.match(text)
    if found is None or found.end() > MAX_FRONT_MATTER:
        return {}, 0
    import yaml

    try:
        # The base loader keeps every scalar as a string: no dates, and no "no" that means false.
        values = yaml.load(found[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        notice("the front matter is not valid YAML and was kept as text")
        return {}, 0
    if not isinstance(values, dict):
        return {}, 0
    parsed = {str(key): _parse_value(value) for key, value in values.items()}
    nested = sorted(key for key, value in parsed.items() if value is None)
    if nested:
        notice(f"nested fields were left out of the metadata: {', '.join(nested)}")
    return {key: value for key, value in parsed.items() if value is not None}, found.end()


def parse_scalar(text: str) -> str | int | float | bool:
    """The number or boolean that ``text`` is in JSON notation, else ``text`` itself."""
    found = NUMBER.fullmatch(text)
    if found is not None:
        return float(text) if found[1] else int(text)
    return {"true": True, "false": False}.get(text, text)


def _parse_value(value: object) -> Any:
    if isinstance(value, str):
        return parse_scalar(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [parse_scalar(item) for item in value]
    return None
