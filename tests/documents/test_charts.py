from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from archive_makers import make_zip
from file_makers import make_docx, paragraph
from lxml import etree
from office_makers import make_xlsx

from retriever.documents.charts import read_chart

Read = Callable[..., Any]

CHART = """<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart>
<c:title><c:tx><c:rich><a:p><a:r><a:t>供水</a:t></a:r><a:r><a:t>收入</a:t></a:r></a:p></c:rich></c:tx></c:title>
<c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>2022年</c:v></c:pt>
</c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache>
<c:pt idx="0"><c:v>东区</c:v></c:pt><c:pt idx="2"><c:v>西区</c:v></c:pt>
</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>12.300000000000001</c:v></c:pt>
<c:pt idx="2"><c:v>7</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>
</c:barChart></c:plotArea></c:chart></c:chartSpace>"""


DRAWING = (
    '<w:p><w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="r9"/>'
    "</w:drawing></w:r></w:p>"
)
RELATIONS = {
    "word/_rels/document.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r9" Type="http://x/chart" Target="charts/chart1.xml"/></Relationships>'
}


def test_a_chart_of_a_slide_is_a_table(read: Read) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    data = CategoryChartData()
    data.categories = ["东区", "西区"]
    data.add_series("2021年", (4.3, 2.5))
    data.add_series("2022年", (5.1, None))
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "水务"
    place = (Inches(1), Inches(1), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "供水收入"
    out = io.BytesIO()
    deck.save(out)
    text = read("a.pptx", out.getvalue()).only.text
    assert text == "水务\n\n供水收入\n\n| 2021年 | 2022年\n东区 | 4.3 | 5.1\n西区 | 2.5 |"


@pytest.mark.parametrize(
    ("series", "points", "told"),
    [(30, 300, []), (31, 300, ["30 of its 31 series"]), (40, 1200, ["30 of its 40 series", "300 of its 1,200 points"])],
)
def test_what_a_large_chart_leaves_out_is_told(read: Read, series: int, points: int, told: list[str]) -> None:
    values = "".join(f'<c:pt idx="{at}"><c:v>{at}</c:v></c:pt>' for at in range(points))
    one = f"<c:ser><c:val><c:numRef><c:numCache>{values}</c:numCache></c:numRef></c:val></c:ser>"
    chart = CHART.partition("<c:ser>")[0] + one * series + CHART.rpartition("</c:ser>")[2]
    found = read(
        "a.docx", make_docx(paragraph("前文。") + DRAWING, parts={**RELATIONS, "word/charts/chart1.xml": chart})
    )
    assert found.notices == [f"a chart was read in part: {one}" for one in told]
    assert len(found.only.text.splitlines()) > 300


def test_a_chart_of_a_document_stands_where_it_is_drawn(read: Read) -> None:
    parts = {**RELATIONS, "word/charts/chart1.xml": CHART}
    body = paragraph("前文。") + DRAWING + paragraph("后文。")
    text = read("a.docx", make_docx(body, parts=parts)).only.text
    assert text == "前文。\n\n供水收入\n\n| 2022年\n东区 | 12.3\n西区 | 7\n\n后文。"
    assert read("b.docx", make_docx(body)).only.text == "前文。\n\n后文。"
    for broken in parts:
        found = read("c.docx", make_docx(body, parts={**parts, broken: "<broken"}))
        assert found.only.text == "前文。\n\n后文。"
        assert found.notices[0].startswith("a chart was left out: ")


@pytest.mark.parametrize(
    "around",
    [
        "<w:p><w:r><w:pict><w:txbxContent>{}</w:txbxContent></w:pict></w:r></w:p>",
        "<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>",
        "<w:p><w:r><w:pict><w:txbxContent><w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl></w:txbxContent></w:pict></w:r></w:p>",
    ],
    ids=["box", "cell", "cell in a box"],
)
def test_a_chart_in_a_box_or_a_cell_is_read_once(read: Read, around: str) -> None:
    body = paragraph("前文。") + around.format(paragraph("图") + DRAWING)
    text = read("a.docx", make_docx(body, parts={**RELATIONS, "word/charts/chart1.xml": CHART})).only.text
    assert text == "前文。\n\n图\n\n供水收入\n\n| 2022年\n东区 | 12.3\n西区 | 7"


@pytest.mark.parametrize(
    ("stored", "drawn"),
    [
        ("12.300000000000001", "12.3"),
        ("0.33333333333333331", "0.3333333333"),
        ("12345678901.57", "12345678901.57"),
        ("-98765432.100000001", "-98765432.1"),
        ("1.2.3.4.5.6.7", "1.2.3.4.5.6.7"),
    ],
)
def test_values_keep_the_digits_that_are_meant(stored: str, drawn: str) -> None:
    assert read_chart(etree.fromstring(CHART.replace("12.300000000000001", stored)))[1][1][1].text == drawn


def change_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A package with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return make_zip(
            {one: change(package.read(one)) if one == name else package.read(one) for one in package.namelist()}
        )


XDR = 'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'


def test_titles_of_charts_and_text_boxes_of_a_sheet_follow_its_rows(read: Read) -> None:
    from openpyxl.chart import BarChart, Reference

    def draw(book: Any) -> None:
        sheet = book["收入"]
        chart = BarChart()
        chart.title = "供水收入"
        chart.y_axis.title = "万元"
        chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        sheet.add_chart(chart, "D2")
        lines = chart.__class__()
        lines.title = "只有图"
        book.create_chartsheet("图表").add_chart(lines)

    data = make_xlsx({"收入": [["年份", "金额"], ["甲", 1], ["乙", 2]]}, draw)
    document = read("a.xlsx", data).only
    assert document.text.split("\n\n")[1:] == [
        "年份 | 金额",
        "年份: 甲 | 金额: 1",
        "年份: 乙 | 金额: 2",
        "供水收入",
        "万元",
        "图表",
        "只有图",
    ]
    assert [place.name for place in document.places][4:] == ["收入!D2", "收入!D2", "图表", "图表!A1"]

    box = (
        f'<xdr:oneCellAnchor {XDR} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        "<xdr:from><xdr:col>1</xdr:col><xdr:row>8</xdr:row></xdr:from><xdr:sp><xdr:txBody><a:p><a:r><a:t>填表</a:t>"
        "</a:r><a:r><a:t>说明</a:t></a:r></a:p><a:p/></xdr:txBody></xdr:sp></xdr:oneCellAnchor>"
    )
    boxed = change_part(
        data, "xl/drawings/drawing1.xml", lambda part: part.replace(b"</wsDr>", box.encode() + b"</wsDr>")
    )
    document = read("a.xlsx", boxed).only
    assert "万元\n\n填表说明\n\n图表" in document.text
    assert "收入!B9" in [place.name for place in document.places]

    for part in ("xl/drawings/drawing1.xml", "xl/charts/chart1.xml"):
        found = read("a.xlsx", change_part(data, part, lambda _: b"<broken"))
        assert "年份: 甲 | 金额: 1" in found.only.text
        assert "供水收入" not in found.only.text
        assert "只有图" in found.only.text
        assert " was left out: " in found.notices[0]
