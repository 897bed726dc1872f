from __future__ import annotations

from cli_kit import make_hit
from hypothesis import given
from hypothesis import strategies as st

from retriever import Duplicate, Neighbour
from retriever_cli.render.text import View, format_hit, format_trail


def test_a_hit_reads_rank_score_trail_passage_citation() -> None:
    hit = make_hit("每部电梯由县财政补贴十五万元。", duplicates=(Duplicate("b.txt", 3, 9, 4),))
    assert format_hit(hit, 80, View()).plain.split("\n") == [
        " 1. 0.83  县政府工作报告 › 二、重点任务 › （一）加装电梯",
        "    每部电梯由县财政补贴十五万元。",
        "    reports/a.txt:12",
        "    also in b.txt:4",
    ]


def test_many_duplicates_are_counted_and_each_place_is_listed_once() -> None:
    places = [
        Duplicate("b.txt", 3, 9, 4),
        Duplicate("b.txt", 10, 12, 4),
        *(Duplicate(f"{i}.txt", 0, 1) for i in "cdefgh"),
    ]
    lines = format_hit(make_hit("x", duplicates=tuple(places)), 80, View()).plain.split("\n")[3:]
    assert lines == [
        *(f"    also in {name}" for name in ("b.txt:4", "c.txt:1", "d.txt:1", "e.txt:1", "f.txt:1")),
        "    and in 2 more places",
    ]


def test_a_very_long_title_is_cut() -> None:
    lines = format_hit(make_hit("x", title="题" * 5000, heading=()), 80, View()).plain.split("\n")
    assert len(lines) == 6
    assert lines[3].endswith("…")


def test_matched_words_are_styled_across_a_line_break() -> None:
    text = "甲乙丙丁电梯戊己"
    rendered = format_hit(make_hit(text, highlights=((4, 6),)), 14, View())
    assert [text for text, style in rendered.pieces if "yellow" in style] == ["电", "梯"]


def test_a_page_is_cited_and_a_title_is_not_repeated() -> None:
    hit = make_hit("x", title="总则", heading=("总则", "第一条"), page=3)
    assert format_trail(hit) == "总则 › 第一条"
    assert format_hit(hit, 80, View()).plain.endswith("reports/a.txt#page=3")


def test_a_hit_without_title_and_headings_shows_its_source() -> None:
    first = format_hit(make_hit("x", title="", heading=()), 80, View()).plain.split("\n")[0]
    assert first == " 1. 0.83  reports/a.txt"


def test_long_passages_are_folded_to_what_matched_unless_full() -> None:
    text = "前言不长。" * 100 + "每部电梯补贴十五万元。" + "后语不短。" * 100
    start = text.index("电梯")
    hit = make_hit(text, highlights=((start, start + 2),))
    folded = format_hit(hit, 60, View()).plain
    assert "每部电梯补贴" in folded
    assert folded.count("…") == 2
    assert len(folded.split("\n")) <= 10
    assert text in format_hit(hit, 60, View(full=True)).plain.replace("\n    ", "")


def test_neighbours_stand_around_the_passage() -> None:
    hit = make_hit("中。", before=(Neighbour("前。", 0, 2, 11),), after=(Neighbour("后。", 4, 6, 13),))
    assert format_hit(hit, 60, View()).plain.split("\n")[1:4] == ["  | 前。", "    中。", "  | 后。"]


@given(st.text(max_size=80), st.text(max_size=20))
def test_no_document_can_control_the_terminal(text: str, name: str) -> None:
    plain = format_hit(make_hit(text, title=name, heading=(name,), source=name), 40, View(full=True)).plain
    assert not [char for char in plain if (ord(char) < 32 or 127 <= ord(char) < 160) and char != "\n"]


def test_brackets_print_as_they_are() -> None:
    assert "[bold]x[/bold] [1]" in format_hit(make_hit("[bold]x[/bold] [1]"), 60, View()).plain


def test_a_passage_of_many_short_lines_is_folded_too() -> None:
    assert len(format_hit(make_hit("项目 数量\n" * 60), 60, View()).plain.split("\n")) <= 16


def test_a_name_with_a_line_break_stays_on_its_line() -> None:
    lines = format_hit(make_hit("x", source="a\nb.txt", title="", heading=()), 60, View()).plain.split("\n")
    assert lines == [" 1. 0.83  a␊b.txt", "    x", "    a␊b.txt:12"]
