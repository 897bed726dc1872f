"""Builds the DOCX and PDF files of examples/corpus from the plain text files in examples/sources.

It is only needed when those texts change: ``pip install python-docx reportlab``, then ``python
examples/build_corpus.py``. A source has one paragraph per line; ``#`` to ``####`` mark headings, ``|`` a table row.
Retriever and its tests import nothing from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

HERE = Path(__file__).parent
TARGETS = {
    "老旧小区加装电梯实施方案": "docx",
    "koreisha-ido-shien": "docx",
    "防汛应急预案": "pdf",
    "plan-municipal-residuos": "pdf",
}
HEADING_SIZE = {1: 18, 2: 14, 3: 12, 4: 11}


def read_blocks(source: Path) -> Iterator[tuple[int, str]]:
    """The lines of a source as pairs of heading level (0 for none) and text."""
    for line in source.read_text(encoding="utf-8").splitlines():
        words = line.lstrip("#")
        yield len(line) - len(words), words.strip()


def write_docx(source: Path, target: Path) -> None:
    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2024, 1, 1)
    for is_table, group in groupby(read_blocks(source), key=lambda block: block[1].startswith("|")):
        if is_table:
            rows = [[cell.strip() for cell in words.strip("|").split("|")] for _, words in group]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
            continue
        for level, words in group:
            if level:
                document.add_heading(words, level)
            else:
                document.add_paragraph(words)
    document.save(str(target))


def number_page(canvas: Canvas, _: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawCentredString(A4[0] / 2, 36, f"- {canvas.getPageNumber()} -")


def write_pdf(source: Path, target: Path) -> None:
    chinese = not source.stem.isascii()
    font = "STSong-Light" if chinese else "Helvetica"
    if chinese:
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    story: list[Flowable] = []
    for level, words in read_blocks(source):
        size = HEADING_SIZE.get(level, 11)
        style = ParagraphStyle(
            f"level {level}",
            fontName=font,
            fontSize=size,
            leading=size * 1.6,
            spaceBefore=size / 2,
            firstLineIndent=2 * size if chinese and not level else 0,
            wordWrap="CJK" if chinese else None,
            keepWithNext=bool(level),
        )
        story.append(Paragraph(escape(words), style))
    title = next(words for _, words in read_blocks(source))
    document = BaseDocTemplate(str(target), pagesize=A4, title=title, author="", invariant=True)
    frame = Frame(70, 70, A4[0] - 140, A4[1] - 140)
    document.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=number_page))
    document.build(story)


def main() -> None:
    for name, kind in TARGETS.items():
        source, target = HERE / "sources" / f"{name}.txt", HERE / "corpus" / f"{name}.{kind}"
        if kind == "docx":
            write_docx(source, target)
        else:
            write_pdf(source, target)


if __name__ == "__main__":
    main()
