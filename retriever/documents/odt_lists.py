"""The numbers of the lists of an ODT, which the file does not hold as text."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from retriever.documents.blocks import CJK_CHARACTER
from retriever.documents.counts import parse_count
from retriever.documents.docx_numbering import format_number
from retriever.documents.opendocument import STYLE, TEXT

if TYPE_CHECKING:
    from lxml.etree import _Element

NUMBER = TEXT + "list-level-style-number"
FORMATS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "一, 二, 三, ...": "chineseCounting",
    "壹, 贰, 叁, ...": "chineseCounting",
}
MAX_LEVELS = 10


class ListNumbers:
    """Counts the items of lists."""

    def __init__(self, content: _Element, styles: _Element | None) -> None:
        self._levels: dict[tuple[str, int], _Element] = {}
        for root in [content] if styles is None else [styles, content]:
            for style in root.iter(TEXT + "list-style"):
                for level in style.iterchildren(NUMBER):
                    self._levels[str(style.get(STYLE + "name")), _read(level, "level", 1)] = level
        self._counts: dict[str, list[int]] = defaultdict(lambda: [0] * (MAX_LEVELS + 1))

    def begin(self, element: _Element, style: str, level: int) -> None:
        """Count from the start again, unless the list goes on with one before."""
        if level <= MAX_LEVELS and element.get(TEXT + "continue-numbering") != "true":
            goes_on = level == 1 and element.get(TEXT + "continue-list") is not None
            if not goes_on:
                found = self._levels.get((style, level))
                start = 1 if found is None else _read(found, "start-value", 1)
                self._counts[style][level] = start - 1

    def next_label(self, style: str, level: int, item: _Element) -> str:
        """The label of the next item, with a space behind it; "" for one without a number."""
        found = self._levels.get((style, level))
        if level > MAX_LEVELS:
            return ""
        counts = self._counts[style]
        given = _read(item, "start-value", 0)
        counts[level] = given or counts[level] + 1
        if found is None:
            return ""
        shown = min(max(_read(found, "display-levels", 1), 1), level)
        parts = [self._show(style, at, counts[at]) for at in range(level - shown + 1, level + 1)]
        label = ".".join(part for part in parts if part)
        before, behind = (str(found.get(STYLE + name) or "")[:20] for name in ("num-prefix", "num-suffix"))
        label = f"{before}{label}{behind}" if label else ""
        return label if not label or CJK_CHARACTER.match(label[-1]) else f"{label} "

    def _show(self, style: str, level: int, count: int) -> str:
        found = self._levels.get((style, level))
        kind = "" if found is None else str(found.get(STYLE + "num-format") or "")
        return format_number(count, FORMATS[kind]) if kind in FORMATS and count > 0 else ""


def _read(element: _Element, name: str, default: int) -> int:
    return parse_count(element.get(TEXT + name), default, digits=5)
