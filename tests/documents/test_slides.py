"""Presentations: slides are pages, titles headings, notes follow their slide, tables keep their columns."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from office_makers import make_ole, make_ppt, save_odf

from retriever.errors import ReadError

Read = Callable[..., Any]
TEXT = "供水改造\n\n总体要求\n\n讲者备注\n\n第二部分\n\n水厂扩建"


def make_pptx(change: Callable[[Any], None] | None = None) -> bytes:
    import pptx

    deck = pptx.Presentation()
    for title, words, notes in (("供水改造", "总体要求", "讲者备注"), ("第二部分", "水厂扩建", "")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = words
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    deck.core_properties.title = "改造计划"
    deck.core_properties.author = "王芳"
    if change is not None:
        change(deck)
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def make_odp() -> bytes:
    from odf.draw import Frame, Page, TextBox
    from odf.namespaces import PRESENTATIONNS
    from odf.opendocument import OpenDocumentPresentation
    from odf.presentation import Notes
    from odf.style import MasterPage, PageLayout
    from odf.text import P

    deck = OpenDocumentPresentation()
    layout = PageLayout(name="L")
    deck.automaticstyles.addElement(layout)
    deck.masterstyles.addElement(MasterPage(name="M", pagelayoutname=layout))

    def add(parent: Any, words: str, kind: str = "") -> None:
        frame, box = Frame(), TextBox()
        if kind:
            frame.setAttrNS(PRESENTATIONNS, "class", kind)
        box.addElement(P(text=words))
        frame.addElement(box)
        parent.addElement(frame)

    for title, words, notes in (("供水改造", "总体要求", "讲者备注"), ("第二部分", "水厂扩建", "")):
        page = Page(masterpagename="M")
        add(page, words)
        add(page, title, "title")
        if notes:
            behind = Notes()
            add(behind, notes, "notes")
            page.addElement(behind)
        deck.presentation.addElement(page)
    return save_odf(deck)


SLIDES = [("供水改造", "总体要求", "讲者备注"), ("第二部分", "水厂扩建", "")]
DECKS: dict[str, Callable[[], bytes]] = {".pptx": make_pptx, ".odp": make_odp, ".ppt": lambda: make_ppt(SLIDES)}


@pytest.mark.parametrize("suffix", DECKS)
def test_slides_are_pages_and_titles_headings(read: Read, suffix: str) -> None:
    document = read(f"a{suffix}", DECKS[suffix]()).only
    assert document.text == TEXT
    assert [(item.level, item.text) for item in document.headings] == [(1, "供水改造"), (1, "第二部分")]
    assert document.pages == (0, TEXT.index("第二部分"))
    assert document.metadata["pages"] == 2
    assert document.title == ("改造计划" if suffix == ".pptx" else "供水改造")


def test_a_deck_keeps_tables_groups_and_pages_without_words(read: Read) -> None:
    def change(deck: Any) -> None:
        deck.slides.add_slide(deck.slide_layouts[6])
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        table = slide.shapes.add_table(2, 3, 0, 0, 9000, 9000).table
        for at, words in enumerate(("项目", "2022年", "", "供水收入", "1530", "410")):
            table.cell(at // 3, at % 3).text = words
        table.cell(0, 1).merge(table.cell(0, 2))
        group = slide.shapes.add_group_shape()
        group.shapes.add_textbox(0, 0, 900, 900).text_frame.text = "组内文字"

    document = read("a.pptx", make_pptx(change)).only
    assert document.text.endswith("项目 | 2022年 | 2022年\n供水收入 | 1530 | 410\n\n组内文字")
    assert len(document.pages) == 4
    assert document.pages[3] == document.text.index("项目")


def test_a_generated_title_is_none(read: Read) -> None:
    def change(deck: Any) -> None:
        deck.core_properties.title = "PowerPoint 演示文稿"

    assert read("a.pptx", make_pptx(change)).only.title == "供水改造"


def test_an_outline_and_an_older_version_of_a_slide(read: Read) -> None:
    assert read("a.ppt", make_ppt([("Plain title", "words\rmore\v here", "")])).only.text == (
        "Plain title\n\nwords\n\nmore\n\nhere"
    )


def test_what_cannot_be_read_says_why(read: Read) -> None:
    with pytest.raises(ReadError, match="encrypted"):
        read("a.ppt", make_ppt(SLIDES, encrypted=True))
    with pytest.raises(ReadError, match="contains no text"):
        read("b.ppt", make_ole({"PowerPoint Document": b"\0", "Current User": b"\0"}))
    with pytest.raises(ReadError, match="older than PowerPoint 97"):
        read("c.ppt", make_ole({"PP40": b"\0"}))
    with pytest.raises(ReadError, match="broken"):
        read("d.pptx", make_pptx()[:9000])


def test_raised_digits_and_formulas_of_slides_are_read(read: Read) -> None:
    def change(deck: Any) -> None:
        from lxml import etree

        line = deck.slides[0].placeholders[1].text_frame.paragraphs[0]
        for words, baseline in (("10", ""), ("3", "30000"), (" H", "0"), ("2", "-25000"), ("O: ", "")):
            run = line.add_run()
            run.text = words
            if baseline:
                run.font._element.set("baseline", baseline)
        line._p.append(etree.fromstring(FORMULA))

    text = read("a.pptx", make_pptx(change)).only.text
    assert "总体要求10^3 H₂O: E=mc²" in text


FORMULA = """<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"
xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:oMathPara><m:oMath><m:r><m:t>E=m</m:t></m:r>
<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></m:oMathPara></a14:m>"""
