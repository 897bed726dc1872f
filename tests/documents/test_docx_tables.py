"""DOCX tables: merged cells keep their column and label, deleted rows and cells are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from file_makers import make_docx, paragraph

Read = Callable[..., Any]


def cell(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def read_table(read: Read, *rows: str) -> list[str]:
    document = read("a.docx", make_docx(f"<w:tbl>{''.join(rows)}</w:tbl>")).only
    lines: list[str] = document.text.split("\n")
    return lines


def test_merged_cells_keep_their_columns_and_labels(read: Read) -> None:
    inner = f"<w:tbl>{row(cell('内表甲'), cell('内表乙'))}</w:tbl>"
    assert read_table(
        read,
        row(cell("横跨两列", '<w:gridSpan w:val="2"/>'), cell("格02")),
        row(cell("纵跨两行", '<w:vMerge w:val="restart"/>'), cell("格11"), cell("格12")),
        row(cell("", "<w:vMerge/>"), cell("格21"), cell(paragraph("格22") + inner + paragraph("内表之后"))),
    ) == [
        "横跨两列 | 横跨两列 | 格02",
        "纵跨两行 | 格11 | 格12",
        "纵跨两行 | 格21 | 格22 内表甲 内表乙 内表之后",
    ]


def test_a_title_across_the_table_stands_once(read: Read) -> None:
    rows = (row(cell("年度表", '<w:gridSpan w:val="9"/>')), row(cell("甲"), cell("乙")))
    assert read_table(read, *rows) == ["年度表", "甲 | 乙"]


def test_deleted_rows_and_cells_are_left_out(read: Read) -> None:
    rows = (row(cell("甲"), cell("删", "<w:cellDel/>"), cell("乙")), row(cell("删"), properties="<w:del/>"))
    assert read_table(read, *rows) == ["甲 | 乙"]


def test_boxes_in_cells_are_read_in_their_cell(read: Read) -> None:
    box = f"<w:p><w:r><w:t>锚</w:t><w:pict><w:txbxContent>{paragraph('框内')}</w:txbxContent></w:pict></w:r></w:p>"
    assert read_table(read, row(cell(paragraph("甲") + box), cell("乙"))) == ["甲 锚 框内 | 乙"]
