"""Whole files, each with something that readers of PDFs get wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retriever.errors import ReadError

Read = Callable[..., Any]
CASES = Path(__file__).parent / "cases"


def read_case(read: Read, name: str) -> Any:
    return read(f"{name}.pdf", (CASES / f"{name}.pdf").read_bytes())


@pytest.mark.parametrize(
    ("name", "paragraphs"),
    [
        (
            "table",
            [
                "项目 | 2020年 | 2021年 | 2022年\n供水收入 | 312 | 345 | 398\n"
                "污水处理收入 | 87 | 120 | 141\n合计 | 399 | 465 | 539"
            ],
        ),
        (
            "toc",
            [
                "一、总体要求 … 1\n二、主要任务 … 3\n三、重点工程与资金安排 … 8\n四、保障措施 … 14\n五、附则 … 19",
            ],
        ),
        ("form", ["低保申请表", "姓名： Ouyang Qingshan\n联系电话： 55512340987", "☒"]),
        (
            "hyphen",
            [
                "The municipality will subsidise the installation of heat pumps in buildings that were constructed "
                "before nineteen eighty. State-owned housing is exempt from the programme "
                "until further notice is given."
            ],
        ),
        (
            "two-columns-rowwise",
            [
                "The council reviewed the flood defence plan and agreed to raise the levee by forty centimetres.",
                "Separately, the library board announced longer opening hours on Sundays starting in October.",
            ],
        ),
        (
            "vertical",
            [
                "第三条委員会は毎年度末に予算の執行状況を町長へ報告しなければならない。"
                "報告は書面によるものとし、公開を原則とする。"
            ],
        ),
        ("arabic-ligature", ["ناقش المجلس خلال الجلسة مشكلات النقل وقرر الأعضاء زيادة الإنفاق على الطلاب"]),
    ],
)
def test_text_is_read_as_it_is_seen(read: Read, name: str, paragraphs: list[str]) -> None:
    assert read_case(read, name).only.text.split("\n\n") == paragraphs


def test_headers_and_footers_do_not_part_sentences(read: Read) -> None:
    document = read_case(read, "running-header").only
    header, body, footer = document.text.split("\n\n")
    assert header == "青川水务股份有限公司2022年年度报告全文"
    assert "对公司未来三年的经营业绩产生积极影响。" in body
    assert "环保投入占营业收入的百分之四点六。" in body
    # What was taken from between the pages is not lost.
    assert footer == "内部资料 注意保存"
    assert [document.text[start:][:4] for start in document.pages] == ["青川水务", "产生积极", "收入的百"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("garbled-fffd", "no legible text layer"),
        ("garbled-pua", "no legible text layer"),
        ("only-pagenumbers", "no text layer"),
    ],
)
def test_a_text_layer_without_text_is_refused_like_a_scan(read: Read, name: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        read_case(read, name)
    assert "OCR" in (caught.value.hint or "")
