"""DOCX: all visible text in order, headings by style and level, and clear errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from file_makers import STYLES, W, make_docx, paragraph

from retriever.errors import ReadError

Read = Callable[..., Any]


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_paragraphs_and_headings_come_in_order(read: Read) -> None:
    body = (
        paragraph("实施方案", "a0")
        + paragraph("一、范围", "a1")
        + paragraph("正文第一段。")
        + paragraph("（一）对象", "own")
        + f'<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>{run("三级")}</w:p>'
        + f'<w:p><w:pPr><w:pStyle w:val="a1"/><w:outlineLvl w:val="9"/></w:pPr>{run("不是标题")}</w:p>'
        + paragraph("也不是", "loop")
        + paragraph("也不是", "missing")
        + paragraph("", "a1")
    )
    document = read("a.docx", make_docx(body)).only
    assert document.text == "\n\n".join(
        ["实施方案", "一、范围", "正文第一段。", "（一）对象", "三级", "不是标题", "也不是", "也不是"]
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "实施方案"),
        (2, "一、范围"),
        (3, "（一）对象"),
        (4, "三级"),
    ]
    assert all(document.text[heading.start : heading.end] == heading.text for heading in document.headings)
    assert document.title == "实施方案"


def test_text_is_read_at_any_depth(read: Read) -> None:
    body = (
        f"<w:p>{run('甲')}<w:ins>{run('乙')}</w:ins><w:del><w:r><w:delText>删</w:delText></w:r></w:del>"
        f"<w:hyperlink>{run('丙')}</w:hyperlink><w:r><w:tab/><w:t>丁</w:t><w:br/><w:t>戊</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{paragraph('控件')}</w:sdtContent></w:sdt>"
        "<w:p><w:r><mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
        f"<mc:Choice><w:txbxContent>{paragraph('框')}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent>{paragraph('框')}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read("a.docx", make_docx(body)).only.text == "甲乙丙\t丁\n戊\n\n控件\n\n框"


def test_tables_are_rows_of_text(read: Read) -> None:
    def cell(text: str) -> str:
        return f"<w:tc>{paragraph(text)}</w:tc>"

    nested = f"<w:tc><w:tbl><w:tr>{cell('内')}{cell('层')}</w:tr></w:tbl><w:p/></w:tc>"
    body = (
        paragraph("前")
        + f"<w:tbl><w:tr>{cell('楼层')}{cell('系数')}</w:tr><w:sdt><w:sdtContent><w:tr>{nested}{cell('')}</w:tr>"
        "</w:sdtContent></w:sdt></w:tbl>" + paragraph("后")
    )
    assert read("a.docx", make_docx(body)).only.text == "前\n\n楼层 | 系数\n内 层 |\n\n后"


def test_footnotes_come_at_the_end(read: Read) -> None:
    notes = (
        f"<w:footnotes {W}><w:footnote w:type='separator'>{paragraph('线')}</w:footnote>"
        f"<w:footnote>{paragraph('注一')}</w:footnote></w:footnotes>"
    )
    document = read("a.docx", make_docx(paragraph("正文"), parts={"word/footnotes.xml": notes})).only
    assert document.text == "正文\n\n注一"


def test_properties_become_metadata(read: Read) -> None:
    core = "<dc:title>名称</dc:title><dc:creator>某局</dc:creator><dcterms:created>2024-01-02</dcterms:created>"
    document = read("a.docx", make_docx(paragraph("正文"), core=core)).only
    assert (document.title, document.metadata) == ("名称", {"author": "某局", "created": "2024-01-02"})
    assert document.headings is None


def test_strict_documents_are_read(read: Read) -> None:
    strict = W.replace("http://schemas.openxmlformats.org/wordprocessingml/2006/main", STRICT)
    main = f"<w:document {strict}><w:body>{paragraph('一、标题', 'a1')}</w:body></w:document>"
    document = read("a.docx", make_docx("", parts={"word/document.xml": main, "word/styles.xml": STYLES})).only
    assert [heading.text for heading in document.headings] == ["一、标题"]


STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
BOMB = '<!DOCTYPE b [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"word/document.xml": "<w:document"}, "broken"),
        ({"word/document.xml": ""}, "broken"),
        ({"word/document.xml": f"<w:document {W}><w:body/></w:document>"}, "no text"),
        ({"word/document.xml": f"{BOMB}<w:document {W}><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:document>"}, "no text"),
        ({"_rels/.rels": "<r/>", "word/document.xml": "<x>" * 200 + "</x>" * 200}, "no text"),
        ({"_rels/.rels": "<r/>", "word/document.xml": "<x>" * 5000 + "</x>" * 5000}, "broken"),
    ],
)
def test_broken_parts_are_refused(read: Read, parts: dict[str, str], reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.docx", make_docx("", parts=parts))


def test_a_part_that_unpacks_too_large_is_refused(read: Read) -> None:
    data = make_docx(paragraph("x" * 1_000_000))
    with pytest.raises(ReadError, match="too large"):
        read("a.docx", data, max_file_size=100_000)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_refused(read: Read, cut: float) -> None:
    data = make_docx(paragraph("正文"))
    with pytest.raises(ReadError, match="cannot be unpacked"):
        read("a.docx", data[: int(len(data) * cut)])


def test_a_damaged_file_is_refused(read: Read) -> None:
    data = bytearray(make_docx(paragraph("正文内容" * 500)))
    place = data.index(b"word/document.xml") + 40
    data[place : place + 20] = bytes(20)
    with pytest.raises(ReadError):
        read("a.docx", bytes(data))


def test_a_spreadsheet_is_refused(read: Read) -> None:
    parts = {"_rels/.rels": "<r/>", "word/document.xml": "<x/>"}
    with pytest.raises(ReadError):
        read("a.docx", make_docx("", parts=parts))
