"""Takes the fragments of every page and the properties out of a PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.encodings import replace_unstorable
from retriever.documents.pdf.accents import compose_accents
from retriever.documents.pdf.characters import Characters, read_characters
from retriever.documents.pdf.forms import insert_fragments, is_value, read_annotations
from retriever.documents.pdf.fragments import Fragment, cut_fragments
from retriever.documents.pdf.ink import find_ink
from retriever.documents.pdf.legibility import drop_illegible, is_legible
from retriever.documents.pdf.lines import sort_lines
from retriever.documents.pdf.orientation import split_by_direction
from retriever.documents.pdf.thin_text import widen_text
from retriever.errors import ReadError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

WRONG_PASSWORD = 4
# Fewer characters on a page may be a stamp or a number on a scan, which an image covers by so much.
STAMP, COVERED = 100, 0.6
PROPERTIES = ("Title", "Author", "Subject", "Keywords")
DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
DATES = {"CreationDate": "created", "ModDate": "modified"}
# What programs write into properties that were not filled in.
PLACEHOLDERS = frozenset({"(unspecified)", "(anonymous)", "unspecified", "anonymous", "untitled", "(untitled)"})
GENERATED_TITLE = re.compile(r"microsoft word - .*|untitled.*|无标题|.*\.(?:docx?|pdf|tex|indd|wps)", re.I)


@dataclass(frozen=True, slots=True)
class Page:
    """The fragments of a page by direction of writing, the one of most text first.

    ``legible`` is false for a page whose characters are not text; ``dropped`` counts those of the parts that are not.
    ``is_picture`` is true for a page whose text has to be recognised: there is none, or no more than a stamp on a scan.
    """

    parts: list[list[Fragment]] = field(default_factory=list)
    legible: bool = True
    dropped: int = 0
    is_picture: bool = False


def extract(data: bytes) -> tuple[list[Page], dict[str, str]]:
    """Every page, and the properties. Raises ReadError if the file is encrypted or broken."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == WRONG_PASSWORD:
            raise ReadError("the PDF is encrypted with a password", hint="save it without a password") from error
        raise ReadError("the file is broken or not a PDF") from error
    try:
        if document.get_formtype():
            document.init_forms()
        return [_read_page(document, number) for number in range(len(document))], _read_properties(document)
    except pypdfium2.PdfiumError as error:
        raise ReadError(f"the PDF is broken: {error}") from error
    finally:
        document.close()


def _read_page(document: PdfDocument, number: int) -> Page:
    page: PdfPage = document[number]
    try:
        widen_text(page)
        characters = _read_layer(page)
        added = read_annotations(document, page)
        if not is_legible(characters.codes):
            return Page([added] if any(map(is_value, added)) else [], legible=False, is_picture=True)
        parts = split_by_direction(characters)
        is_picture = len(find_ink(characters.codes)) < STAMP and _is_picture(page, any(part for part in parts))
    finally:
        page.close()
    found: list[list[Fragment]] = []
    dropped = 0
    for part in parts:
        fragments, lost = drop_illegible(cut_fragments(compose_accents(part.characters)))
        dropped += lost
        # PDFium orders what it takes for lines from the left, which parts turned lines.
        found.append(sort_lines(fragments) if part.angle else fragments)
    if not found and not any(map(is_value, added)):
        added = []
    if added:
        found[:1] = [insert_fragments(found[0] if found else [], added)]
    return Page([part for part in found if part], dropped=dropped, is_picture=is_picture)


def _is_picture(page: PdfPage, has_text: bool) -> bool:
    """Whether anything is drawn on a page; on one with text, whether an image covers most of it."""
    import pypdfium2.raw as pdfium

    if not has_text:
        return next(page.get_objects(max_depth=1), None) is not None
    width, height = page.get_size()
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) >= COVERED * width * height:
            return True
    return False


def _read_layer(page: PdfPage) -> Characters:
    layer = page.get_textpage()
    try:
        return read_characters(layer)
    finally:
        layer.close()


def _read_properties(document: PdfDocument) -> dict[str, str]:
    given = {name: _read_property(document, name) for name in (*PROPERTIES, *DATES)}
    properties = {name.lower(): collapse_whitespace(given[name]) for name in PROPERTIES}
    if GENERATED_TITLE.fullmatch(properties.get("title", "")):
        del properties["title"]
    for name, ours in DATES.items():
        date = DATE.match(given[name])
        if date:
            properties[ours] = "-".join(part for part in date.groups() if part)
    return {
        name: replace_unstorable(value)[0] for name, value in properties.items() if value and value not in PLACEHOLDERS
    }


def _read_property(document: PdfDocument, name: str) -> str:
    try:
        value: str = document.get_metadata_value(name)
    except UnicodeDecodeError:
        # Half a character; a title that is damaged is none.
        return ""
    return value
