"""Tables and pictures of awkward invented evaluations."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from retriever import Comparison, Estimate, Evaluation, QuestionResult, Relevant
from retriever_cli.render.evaluation import Report, build_tables, format_markdown, format_text
from retriever_cli.render.picture import draw_picture

SPACE = "{http://www.w3.org/2000/svg}"


def made_up(name: str, mean: float = 0.5, languages: tuple[str, ...] = ("", "zh")) -> Evaluation:
    interval = Estimate(mean, mean - 0.25, mean + 0.25, 9)
    return Evaluation(
        name=name,
        index="indexes/a|b",
        generation=2,
        k=10,
        depth=100,
        measures=("RR", "AP"),
        overall={"RR": interval, "AP": Estimate(1.0, None, None, 1)},
        languages={code: {"RR": interval, "AP": interval} for code in languages},
        results=tuple(QuestionResult(str(n), "q", "zh", {"RR": mean, "AP": 1.0}, (Relevant("a"),)) for n in range(9)),
    )


def test_one_evaluation_has_a_row_per_language() -> None:
    assert format_text(Report([made_up("hybrid")])).splitlines()[2:6] == [
        "             RR               AP",
        "all (9)      0.500 (.25-.75)  1.000",
        "unknown (9)  0.500 (.25-.75)  0.500 (.25-.75)",
        "zh (9)       0.500 (.25-.75)  0.500 (.25-.75)",
    ]


def test_a_single_language_has_no_row_of_its_own() -> None:
    [table] = build_tables([made_up("hybrid", languages=("zh",))], [])
    assert [row[0] for row in table.rows] == ["all (9)"]


def test_several_evaluations_are_listed_below_each_other() -> None:
    change = Comparison("a", "b", "RR", Estimate(-0.25, -0.5, 0.125, 9), 0.0004, 3, 4)
    means, differences = build_tables([made_up("a"), made_up("b", 0.25)], [change])
    assert [row[0] for row in means.rows] == [
        "all (9)",
        "  a",
        "  b",
        "unknown (9)",
        "  a",
        "  b",
        "zh (9)",
        "  a",
        "  b",
    ]
    assert differences.rows == (("b against a",), ("  RR", "-0.250 (-0.500 to +0.125)", "< 0.001", "3", "4"))


def test_markdown_and_terminal_are_safe_from_names() -> None:
    found = [made_up("a|b\n\x1b[31m"), made_up("<b>")]
    assert "\x1b" not in format_text(Report(found))
    paper = format_markdown(Report(found))
    assert "\x1b" not in paper
    assert "a\\|b␊" in paper
    assert all(line.endswith("|") for line in paper.splitlines() if line.startswith("|"))


def test_the_picture_puts_means_and_intervals_in_their_place() -> None:
    root = ET.fromstring(draw_picture([made_up("hybrid", languages=("zh",))]))
    ticks = sorted(
        {float(line.get("x1", "")) for line in root.findall(f"{SPACE}line") if line.get("x1") == line.get("x2")}
    )
    first, last = ticks[0], ticks[4]
    dots = [float(dot.get("cx", "")) for dot in root.findall(f"{SPACE}circle")]
    [interval] = [line for line in root.findall(f"{SPACE}line") if line.get("stroke-width")]
    assert dots == [(first + last) / 2, ticks[-1]]
    assert (float(interval.get("x1", "")), float(interval.get("x2", ""))) == (ticks[1], ticks[3])


def test_the_picture_takes_any_name() -> None:
    name = "<&\x00\ud800\uffff]]>"
    root = ET.fromstring(draw_picture([made_up(name), made_up("b")]))
    assert root.tag == f"{SPACE}svg"
