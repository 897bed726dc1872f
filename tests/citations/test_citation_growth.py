"""Answers and excerpts made to take time that grows faster than they do: each took a minute, and takes a second."""

from __future__ import annotations

import pytest
from processor_time import processor_time

from retriever.citations.evidence import Evidence
from retriever.citations.excerpts import ReadExcerpt
from retriever.citations.statements import AnswerReader


@pytest.mark.parametrize(
    "answer",
    [
        "It rains a lot [1]. " * 12_000,
        "the " * 30_000,
        "| a | b |\n" + " " * 60_000 + "x",
        "**x**" + " " * 90_000 + "x",
        "> " * 30_000 + "x",
    ],
    ids=["marks", "articles", "rows", "bold", "quoted"],
)
def test_the_time_grows_as_the_answer(answer: str) -> None:
    reader = AnswerReader()
    with processor_time():
        assert [*reader.feed(answer), *reader.finish()]


@pytest.mark.parametrize(
    "text",
    ["May " * 25_000, "第1条5元" * 15_000, "5月3日付款500元，" * 9000, "月・" * 50_000 + "5"],
    ids=["months", "ordinals", "dates", "days"],
)
def test_the_time_grows_as_the_excerpt(text: str) -> None:
    read = ReadExcerpt(Evidence(1, text, language="en"), None)
    with processor_time():
        assert len(read.moments) + len(read.quantities) > 0
