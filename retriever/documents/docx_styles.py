"""Which paragraphs of a DOCX are headings: by their outline level, or by the style that they are set in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The names of the built-in styles are English in every language of Word; other programs translate them.
HEADING_NAME = re.compile(
    r"(?:heading|标题|標題|見出し|제목|überschrift|titre|título|заголовок) ?([1-9])", re.IGNORECASE
)
TITLE_NAMES = frozenset({"title", "标题", "標題", "表題"})
# Styles that build on one another deeper than this do so in a circle.
DEPTH = 20


class Styles:
    """The paragraph styles of one document, by their id."""

    def __init__(self, root: _Element | None) -> None:
        styles = root.iterchildren(W + "style") if root is not None else ()
        self._styles = {str(style.get(W + "styleId")): style for style in styles}

    def level(self, paragraph: _Element) -> int | None:
        """The heading level from 1, 0 for the document's title, None for a paragraph that is no heading."""
        own = _outline_level(paragraph)
        if own is not None:
            return own if own <= 9 else None
        style = self._styles.get(_value(paragraph.find(f"{W}pPr/{W}pStyle")))
        for _ in range(DEPTH):
            if style is None:
                return None
            name = _value(style.find(W + "name")).strip()
            if name.lower() in TITLE_NAMES:
                return 0
            numbered = HEADING_NAME.fullmatch(name)
            if numbered:
                return int(numbered[1])
            outline = _outline_level(style)
            if outline is not None:
                return outline if outline <= 9 else None
            style = self._styles.get(_value(style.find(W + "basedOn")))
        return None


def _outline_level(element: _Element) -> int | None:
    """The outline level of a paragraph or style as a heading level; 10 where it is set to body text."""
    value = _value(element.find(f"{W}pPr/{W}outlineLvl"))
    return int(value) + 1 if value.isdigit() else None


def _value(element: _Element | None) -> str:
    return "" if element is None else str(element.get(W + "val") or "")
