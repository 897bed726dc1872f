"""The styles of a DOCX: which paragraphs are headings, of which level, and which are items of a numbered list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Word stores the English names of built-in styles whatever its language; other programs translate them.
HEADING_NAME = re.compile(
    r"(?:heading|标题|標題|見出し|제목|überschrift|titre|título|заголовок) ?([1-9])", re.IGNORECASE
)
TITLE_NAMES = frozenset({"title", "标题", "標題", "表題"})
# A chain of base styles longer than this is assumed to be circular.
MAX_DEPTH = 20


class Styles:
    """The paragraph styles of one document, by their id."""

    def __init__(self, root: _Element | None) -> None:
        styles = root.iterchildren(W + "style") if root is not None else ()
        self._styles = {str(style.get(W + "styleId")): style for style in styles}

    def level(self, paragraph: _Element) -> int | None:
        """The heading level from 1; 0 for the document's title, None for a paragraph that is not a heading."""
        own = _outline_level(paragraph)
        if own is not None:
            return own if own <= 9 else None
        for style in self._chain(paragraph):
            name = get_value(style.find(W + "name")).strip()
            if name.lower() in TITLE_NAMES:
                return 0
            numbered = HEADING_NAME.fullmatch(name)
            if numbered:
                return int(numbered[1])
            outline = _outline_level(style)
            if outline is not None:
                return outline if outline <= 9 else None
        return None

    def numbering(self, paragraph: _Element) -> tuple[str, int | None, str]:
        """The id of the paragraph's list, its level in the list, and the id of the style that sets them.

        The list id is empty for a paragraph outside lists. The level is None if the list ties it to the style.
        """
        for element in (paragraph, *self._chain(paragraph)):
            given = element.find(f"{W}pPr/{W}numPr")
            if given is not None:
                level = get_value(given.find(W + "ilvl"))
                number = get_value(given.find(W + "numId"))
                return number, int(level) if level.isdigit() else None, str(element.get(W + "styleId") or "")
        return "", None, ""

    def is_hidden(self, run: _Element) -> bool:
        """Whether a run is hidden text, by itself or by its character style."""
        properties = run.find(W + "rPr")
        if properties is None:
            return False
        style = self._styles.get(get_value(properties.find(W + "rStyle")))
        own = properties.find(W + "vanish")
        if own is None and style is not None:
            own = style.find(f"{W}rPr/{W}vanish")
        return own is not None and get_value(own) not in {"0", "false", "off"}

    def _chain(self, paragraph: _Element) -> Iterator[_Element]:
        """The paragraph's style, the style that it is based on, and so on."""
        style = self._styles.get(get_value(paragraph.find(f"{W}pPr/{W}pStyle")))
        for _ in range(MAX_DEPTH):
            if style is None:
                return
            yield style
            style = self._styles.get(get_value(style.find(W + "basedOn")))


def _outline_level(element: _Element) -> int | None:
    """The outline level of a paragraph or style as a heading level; 10 for body text, None if not set."""
    level = get_value(element.find(f"{W}pPr/{W}outlineLvl"))
    return int(level) + 1 if level.isdigit() else None


def get_value(element: _Element | None) -> str:
    """The ``w:val`` of an element; empty if there is none."""
    return "" if element is None else str(element.get(W + "val") or "")
