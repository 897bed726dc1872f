"""PDF: the text layer page by page, with wrapped lines joined into paragraphs.

There is no text recognition: a scan without a text layer is reported. Page numbers are removed from the text, because
the offset of each page is recorded.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.paragraphs import Paragraph, TextLine, continues, join_lines, line_separator
from retriever.errors import ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

# PDFium is not thread-safe.
PDFIUM_LOCK = threading.Lock()
WRONG_PASSWORD = 4
# What PDFium puts into a word that it joined after a hyphen at the end of a line.
HYPHENATED = "\ufffe"
CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
PAGE_NUMBER = re.compile(
    r"[-–—·.\s]*(?:第|page)?\s*(\d{1,4})\s*(?:页|頁|ページ)?(?:\s*(?:/|of|共)\s*\d+\s*页?)?[-–—·.\s]*", re.I
)
PROPERTIES = ("Title", "Author", "Subject", "Keywords")
DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
# What programs write into properties that were not filled in.
PLACEHOLDERS = frozenset({"(unspecified)", "(anonymous)", "unspecified", "anonymous", "untitled", "(untitled)"})
GENERATED_TITLE = re.compile(r"microsoft word - .*|untitled.*|无标题|.*\.(?:docx?|pdf|tex|indd|wps)", re.I)


def read_pdf(source: Source) -> Iterator[Document]:
    """One document with the offset of each page. Its title is that of its properties."""
    data = source.read_bytes()
    with PDFIUM_LOCK:
        pages, properties = _extract(data)
    if not any(pages):
        raise ReadError("the PDF has no text layer", hint="if it is a scan, run text recognition (OCR) on it first")
    without = [str(number) for number, page in enumerate(pages, 1) if not page]
    if without:
        source.notice(f"no text on {'page' if len(without) == 1 else 'pages'} {_list_pages(without)}")
    text, starts = _join_pages([join_lines(page) for page in _drop_page_numbers(pages)])
    text, replaced = replace_unstorable(text)
    if replaced:
        source.notice(f"{replaced} characters that cannot be stored were replaced by U+FFFD")
    title = properties.pop("title", "")
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        title="" if GENERATED_TITLE.fullmatch(title) else title,
        pages=starts,
        metadata=properties,
    )


def _extract(data: bytes) -> tuple[list[list[TextLine]], dict[str, str]]:
    """The lines of every page, and the properties. Raises ReadError if the file is encrypted or broken."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == WRONG_PASSWORD:
            raise ReadError("the PDF is encrypted with a password", hint="save it without a password") from error
        raise ReadError("the file is broken or not a PDF") from error
    try:
        return [_page_lines(document, number) for number in range(len(document))], _properties(document)
    except pypdfium2.PdfiumError as error:
        raise ReadError(f"the PDF is broken: {error}") from error
    finally:
        document.close()


def _page_lines(document: PdfDocument, number: int) -> list[TextLine]:
    page: PdfPage = document[number]
    layer: PdfTextPage = page.get_textpage()
    try:
        text = layer.get_text_range()
        lines = []
        position = 0
        for raw in text.splitlines(keepends=True):
            words = raw.rstrip()
            if words.strip():
                first = position + len(raw) - len(raw.lstrip())
                lines.append(
                    _make_line(
                        layer, words.strip(), _utf16_offset(text, first), _utf16_offset(text, position + len(words) - 1)
                    )
                )
            position += len(raw)
        return lines
    finally:
        layer.close()
        page.close()


def _utf16_offset(text: str, position: int) -> int:
    """An offset as PDFium counts it: in UTF-16 code units."""
    return position if text.isascii() else position + sum(character > "\uffff" for character in text[:position])


def _make_line(layer: PdfTextPage, words: str, first: int, last: int) -> TextLine:
    limit = layer.count_chars() - 1
    left, bottom, first_right, top = layer.get_charbox(min(first, limit), loose=True)
    right = layer.get_charbox(min(last, limit), loose=True)[2]
    clean = CONTROLS.sub("", words.replace(HYPHENATED, ""))
    return TextLine(clean, left, max(right, first_right), bottom, max(top - bottom, 1.0))


def _drop_page_numbers(pages: Sequence[list[TextLine]]) -> list[list[TextLine]]:
    """The pages without page numbers: first or last lines that hold a number which increases page by page."""
    numbered = []
    for index, page in enumerate(pages):
        for line in {0, len(page) - 1} if page else ():
            number = PAGE_NUMBER.fullmatch(page[line].text)
            if number:
                numbered.append((int(number[1]) - index, index, line))
    offsets = Counter(offset for offset, _, _ in numbered)
    numbers = {(index, line) for offset, index, line in numbered if offsets[offset] > 1}
    return [[line for at, line in enumerate(page) if (index, at) not in numbers] for index, page in enumerate(pages)]


def _join_pages(pages: Sequence[list[Paragraph]]) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, with paragraphs joined across page breaks, and the offset of each page."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    last: Paragraph | None = None
    for page in pages:
        if page and last is not None:
            parts.append(line_separator(last.text, page[0].text) if continues(last, page[0]) else "\n\n")
            length += len(parts[-1])
        text = "\n\n".join(paragraph.text for paragraph in page)
        starts.append(length)
        parts.append(text)
        length += len(text)
        last = page[-1] if page else last
    return "".join(parts), tuple(starts)


def _properties(document: PdfDocument) -> dict[str, str]:
    given = document.get_metadata_dict(skip_empty=True)
    properties = {name.lower(): collapse_whitespace(given[name]) for name in PROPERTIES if name in given}
    created = DATE.match(given.get("CreationDate", ""))
    if created:
        properties["created"] = "-".join(part for part in created.groups() if part)
    return {
        name: replace_unstorable(value)[0] for name, value in properties.items() if value and value not in PLACEHOLDERS
    }


def _list_pages(numbers: list[str]) -> str:
    return ", ".join(numbers) if len(numbers) <= 10 else f"{', '.join(numbers[:10])} and {len(numbers) - 10} more"
