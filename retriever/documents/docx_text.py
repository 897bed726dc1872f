"""The text of a paragraph of a DOCX: its runs at any depth, with symbols, formulas, boxes, raised and lowered text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.docx_styles import Styles, W, get_value
from retriever.documents.drawingml import FALLBACK
from retriever.documents.formula import Piece, join_pieces
from retriever.documents.office_math import M, read_formula
from retriever.documents.symbols import EMPTY_BOX, TICKED_BOX, is_symbol_font, translate_private, translate_symbols
from retriever.text.readings import Reading

if TYPE_CHECKING:
    from lxml.etree import _Element

# Elements whose text is not part of the document, or is repeated elsewhere.
SKIPPED = frozenset(
    (
        *(W + name for name in ("del", "moveFrom", "pPr", "rPr", "txbxContent", "instrText", "sdtPr", "rt")),
        FALLBACK,
    )
)
CHARACTERS = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
SOFT_HYPHEN = "\xad"
OFF = frozenset({"0", "false", "off"})
FORMULAS = frozenset((M + "oMath", M + "oMathPara"))


def read_paragraph(paragraph: _Element, styles: Styles, readings: list[Reading]) -> str:
    """The text of a paragraph, without that of text boxes. Ruby readings are appended to ``readings``."""
    return join_pieces(_Pieces(styles, readings).iter(paragraph)).replace(SOFT_HYPHEN, "")


def is_deleted(paragraph: _Element) -> bool:
    """Whether tracked changes have deleted the end of a paragraph, which makes it a part of the next one."""
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None


class _Pieces:
    """Walks a paragraph."""

    def __init__(self, styles: Styles, readings: list[Reading]) -> None:
        self._styles = styles
        self._readings = readings

    def iter(self, element: _Element) -> Iterator[Piece]:
        for child in element:
            if child.tag == W + "r":
                yield from self._iter_run(child)
            elif child.tag in FORMULAS:
                yield "", read_formula(child)
            elif child.tag == W + "ruby":
                yield "", self._read_ruby(child)
            elif child.tag not in SKIPPED:
                yield from self.iter(child)

    def _iter_run(self, run: _Element) -> Iterator[Piece]:
        properties = run.find(W + "rPr")
        if self._styles.is_hidden(run):
            return
        place, font = _read_place(properties), _read_font(properties)
        for child in run:
            if child.tag == W + "t":
                yield place, _read_characters(child.text or "", font)
            elif child.tag == W + "sym":
                yield place, _read_symbol(child)
            elif child.tag in CHARACTERS:
                yield "", CHARACTERS[child.tag]
            elif child.tag == W + "fldChar":
                yield "", _read_field(child)
            elif child.tag == W + "ruby":
                yield place, self._read_ruby(child)
            elif child.tag not in SKIPPED:
                yield from self.iter(child)

    def _read_ruby(self, ruby: _Element) -> str:
        """The word of a ruby annotation; its reading is kept apart."""
        base, reading = (
            "".join(text for part in ruby.iterchildren(W + name) for _, text in self.iter(part))
            for name in ("rubyBase", "rt")
        )
        if base.strip() and reading.strip():
            self._readings.append(Reading(base.strip(), reading.strip()))
        return base


def _read_place(properties: _Element | None) -> str:
    return get_value(properties.find(W + "vertAlign")) if properties is not None else ""


def _read_font(properties: _Element | None) -> str:
    fonts = properties.find(W + "rFonts") if properties is not None else None
    return "" if fonts is None else str(fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or "")


def _read_characters(text: str, font: str) -> str:
    return translate_symbols(text, font) if is_symbol_font(font) else translate_private(text)


def _read_symbol(symbol: _Element) -> str:
    font, code = str(symbol.get(W + "font") or ""), str(symbol.get(W + "char") or "")
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    if "\ud800" <= character <= "\udfff" or character < " ":
        return ""
    return _read_characters(character, font)


def _read_field(field: _Element) -> str:
    """What a form field of the older kind shows that is not in its runs: a tick, or the entry chosen from a list."""
    box = field.find(f"{W}ffData/{W}checkBox")
    if box is not None:
        ticked = box.find(W + "checked")
        ticked = ticked if ticked is not None else box.find(W + "default")
        return TICKED_BOX if ticked is not None and get_value(ticked) not in OFF else EMPTY_BOX
    entries = field.find(f"{W}ffData/{W}ddList")
    if entries is None:
        return ""
    chosen = get_value(entries.find(W + "result")) or get_value(entries.find(W + "default")) or "0"
    texts = [get_value(entry) for entry in entries.iterchildren(W + "listEntry")]
    return next((text for number, text in enumerate(texts) if str(number) == chosen), "")
