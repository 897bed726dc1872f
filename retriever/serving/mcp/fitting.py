"""Fits lists of found things into a budget: details go first, for all of them alike, then the last of them."""

from __future__ import annotations

from typing import Any

from retriever.serving.mcp.budget import count_json_tokens, cut_text, take

Values = dict[str, Any]

# What a model can do without; programs that want it raise the budget.
DETAILS = (
    "metadata",
    "duplicates",
    "scores",
    "highlights",
    "sentence",
    "path",
    "language",
    "page",
    "end_page",
    "cited_page",
    "place",
    "recognised",
    "sources",
    "settings",
)
# Characters of names, titles and headings where one item alone is too large.
_LENGTHS = (200, 60, 20, 4)
# Never shortened: a part of an id is none, and a text is cut by itself.
_WHOLE = ("id", "passages", "previous", "next", "text")


def fit(items: list[Values], room: int) -> list[Values]:
    """The first items that fit, without their details if not all do with them. At least one, with less of its text.

    Items are hits, excerpts, passages, documents or indexes as JSON-ready values. A text that is cut stays a slice of
    the document.
    """
    if sum(count_json_tokens(item) + 1 for item in items) <= room:
        return items
    lean = [{key: value for key, value in item.items() if key not in DETAILS} for item in items]
    count = take((count_json_tokens(item) + 1 for item in lean), room)
    return lean[:count] if count or not lean else [_cut(lean[0], room)]


def _cut(item: Values, room: int) -> Values:
    """An item with shorter names, and with the start of its text."""
    has_text = "text" in item
    bare = {**item, "text": ""} if has_text else item
    for length in _LENGTHS:
        bare = {key: value if key in _WHOLE else _shorten(value, length) for key, value in bare.items()}
        # A text gets half of the room, unless the names cannot be any shorter.
        if count_json_tokens(bare) <= (room // 2 if has_text else room):
            break
    if not has_text:
        return bare
    # Counted as JSON, where quotation marks and line breaks take two characters each.
    text = cut_text(item["text"], room - count_json_tokens(bare), count_json_tokens)
    return {**bare, "text": text, "end": item["start"] + len(text)}


def _shorten(value: Any, length: int) -> Any:
    """A value with its texts, and those of its lists, cut to a length."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[: length - 1]}…"
    if isinstance(value, list):
        return [_shorten(item, length) for item in value[: max(1, length // 20)]]
    return value
