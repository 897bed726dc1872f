import pytest

from retriever.chunking.title import find_title
from retriever.types import Document, Heading, Place

BODY = "今年以来，全区上下认真落实各项部署，经济运行总体平稳，民生事业稳步推进，现将有关情况报告如下。"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"在全区工作会议上的讲话\n\n同志们：\n{BODY}", "在全区工作会议上的讲话"),
        (f"在全区工作会议上的讲话\n（2023年7月1日）\n王区长\n同志们：\n{BODY}", "在全区工作会议上的讲话"),
        (f"本站提供材料\n加群领取\n【会员活动】\n\n\n在市委会议上的发言\n同志们：\n{BODY}", "在市委会议上的发言"),
        (f"关于2023年预算执行情况\n和2024年预算草案的报告\n{BODY}", "关于2023年预算执行情况和2024年预算草案的报告"),
        (f"临河区供水管理办法\n第一章 总则\n第一条 {BODY}", "临河区供水管理办法"),
        (f"临河见闻\n\n{BODY}", "临河见闻"),
        (
            "Water supply in Riverton\n\nThe town drew its water from wells until the new works opened.",
            "Water supply in Riverton",
        ),
        ("REPORT\non the work of the ferry\n\n1. Summary\nIt sailed.", "REPORT on the work of the ferry"),
        ("上水道事業計画の概要\n令和5年4月　水道局\n\n第1章　総則\n本文である。", "上水道事業計画の概要"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert find_title(Document("d", text)) == title


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "同志们：\n" + BODY,
        BODY + "\n" + BODY,
        "一、总体要求\n" + BODY,
        "2023年7月1日\n" + BODY,
        "One line only",
        "first item\nsecond item\nthird item\nfourth item",
    ],
)
def test_no_title_is_better_than_a_wrong_one(text: str) -> None:
    assert find_title(Document("d", text)) == ""


@pytest.mark.parametrize(
    ("sheets", "title"),
    [
        (("收支", "说明"), "收支"),
        (("说明", "收支"), ""),
        (("Sheet1", "收支报告"), ""),
        (("2022年财政决算报告", "说明"), "2022年财政决算报告"),
    ],
)
def test_names_of_sheets_are_hardly_titles(sheets: tuple[str, ...], title: str) -> None:
    text, headings, places = "", [], []
    for sheet in sheets:
        headings.append(Heading(sheet, 1, len(text), len(text) + len(sheet)))
        places.append(Place(len(text), sheet))
        text += f"{sheet}\n\n项目 | 2022年\n\n"
    assert find_title(Document("d", text, headings=tuple(headings), places=tuple(places))) == title
