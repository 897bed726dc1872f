from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.chunking.outline import find_sections, nest_headings
from retriever.types import Heading

LINES = st.lists(
    st.sampled_from(
        [
            "一、甲",
            "二、乙",
            "（一）丙。丁戊。",
            "（二）己。",
            "1.庚",
            "2.辛",
            "一是壬。癸。二是子。丑。",
            "正文一句。",
            "",
            "Chapter 2",
            "§ 4",
        ]
    )
    | st.text(max_size=30)
).map("\n".join)


def tree(text: str) -> list[tuple[int, str]]:
    return [(section.heading.level, section.heading.text) for section in find_sections(text)]


def test_a_work_report(report: str) -> None:
    assert tree(report) == [
        (1, "一、上半年工作稳中有进"),
        (2, "一是项目建设提速"),
        (2, "二是民生保障增强"),
        (1, "二、下半年重点任务"),
        (2, "（一）抓好招商引资"),
        (2, "（二）抓好城市更新"),
        (3, "1.完善管网"),
        (3, "2.整治河道"),
        (2, "（三）抓好安全生产"),
        (1, "三、加强作风建设"),
    ]


def test_levels_follow_the_nesting_of_the_document() -> None:
    assert tree("1.总则\n（一）目的\n说明。\n（二）范围\n说明。\n2.分则\n（一）罚则\n说明。") == [
        (1, "1.总则"),
        (2, "（一）目的"),
        (2, "（二）范围"),
        (1, "2.分则"),
        (2, "（一）罚则"),
    ]


def test_a_chapter_closes_all_below_it() -> None:
    text = "第一章 总则\n第一条 为了供水安全，制定本办法。\n第二条 适用于全市。\n第二章 管理\n第三条 水务局管理。"
    assert tree(text) == [
        (1, "第一章 总则"),
        (2, "第一条"),
        (2, "第二条"),
        (1, "第二章 管理"),
        (2, "第三条"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1 Introduction\nWe begin here.\n1.1 Scope\nAll of it.\n1.2 Terms\nSome words.\n2 Methods\nWe count.",
            ["1.1 Scope", "1.2 Terms"],
        ),
        ("Chapter 1\nThe sea rose.\nChapter 2\nIt fell.", ["Chapter 1", "Chapter 2"]),
        ("I. Summary\nAll is well.\nII. Outlook\nIt stays so.", ["I. Summary", "II. Outlook"]),
        ("Глава 1. Общие положения\nТекст.\nСтатья 1\nТекст.", ["Глава 1. Общие положения", "Статья 1"]),
        ("Capítulo 1\nTexto.\nArtículo 1. Objeto\nTexto.", ["Capítulo 1", "Artículo 1. Objeto"]),
        (
            "第1章　総則\n（1）塔　高台まで遠い浜に二基を建てる。夜も開く。\n（2）庫　水を置く。米も置く。",
            ["第1章　総則", "（1）塔", "（2）庫"],
        ),
    ],
)
def test_other_languages(text: str, expected: list[str]) -> None:
    assert [words for _, words in tree(text) if not words[0].isdigit() or "." in words] == expected


@pytest.mark.parametrize(
    "text",
    [
        "1.5亿元资金到位。\n2.3亿元贷款发放。",
        "一、二、三线城市房价平稳。",
        "2. Wash the rice.\n3. Boil it.",
        "1. Only one thing.",
        "5. März war ein schöner Tag\n12. Mai auch",
        "(1) alone in its text",
        "问题有三：投入少、人才缺，一是历史原因，二是现实原因。",
        "这是普通的一段话。\n这是另一段话。",
        "",
    ],
)
def test_no_outline(text: str) -> None:
    assert tree(text) == []


def test_an_enumeration_ends_with_its_line(report: str) -> None:
    for section in find_sections(report):
        if section.heading.text.startswith(("一是", "二是")):
            assert "\n" not in report[section.heading.start : section.end]


@given(LINES)
def test_headings_are_slices_of_the_text_and_sections_nest(text: str) -> None:
    found = find_sections(text)
    for section in found:
        heading = section.heading
        assert text[heading.start : heading.end] == heading.text == heading.text.strip() != ""
        assert "\n" not in heading.text
        assert heading.end <= section.end <= len(text)
    for first, second in pairwise(found):
        assert first.heading.start < second.heading.start
        assert 1 <= second.heading.level <= first.heading.level + 1
        if second.heading.start < first.end:
            assert second.heading.level > first.heading.level
            assert second.end <= first.end


def test_sections_of_marked_up_headings_end_at_the_next_of_their_level() -> None:
    headings = [
        Heading("A", 1, 0, 1),
        Heading("B", 2, 2, 3),
        Heading("C", 3, 4, 5),
        Heading("D", 2, 6, 7),
        Heading("E", 1, 8, 9),
    ]
    assert [section.end for section in nest_headings(headings, 10)] == [8, 6, 6, 8, 10]


def test_no_place_lies_in_thousands_of_sections() -> None:
    # Thousands of levels, each below the last, took minutes to cut.
    headings = [Heading("a", level, 2 * level, 2 * level + 1) for level in range(1, 3001)]
    sections = nest_headings(headings, 6002)
    assert sum(section.heading.start <= 4000 < section.end for section in sections) <= 40
    assert [section.end for section in sections][-1] == 6002
