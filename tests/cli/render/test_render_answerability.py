"""The trade-off as a plot, tables of thresholds without some of their values, and failures of hostile texts."""

from __future__ import annotations

import pytest

from retriever import Answerability, Estimate, Evaluation, FirstHit, QuestionResult, Relevant
from retriever_cli.render.answerability import build_rates, build_summary, describe_threshold, draw_trade_off
from retriever_cli.render.evaluation import Report, format_markdown, format_text


def made_up(right: list[float], unanswerable: list[float]) -> Evaluation:
    results = [
        *(QuestionResult(f"r{n}", "q", "en", {"RR": 1.0}, (Relevant("a"),), 1, FirstHit("a:1", "a", score, "text"))
          for n, score in enumerate(right)),
        *(QuestionResult(f"u{n}", "q", "en", {}, (), None, FirstHit("a:1", "a", score, "text"))
          for n, score in enumerate(unanswerable)),
    ]  # fmt: skip
    mean = {"RR": Estimate(1.0, None, None, len(right))}
    return Evaluation("hybrid", "i", 1, 10, 100, ("RR",), mean, {"en": mean}, tuple(results))


def weigh(right: list[float], unanswerable: list[float], share: float | None = None) -> Answerability:
    return made_up(right, unanswerable).answerability(max_false_answers=share)


def test_a_perfect_curve_runs_along_the_top_and_down_the_right() -> None:
    *rows, axis, numbers = draw_trade_off(weigh([0.8, 0.9], [0.1, 0.2]), 25, braille=False).split("\n")
    assert rows[0] == "1.0 |" + "*" * 19 + "o"
    assert rows[1:-1] == ["    |" + " " * 19 + "*"] * 6
    assert rows[-1] == "0.0 |" + " " * 19 + "*"
    assert axis == "    +" + "-" * 20
    assert numbers == "    0.0" + " " * 15 + "1.0"


@pytest.mark.parametrize("columns", [20, 21, 40, 80, 200, None])
@pytest.mark.parametrize("braille", [True, False])
def test_a_plot_fits_and_is_ascii_where_it_has_to_be(columns: int | None, braille: bool) -> None:
    plot = draw_trade_off(weigh([0.2, 0.5, 0.9], [0.1, 0.5, 0.95], 0.4), columns, braille=braille)
    lines = plot.split("\n")
    assert len(lines) == 10
    assert max(map(len, lines)) == min(columns or 53, 53)
    assert plot.isascii() != braille
    assert plot.count("o") == 1


def test_no_threshold_that_follows_the_rule() -> None:
    weighed = weigh([0.5], [1.0, 0.2], 0)
    assert "No threshold up to 1" in describe_threshold(weighed)
    assert build_summary([("hybrid", weighed)]).rows[0][2:6] == ("none", "", "", "")
    assert not any("proposed" in row[0] for row in build_rates(weighed).rows)
    assert "o" not in draw_trade_off(weighed, None, braille=True)


def test_a_proposed_round_threshold_has_one_row() -> None:
    labels = [row[0] for row in build_rates(weigh([0.8], [0.2])).rows]
    assert labels.count("0.5 (proposed)") == 1
    assert "0.5" not in labels
    assert all(row[3] == "-" for row in build_rates(weigh([0.8], [0.2])).rows)


def test_failures_cannot_move_the_cursor_or_break_a_list() -> None:
    hit = FirstHit("a\x1b[2J:1", "a", 0.5, "*text* \x1b[31m")
    bad = QuestionResult("1", "q\n# head\x1b", "en", {"RR": 0.0}, (Relevant("a", text="x\n\ny\x1b"),), None, hit)
    none = QuestionResult("2", "q", "en", {"RR": 0.0}, (Relevant("a"), Relevant("b")), None, None)
    mean = {"RR": Estimate(0.0, None, None, 2)}
    evaluation = Evaluation("hybrid", "i", 1, 10, 100, ("RR",), mean, {"en": mean}, (bad, none))
    report = Report([evaluation], failures=evaluation.failures())
    text, paper = format_text(report), format_markdown(report)
    assert "\x1b" not in text + paper
    assert "missed: q␊# head" in text
    assert "expected  a\n            b\n  came      nothing\n" in text
    assert "  - came: nothing" in paper
    assert "\\*text\\*" in paper
    assert "Failed: 0 of 2 questions\n" in format_text(Report([evaluation], failures=()))
