"""A cell deep in a table is found by the words of its caption, its column and its row, in every format."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from retriever import Retriever

sys.path.append(str(Path(__file__).parent / "documents"))
from file_makers import Placed, make_docx, make_pdf, paragraph

pytestmark = pytest.mark.usefixtures("read_here")

CAPTION = "表3：各区供水收入"
HEADS = ["区域", "2021年", "2022年"]
ROWS = [[f"第{number}区", f"{number * 1000 + 7:,}", f"{number * 1100 + 9:,}"] for number in range(1, 61)]
WANTED = "第57区"


def as_docx() -> bytes:
    def table(rows: list[list[str]]) -> str:
        cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
        return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"

    parts = table([HEADS, *ROWS[:30]]), table(ROWS[30:])
    return make_docx(paragraph(CAPTION) + parts[0] + paragraph("续表3") + parts[1] + paragraph("表后的文字。"))


def as_pdf() -> bytes:
    def page(rows: list[list[str]], top: str) -> list[Placed]:
        lines = [
            (90.0 + 130 * at, 740.0 - 20 * line, cell) for line, row in enumerate(rows) for at, cell in enumerate(row)
        ]
        return [*([(90.0, 790.0, top)] if top else []), *lines]

    return make_pdf([page([HEADS, *ROWS[:30]], CAPTION), page(ROWS[30:], "")])


def as_markdown() -> bytes:
    lines = [HEADS, ["---"] * 3, *ROWS]
    return "\n".join(["# 年报", "", CAPTION, "", *(f"| {' | '.join(row)} |" for row in lines)]).encode()


def as_html() -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADS, *ROWS])
    return f"<html><body><p>年报</p><table><caption>{CAPTION}</caption>{rows}</table></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.docx", as_docx()), ("t.pdf", as_pdf()), ("t.md", as_markdown()), ("t.html", as_html())],
    ids=["docx", "pdf", "md", "html"],
)
def test_a_cell_is_found_by_caption_column_and_row(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "other.txt").write_text("2022年各区收入的说明不在这里。第57次会议讨论了道路。", "utf-8")
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as retriever:
        retriever.sync(str(tmp_path / name), str(tmp_path / "other.txt"))
        [hit] = retriever.search(f"{WANTED} 2022年供水收入", k=1, mode="lexical", rerank=0)
        assert hit.source.endswith(name)
        assert "62,709" in hit.text
        # What names the table is in the passage or above it.
        assert all(word in "\n".join([*hit.heading, hit.text]) for word in (CAPTION, "2022年"))
