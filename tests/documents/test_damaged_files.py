"""Damaged files of every format give documents or a ReadError, never anything else."""

from __future__ import annotations

import contextlib

import pytest
from file_makers import make_docx, make_pdf, paragraph
from hypothesis import given
from hypothesis import strategies as st
from office_makers import make_doc, make_ods, make_ppt, make_xls, make_xlsx
from sample_files import WHOLE_FILES
from test_odt_reader import make_odt
from test_slides import make_odp, make_pptx
from works_maker import BOX, MAIN, NOTES, make_contents, make_table_chunks, make_works

from retriever.documents import read_file
from retriever.errors import ReadError

WHOLE = {
    "a.txt": "一、总体要求\n坚持稳中求进。\n".encode("gb18030") * 3,
    "a.md": "---\ntitle: 要求\ntags: [a, b]\n---\n# 一\n\n正文\n\n乙\n---\n".encode(),
    "a.html": "<!DOCTYPE html><meta charset=gbk><h1>甲</h1><table><tr><td>乙<td>丙</table>".encode("gbk"),
    "a.docx": make_docx(paragraph("标题", "a1") + paragraph("正文" * 30)),
    "a.pdf": make_pdf([[(72, 700, "words of a page"), (72, 684, "and more of them")], [(72, 700, "甲乙")]]),
    "a.rtf": b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 S;}}{\\info{\\title \\'b9\\'a9}}\\f0"
    b"{\\outlinelevel0 \\'b9\\'a9\\par}\\uc1\\u-10179?\\u-8704?{\\super 2}{\\footnote a}{\\v x}a\\cell b\\cell\\row}",
    "a.eml": b"Subject: =?gbk?B?1cXI/Q==?=\r\nDate: Tue, 1 Oct 2024 12:34:56 +0800\r\nContent-Type: multipart/mixed; "
    b'boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=gbk; format=flowed\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n1cXI/Q==\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x<sup>2</sup>\r\n"
    b"--b\r\nContent-Disposition: attachment; filename*=utf-8''a%20b\r\n\r\nx\r\n--b--\r\n",
    "a.jsonl": '{"id": 1, "text": "甲\\n乙", "n": [1, 2]}\n{"text": "丙"}\n'.encode() * 3,
    **WHOLE_FILES,
    "a.xlsx": make_xlsx({"甲": [["项目", "2022年"], ["收入", 5.5]]}),
    "a.xls": make_xls({"甲": [["项目", "2022年"], ["收入", 5.5]]}),
    "a.doc": make_doc(
        [("Plan\r", 1, b""), ("供水\x07", 0, b"\x16\x24\x01"), ("\x07", 0, b"\x17\x24\x01"), ("x\r", 0, b"")]
    ),
    "a.wps": make_works(
        make_contents(
            [(MAIN, "前文#\r\ufffc\r后文\r"), (BOX, "项目\r2022年\r"), (NOTES, "脚注\r")],
            special={2: 3},
            chunks=make_table_chunks(4, 1, ["项目", "2022年"], [(0, 0, 1, 1), (0, 1, 1, 2)]),
        )
    ),
    "a.ppt": make_ppt([("Plan", "供水", "notes"), ("x", "y", "")]),
    "a.pptx": make_pptx(),
    "a.odp": make_odp(),
    "a.odt": make_odt("<text:h>甲</text:h><text:list><text:list-item><text:p>乙</text:p></text:list-item></text:list>"),
    "a.ods": make_ods({"甲": [["项目", "2022年"], ["收入", 5.5]]}),
    "a.csv": 'id,text\n1,"甲\n""乙"""\n2,丙\n'.encode("utf-16"),
}


@pytest.mark.parametrize("name", WHOLE)
@given(
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4), st.integers(0, 4)), min_size=1, max_size=6),
    keep=st.floats(0.2, 1),
)
def test_damaged_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[tuple[float, bytes, int]], keep: float
) -> None:
    data = WHOLE[name]
    for place, put, taken in edits:
        at = int(place * len(data))
        data = data[:at] + put + data[at + taken :]
    path = tmp_path_factory.mktemp("damage") / name
    path.write_bytes(data[: int(keep * len(data)) if keep < 0.9 else len(data)])
    with contextlib.suppress(ReadError):
        for document in read_file(path, source="s", report=lambda _: None):
            document.text.encode()
            assert document.text.strip()
            for heading in document.headings or ():
                assert 0 <= heading.start < heading.end <= len(document.text)
