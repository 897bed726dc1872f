"""Metadata as files write it: the front matter of a text, and cells and fields as numbers where they are.

Values are what JSON can hold: strings, numbers, booleans, and lists of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
# A longer block is a text between two rules, not front matter.
MAX_FRONT_MATTER = 64 * 1024


def parse_front_matter(text: str, notice: Callable[[str], None]) -> tuple[dict[str, Any], int]:
    """The YAML block that ``text`` opens with, and the offset at which it ends (0 where there is none).

    Of its values the scalars and the lists of scalars are kept. ``notice`` is told of others, and of a block that
    does not parse; it is then text like any other.
    """
    found = FRONT_MATTER.match(text)
    if found is None or found.end() > MAX_FRONT_MATTER:
        return {}, 0
    import yaml

    try:
        # The base loader takes every scalar as it is written: no dates, and no "no" that means false.
        values = yaml.load(found[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        notice("the front matter is not valid YAML and was left as text")
        return {}, 0
    if not isinstance(values, dict):
        return {}, 0
    kept = {str(key): _parse_value(value) for key, value in values.items()}
    nested = sorted(key for key, value in kept.items() if value is None)
    if nested:
        notice(f"nested fields were left out of the metadata: {', '.join(nested)}")
    return {key: value for key, value in kept.items() if value is not None}, found.end()


def parse_scalar(text: str) -> str | int | float | bool:
    """A number or a boolean where ``text`` is plainly one in JSON's notation, else ``text`` itself."""
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
