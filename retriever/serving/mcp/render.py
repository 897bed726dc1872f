"""Compact text for models: passages with number, citation, trail of headings and id."""

from __future__ import annotations

import re

from retriever import LIKELY, CitedPassage, Hit

# Of a trail of headings; some documents have whole paragraphs as headings.
_MAX_TRAIL = 200
_MAX_PLACE = 400
# A line of a document that reads as one about a hit.
_LIKE_A_HEAD = re.compile(
    r"(?:\A|(?<=[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]))(?=[^\w\[［【〔\n\r]{0,99}[\[［【〔]\W{0,9}\d)"
)


def describe_place(item: Hit | CitedPassage) -> str:
    """Where a passage stands: its citation, and its title and headings, a title that is the first of them once."""
    names = item.heading if item.heading[:1] == (item.title,) else (item.title, *item.heading)
    trail = " › ".join(name for name in names if name)
    parts = [shorten(item.citation, _MAX_PLACE), shorten(trail, _MAX_TRAIL)]
    return " · ".join(part for part in parts if part)


def render_hit(hit: Hit, index: str = "") -> str:
    """A hit: one line about it, then its text. ``index`` is told where there are several.

    A line of the text that looks like one about a hit is quoted, so that no document can make up another hit.
    """
    parts = [f"[{hit.rank}] {describe_place(hit)}", f"score {hit.score:.2f}", f"id {hit.id}"]
    if index:
        parts.append(f"index {index}")
    if hit.duplicates:
        parts.append(f"{len(hit.duplicates)} near-duplicate{'s' if len(hit.duplicates) > 1 else ''}")
    return f"{' · '.join(parts)}\n{_LIKE_A_HEAD.sub('> ', hit.text)}\n"


def describe_doubt(best: float | None) -> str:
    """A line about hits that do not seem to answer; empty if there is nothing to say."""
    if best is None:
        return "nothing found: no passage shares a word or a meaning with the query"
    if best < LIKELY:
        return f"nothing here seems to answer: no passage scores {LIKELY} or more"
    return ""


def shorten(text: str, length: int) -> str:
    """A text on one line, cut with a mark."""
    flat = " ".join(text[: 2 * length].split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
