"""The properties of a document have the same names and forms in every format that has them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from file_makers import make_docx, make_pdf, paragraph
from ofd_maker import make_ofd, page_xml, text_object
from office_makers import make_xlsx, save_odf
from sample_files import make_epub

Read = Callable[..., Any]

AUTHOR, TITLE, DAY = "Ann Bell", "Harbour plan", "2024-03-05"


def with_properties(document: Any) -> Any:
    from datetime import datetime

    properties = getattr(document, "core_properties", None) or document.properties
    for name, value in (("author", AUTHOR), ("creator", AUTHOR), ("title", TITLE)):
        if hasattr(properties, name):
            setattr(properties, name, value)
    properties.created = properties.modified = datetime(2024, 3, 5, 8)
    return document


def as_pptx() -> bytes:
    import pptx

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "The keys"
    out = io.BytesIO()
    with_properties(deck).save(out)
    return out.getvalue()


def as_odt() -> bytes:
    from odf import dc, meta, text
    from odf.opendocument import OpenDocumentText

    document = OpenDocumentText()
    document.text.addElement(text.P(text="The keys are with the warden."))
    for element in (dc.Title(text=TITLE), meta.InitialCreator(text=AUTHOR)):
        document.meta.addElement(element)
    document.meta.addElement(meta.CreationDate(text=f"{DAY}T08:00:00"))
    document.meta.addElement(dc.Date(text=f"{DAY}T09:00:00"))
    return save_odf(document)


def as_pdf() -> bytes:
    data = make_pdf([[(72, 700, "The keys are with the warden.")]], title=TITLE)
    properties = f"/Author ({AUTHOR})/CreationDate (D:20240305080000)/ModDate (D:20240305)"
    return data.replace(b"<</Title ", f"<<{properties}/Title ".encode())


CORE = (
    f"<dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator>"
    f"<dcterms:created>{DAY}T08:00:00Z</dcterms:created><dcterms:modified>{DAY}T09:00:00Z</dcterms:modified>"
)
RTF = (
    rf"{{\rtf1\ansi{{\info{{\title {TITLE}}}{{\author {AUTHOR}}}"
    r"{\creatim\yr2024\mo3\dy5\hr8}{\revtim\yr2024\mo3\dy5}}The keys are with the warden.\par}"
)
HTML = (
    f"<html lang=en><head><title>{TITLE}</title><meta name=author content='{AUTHOR}'><meta name=date content={DAY}>"
    f"<meta property=article:modified_time content={DAY}></head><body><p>The keys.</p></body></html>"
)
MAIL = f"Subject: {TITLE}\nFrom: {AUTHOR} <a@b.example>\nDate: Tue, 5 Mar 2024 08:00:00 +0000\n\nThe keys.\n"
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"authors": [{"name": AUTHOR}], "title": TITLE},
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["The keys."]}],
    }
)
OFD = "".join(
    f"<ofd:{name}>{value}</ofd:{name}>"
    for name, value in (("Title", TITLE), ("Author", AUTHOR), ("CreationDate", DAY), ("ModDate", DAY))
)
PROSE = "<p>The keys are with the warden.</p>"
BOOK = f"<dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator><dc:date>{DAY}</dc:date>"
TEX = f"\\title{{{TITLE}}}\\author{{{AUTHOR}}}\\date{{{DAY}}}\n\\begin{{document}}\nThe keys.\n\\end{{document}}\n"

# A file of each format, and which of the dates it has; the maker of spreadsheets sets the last one itself.
BOTH = ("created", "modified")
FILES: dict[str, tuple[Callable[[], bytes | str], tuple[str, ...]]] = {
    "a.docx": (lambda: make_docx(paragraph("The keys."), core=CORE), BOTH),
    "a.xlsx": (lambda: make_xlsx({"Keys": [["Item", "2024"], ["key", 3]]}, with_properties), ("created",)),
    "a.pptx": (as_pptx, BOTH),
    "a.odt": (as_odt, BOTH),
    "a.rtf": (lambda: RTF, BOTH),
    "a.pdf": (as_pdf, BOTH),
    "a.html": (lambda: HTML, ("date", "modified")),
    "a.eml": (lambda: MAIL, ("date",)),
    "a.ipynb": (lambda: NOTEBOOK, ()),
    "a.md": (lambda: f"---\ntitle: {TITLE}\nauthor: {AUTHOR}\ndate: {DAY}\n---\n\nThe keys.\n", ("date",)),
    "a.org": (lambda: f"#+TITLE: {TITLE}\n#+AUTHOR: {AUTHOR}\n#+DATE: {DAY}\n\nThe keys.\n", ("date",)),
    "a.rst": (lambda: f"{TITLE}\n============\n\n:Author: {AUTHOR}\n:Date: {DAY}\n\nThe keys.\n", ("date",)),
    "a.adoc": (lambda: f"= {TITLE}\n:author: {AUTHOR}\n:revdate: {DAY}\n\nThe keys.\n", ("date",)),
    "a.tex": (lambda: TEX, ("date",)),
    "a.epub": (lambda: make_epub({"p.xhtml": f"<html><body>{PROSE}</body></html>"}, metadata=BOOK), ("date",)),
    "a.ofd": (lambda: make_ofd(page_xml(text_object("The keys.", 30, 30)), info=OFD), BOTH),
}


@pytest.mark.parametrize("name", FILES)
def test_properties_have_the_names_of_all_formats(read: Read, name: str) -> None:
    make, dates = FILES[name]
    document = read(name, make()).only
    assert document.title == TITLE
    assert document.metadata["author"] == AUTHOR
    for date in dates:
        assert str(document.metadata[date])[:10] == DAY, date
    others = {"title", "language", "creator", "creation-date", "initial-creator", "authors"}
    assert others.isdisjoint(document.metadata)
    if name in ("a.pdf", "a.pptx"):
        assert document.metadata["pages"] == 1
