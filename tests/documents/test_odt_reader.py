"""ODT: headings, list numbers, tables, notes; nothing that is deleted or a comment."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from office_makers import change_parts

from retriever.errors import ReadError

Read = Callable[..., Any]
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{of}:1.0"'
    for name, of in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("draw", "drawing"),
        ("meta", "meta"),
    )
)
STYLES = """<office:automatic-styles>
<style:style style:name="P1" style:parent-style-name="Title"/>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/>
<text:list-level-style-number text:level="2" style:num-format="1" style:num-suffix="." text:display-levels="1"/>
</text:list-style></office:automatic-styles>"""


def make_odt(body: str, *, meta: str = "", manifest: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        package.writestr(
            "content.xml",
            f"<office:document-content {SPACES}>{STYLES}<office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
        )
        package.writestr("meta.xml", f'<office:document-meta {SPACES} xmlns:dc="dc">{meta}</office:document-meta>')
        package.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        for name, part in (parts or {}).items():
            package.writestr(name, part)
    return buffer.getvalue()


def test_headings_paragraphs_and_the_title(read: Read) -> None:
    document = read(
        "a.odt",
        make_odt(
            '<text:p text:style-name="P1">工作方案</text:p><text:h text:outline-level="1">一、总体要求</text:h>'
            '<text:p>坚持<text:span>稳中</text:span>求进<text:s text:c="2"/>好<text:line-break/>行</text:p>'
            '<text:h text:outline-level="2">（一）目标</text:h>'
        ),
    ).only
    assert document.text == "工作方案\n\n一、总体要求\n\n坚持稳中求进  好\n行\n\n（一）目标"
    assert [(item.level, item.text) for item in document.headings] == [
        (1, "工作方案"),
        (2, "一、总体要求"),
        (3, "（一）目标"),
    ]
    assert document.title == "工作方案"


def test_tables_notes_boxes_and_what_is_left_out(read: Read) -> None:
    document = read(
        "a.odt",
        make_odt(
            "<text:tracked-changes><text:p>删除</text:p></text:tracked-changes>"
            "<text:p>正文<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>脚注</text:p>"
            "</text:note-body></text:note>续<office:annotation><text:p>批注</text:p></office:annotation>"
            "<draw:frame><draw:text-box><text:p>框内</text:p></draw:text-box></draw:frame></text:p>"
            '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>收入</text:p>'
            "</table:table-cell><table:covered-table-cell/></table:table-row><table:table-row><table:table-cell>"
            "<text:p>2022年</text:p></table:table-cell><table:table-cell><text:p>5</text:p></table:table-cell>"
            "</table:table-row></table:table>"
        ),
    ).only
    assert document.text == "正文续\n\n框内\n\n收入\n2022年 | 5\n\n脚注"


def test_items_of_lists_have_their_numbers(read: Read) -> None:
    def items(*texts: str) -> str:
        return "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in texts)

    inner = f"<text:list-item><text:p>乙</text:p><text:list>{items('子', '丑')}</text:list></text:list-item>"
    lists = f'<text:list text:style-name="L1">{items("甲")}{inner}</text:list><text:p>中</text:p>'
    lists += f'<text:list text:style-name="L1" text:continue-numbering="true">{items("丙")}</text:list>'
    lists += f"<text:list>{items('无号')}</text:list>"
    text = read("a.odt", make_odt(lists)).only.text
    assert text.split("\n\n") == ["一、甲", "二、乙", "1. 子", "2. 丑", "中", "三、丙", "无号"]


def test_properties_become_metadata(read: Read) -> None:
    meta = (
        "<office:meta><dc:title>题</dc:title><meta:initial-creator>王芳</meta:initial-creator>"
        "<dc:creator>李</dc:creator><dc:language>zh-CN</dc:language><meta:keyword>甲</meta:keyword>"
        "<meta:keyword>乙</meta:keyword><meta:creation-date>2023-02-01T08:00:00</meta:creation-date>"
        '<meta:document-statistic meta:page-count="3"/></office:meta>'
    )
    document = read("a.odt", make_odt("<text:p>x</text:p>", meta=meta)).only
    assert (document.title, document.language) == ("题", "zh")
    assert document.metadata == {"author": "王芳", "keywords": "甲, 乙", "created": "2023-02-01T08:00:00", "pages": 3}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make_odt("<text:p>x</text:p>", manifest="<encryption-data/>"), "encrypted"),
        (make_odt(""), "contains no text"),
        (make_odt("<text:p>"), "broken"),
        (make_odt("<text:list><text:list-item>" * 400 + "</text:list-item></text:list>" * 400), "broken"),
    ],
    ids=["encrypted", "blank", "broken", "deep"],
)
def test_what_cannot_be_read_says_why(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.odt", data)


FORMULA = (
    '<m:file-entry xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    'm:full-path="Object {}/" m:media-type="application/vnd.oasis.opendocument.formula"/>'
)
FRAME = '<draw:frame><draw:object xmlns:x="http://www.w3.org/1999/xlink" x:href="./Object {}"/></draw:frame>'
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mi>a</mi><mn>2</mn></mfrac></math>'


def test_a_formula_stands_where_it_is_shown(read: Read) -> None:
    body = f"<text:p>The area {FRAME.format(1)} is small.</text:p><text:p>{FRAME.format(2)}A chart.</text:p>"
    parts = {"Object 1/content.xml": MATH, "Object 2/content.xml": "<broken"}
    reading = read("a.odt", make_odt(body, manifest=FORMULA.format(1), parts=parts))
    assert reading.only.text == "The area a/2 is small.\n\nA chart."
    assert reading.notices == []
    reading = read("b.odt", make_odt(body, manifest=FORMULA.format(1) + FORMULA.format(2), parts=parts))
    assert reading.only.text == "The area a/2 is small.\n\nA chart."
    [notice] = reading.notices
    assert notice.startswith("a formula was left out: ")


def test_what_stands_apart_in_a_cell_is_read_once_or_not_at_all(read: Read) -> None:
    cell = (
        "<text:p>甲<office:annotation><text:p>批注</text:p></office:annotation><text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>脚注</text:p></text:note-body></text:note>乙<draw:frame>"
        "<draw:text-box><text:p>框内</text:p></draw:text-box></draw:frame></text:p>"
    )
    body = f"<table:table><table:table-row><table:table-cell>{cell}</table:table-cell></table:table-row></table:table>"
    assert read("a.odt", make_odt(body)).only.text == "甲乙 框内\n\n脚注"


@pytest.mark.parametrize("shape", ["connector", "polygon", "circle", "path", "custom-shape"])
def test_words_of_a_shape_do_not_stand_within_those_around_it(read: Read, shape: str) -> None:
    body = f"<text:p>甲<draw:a><draw:{shape}><text:p>框内</text:p></draw:{shape}></draw:a>乙</text:p>"
    assert read("a.odt", make_odt(body)).only.text == "甲乙\n\n框内"


@pytest.mark.parametrize(
    ("position", "shown"), [("super 58%", "10^3 m²"), ("-33% 58%", "10_3 m₂"), ("0% 100%", "103 m2")]
)
def test_raised_digits_are_no_digits_of_the_number_before(read: Read, position: str, shown: str) -> None:
    style = f'<style:style style:name="R"><style:text-properties style:text-position="{position}"/></style:style>'
    span = '<text:span text:style-name="R">{}</text:span>'
    content = make_odt(f"<text:p>10{span.format(3)} <text:span>m</text:span>{span.format(2)}</text:p>")
    data = change_parts(
        content, lambda _, part: part.replace(b"</text:list-style>", b"</text:list-style>" + style.encode())
    )
    assert read("a.odt", data).only.text == shown
