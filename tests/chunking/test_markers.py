import pytest

from retriever.chunking.markers import find_item_marker, find_line_marker


@pytest.mark.parametrize(
    ("line", "number", "rest"),
    [
        ("一、总体要求", 1, "总体要求"),
        ("十二、保障措施", 12, "保障措施"),
        ("二、三年行动计划", 2, "三年行动计划"),
        ("（三）抓好招商引资。", 3, "抓好招商引资。"),
        ("(二十) 其他", 20, " 其他"),
        ("1.加强领导", 1, "加强领导"),
        ("2、组织实施", 2, "组织实施"),
        ("３．检查", 3, "检查"),
        ("（1）资金", 1, "资金"),
        ("①资金", 1, "资金"),
        ("第三章 管理", 3, " 管理"),
        ("第一百零二条　违反规定的", 102, "　违反规定的"),
        ("第2部分：附表", 2, "：附表"),
        ("第1条（目的）", 1, "（目的）"),
        ("제2장 총칙", 2, " 총칙"),
        ("1.2 Scope", 2, "Scope"),
        ("3.4.1. Results", 1, "Results"),
        ("Chapter 3", 3, ""),
        ("Chapter IV. Fees", 4, ". Fees"),
        ("Article 12 – Scope", 12, " – Scope"),
        ("Appendix B", 2, ""),
        ("§ 4 Gebühren", 4, " Gebühren"),
        ("Kapitel 2: Haushalt", 2, ": Haushalt"),
        ("Глава 2. Бюджет", 2, ". Бюджет"),
        ("Статья 15", 15, ""),
        ("Capítulo 2", 2, ""),
        ("Artículo 3.", 3, "."),
        ("XIV. Findings", 14, "Findings"),
        ("المادة 5", 5, ""),
        ("มาตรา ๑๒ ค่าธรรมเนียม", 12, " ค่าธรรมเนียม"),
        ("一是加强领导", 1, "加强领导"),
        ("第二，深化改革", 2, "深化改革"),
        ("其次，要落实", 2, "要落实"),
    ],
)
def test_line_markers(line: str, number: int, rest: str) -> None:
    marker = find_line_marker(line, 0, len(line))
    assert marker is not None
    assert (marker.number, line[marker.end :]) == (number, rest)


@pytest.mark.parametrize(
    "line",
    [
        "1.5亿元投资落地",
        "2021.3.5",
        "2021年工作",
        "3.2% growth",
        "一、二、三线城市",
        "二、三级医院",
        "第一部分资金已经到位。",
        "第三方机构评估",
        "第五条是重点",
        "（2021）",
        "Articles of faith",
        "Part of the plan",
        "I am here",
        "同志们：",
        "",
    ],
)
def test_no_markers(line: str) -> None:
    assert find_line_marker(line, 0, len(line)) is None


@pytest.mark.parametrize(
    ("sentence", "number"), [("三是稳就业。", 3), ("二要抓落实。", 2), ("（2）水电费。", 2), ("最后，", None)]
)
def test_item_markers(sentence: str, number: int | None) -> None:
    marker = find_item_marker(sentence, 0, len(sentence))
    assert (marker.number if marker else None) == number
