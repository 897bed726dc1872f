"""The common runs of two texts, with a slow search as the oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.citations.alignment import SubstringAutomaton, coverage, least_run, read_letters

WORDS = st.text("abc", max_size=40)


def longest_ending_at(text: str, other: str, end: int) -> int:
    return next(size for size in range(end, -1, -1) if text[end - size : end] in other)


@given(WORDS, WORDS, st.integers(1, 4))
def test_runs_are_the_longest_common_substrings(text: str, other: str, least: int) -> None:
    sizes = [longest_ending_at(text, other, end) for end in range(len(text) + 1)] + [0]
    expected = {
        (end - sizes[end], sizes[end])
        for end in range(1, len(text) + 1)
        if sizes[end] >= least and sizes[end + 1] <= sizes[end]
    }
    runs = SubstringAutomaton(other).runs(text, least)
    assert {(run.start, run.length) for run in runs} == expected
    for run in runs:
        assert text[run.start : run.start + run.length] == other[run.place : run.place + run.length]


@given(WORDS, WORDS)
def test_coverage_is_the_share_of_characters_in_runs(text: str, other: str) -> None:
    runs = SubstringAutomaton(other).runs(text, 2)
    covered = {at for run in runs for at in range(run.start, run.start + run.length)}
    assert coverage(runs, len(text)) == (len(covered) / len(text) if text else 0.0)


@given(st.text(max_size=60))
def test_letters_come_from_the_text(text: str) -> None:
    letters = read_letters(text)
    assert len(letters.origins) == len(letters.text)
    for span, character in zip(letters.origins, letters.text, strict=True):
        assert 0 <= span.start < span.end <= len(text)
        assert character.isalnum()


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＡＢＣ，１２３。", "abc 123"), ("漢語“引用”", "汉语引用"), ("Crème brûlée!", "creme-brulee")],
)
def test_punctuation_width_and_case_make_no_difference(one: str, other: str) -> None:
    assert read_letters(one).text == read_letters(other).text


def test_a_run_is_shorter_where_characters_carry_more() -> None:
    assert least_run("县人民政府办公室") < least_run("thecountygovernment")
