from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from file_makers import make_docx, paragraph
from lxml import etree

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
