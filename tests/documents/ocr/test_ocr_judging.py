"""What was recognised, told from what was not: by confidence, ink without characters, and the share of a page."""

from __future__ import annotations

from retriever.documents.ocr.interface import RecognisedLine
from retriever.documents.ocr.judging import judge


def make_line(text: str, confidence: float, coverage: float, width: float = 100) -> RecognisedLine:
    return RecognisedLine(text, confidence, ((0, 0), (width, 0), (width, 20), (0, 20)), coverage)


def test_lines_that_were_not_read_are_left_out() -> None:
    good = [make_line("供水工程", 0.99, 0.9), make_line("Leakage fell", 0.85, 0.6)]
    poor = [make_line("", 0.0, 0.0, 20), make_line("R2022", 0.9, 0.2, 20), make_line("LLU LALL", 0.7, 0.9, 20)]
    poor.append(make_line("των αρτιν", 0.9, 0.9, 20))
    judgement = judge([*good, *poor])
    assert (judgement.lines, judgement.unread, judgement.is_refused) == (tuple(good), 4, False)


def test_a_page_of_mostly_unread_lines_is_refused() -> None:
    judgement = judge([make_line("2023 : 12,4", 0.95, 0.25), make_line("", 0.0, 0.0), make_line("Page", 0.99, 0.9, 40)])
    assert (judgement.lines, judgement.is_refused) == ((), True)


def test_a_blank_page_is_not_refused() -> None:
    assert not judge([]).is_refused
