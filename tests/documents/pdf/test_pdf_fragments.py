"""Characters with boxes become fragments: gaps, baselines, marks, ligatures, directions."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from placing import SIZE, join, width_of, write, write_down

from retriever.documents.pdf.accents import compose_accents
from retriever.documents.pdf.characters import Characters
from retriever.documents.pdf.fragments import cut_fragments
from retriever.documents.pdf.orientation import split_by_direction

WORDS = st.text("abcdefghij", min_size=1, max_size=8)


def texts(page: Characters) -> list[str]:
    return [fragment.text for fragment in cut_fragments(page)]


def test_a_wide_gap_parts_and_a_space_does_not() -> None:
    assert texts(write(("two words", 0, 0), ("far", 60, 0))) == ["two words", "far"]


def test_a_superscript_stays_in_its_line() -> None:
    end = width_of("area 5 m")
    page = join(write(("area 5 m", 0, 0)), write(("2", end, 4), size=6), write((" in all", end + 3, 0)))
    assert texts(page) == ["area 5 m² in all"]


@given(st.text("ab %.,5", min_size=1, max_size=9), st.integers(0, 9999), st.text("ab 5", min_size=1, max_size=9))
def test_raised_digits_never_join_a_number(before: str, number: int, after: str) -> None:
    """Neither do four, which are no footnote or exponent, if a word is before them."""
    end = width_of(before)
    raised = write((str(number), end, 4), size=6)
    page = join(write((before, 0, 0)), raised, write((after, end + width_of(str(number), 6), 0)))
    found = unicodedata.normalize("NFKC", "".join(texts(page)))
    assert found.replace("^", "").replace(" ", "") == f"{before}{number}{after}".replace(" ", "")
    if before[-1:] == "5" and number < 1000:
        assert f"5^{number}" in found


@pytest.mark.parametrize(("size", "rise"), [(10, 4), (6, 0), (6, -2), (2, 3), (6, 0.5)])
def test_digits_of_the_same_size_or_baseline_stay(size: float, rise: float) -> None:
    page = join(write(("page 5", 0, 0)), write(("7", width_of("page 5"), rise), size=size))
    assert texts(page) == ["page 57"]


def test_the_next_line_is_another_fragment_without_a_line_break() -> None:
    assert texts(write(("con\x02", 50, 12), ("structed", 0, 0))) == ["con\x02", "structed"]


def test_a_line_break_within_a_line_is_overruled() -> None:
    assert texts(write(("of\r\n", 0, 0), ("one", width_of("of") + 2, 0))) == ["of one"]


@given(st.lists(WORDS, min_size=1, max_size=5), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_words_of_a_line_stay_together_wherever_it_is(words: list[str], x: float, y: float) -> None:
    line = " ".join(words)
    near = abs(x) < 1e5 and abs(y) < 1e5
    found = texts(write((line, x, y)))
    assert found == [line] if near else "".join(found).replace(" ", "") == "".join(words)


@given(st.lists(st.tuples(st.integers(0, 0x10FFFF), *[st.floats(width=32)] * 4), max_size=30))
def test_any_characters_give_fragments(characters: list[tuple[int, float, float, float, float]]) -> None:
    codes = np.array([code for code, *_ in characters], np.uint32)
    boxes = np.clip(np.nan_to_num(np.array([box for _, *box in characters]).reshape(-1, 4)), -1e5, 1e5)
    page = Characters(codes, boxes, boxes[:, :2].copy(), np.zeros(len(codes)))
    for part in split_by_direction(page):
        for fragment in cut_fragments(part.characters):
            assert fragment.text
            assert fragment.height > 0


@pytest.mark.parametrize(
    ("letters", "expected"),
    [("\u0627\u0644", "\u0644\u0627"), ("\u0644\u0627", "\u0644\u0627"), ("\u0645\u062d\u0644", "\u0644\u062d\u0645")],
)
def test_the_letters_of_an_arabic_ligature_are_in_the_order_of_reading(letters: str, expected: str) -> None:
    """The glyph of a ligature is several characters in one box, which PDFium reverses, but not those of Unicode."""
    one = write((letters[0], 20, 0))
    page = join(write(("\u0628", 30, 0)), *(one._replace(codes=np.array([ord(x)], np.uint32)) for x in letters))
    assert texts(join(page, write(("\u062a", 10, 0)))) == [f"\u0628{expected}\u062a"]


def test_presentation_forms_become_letters_and_symbols_of_fonts_bullets() -> None:
    assert texts(write(("\ufb01rst \ufeb1", 0, 0))) == ["first \u0633"]
    assert texts(write(("\uf0b7 first", 0, 0))) == ["• first"]


def test_a_mark_goes_with_its_letter_and_never_alone() -> None:
    page = join(write(("\u064b\r\n", 40, 80)), write(("\u0643\u064b \u0628", 0, 0)))
    assert texts(page) == ["\u0643\u064b \u0628"]


def test_accents_drawn_by_themselves_are_put_onto_their_letters() -> None:
    page = join(write(("je\r\n", 0, 0)), write(("´ ", 10, 2)), write(("sli", 10, 0)))
    assert texts(compose_accents(page)) == ["je\u015bli"]
    page = join(write(("i ", 0, 0)), write(("´", 10, 2)), write(("swiat", 10, 0)))
    assert texts(compose_accents(page)) == ["i \u015bwiat"]
    page = join(write(("e", 0, 0)), write(("˛", 0, -1)), write((" na", 5, 0)))
    assert texts(compose_accents(page)) == ["\u0119 na"]
    alone = write(("the accent ´ alone", 0, 0))
    assert texts(compose_accents(alone)) == ["the accent ´ alone"]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_text_reads_like_straight_text(angle: int) -> None:
    step = {90: (SIZE * 1.2, 0.0), 180: (0.0, SIZE * 1.2), 270: (-SIZE * 1.2, 0.0)}[angle]
    page = write(("first line\r\n", 300, 300), ("second", 300 + step[0], 300 + step[1]), angle=angle)
    [part] = split_by_direction(page)
    first, second = cut_fragments(part.characters)
    assert (first.text, second.text) == ("first line", "second")
    assert second.base < first.base
    assert second.left == pytest.approx(first.left)
    assert first.right - first.left == pytest.approx(width_of("first line"))


def test_letters_that_are_only_slanted_run_straight() -> None:
    page = write(("a slanted header\r\n", 50, 700), ("upright text", 50, 680))
    page.angles[:16] = 350.0
    [part] = split_by_direction(page)
    assert texts(part.characters) == ["a slanted header", "upright text"]


def test_vertical_writing_reads_from_the_right() -> None:
    page = join(
        write_down("第二行也在", 280, 700), write_down("第一行十2", 300, 700), write(("a straight line", 50, 500))
    )
    upright, vertical = sorted(split_by_direction(page), key=lambda part: part.angle)
    assert texts(upright.characters) == ["a straight line"]
    lines = sorted(cut_fragments(vertical.characters), key=lambda fragment: -fragment.base)
    assert [line.text[:4] for line in lines] == ["第一行十", "第二行也"]


def test_the_stacked_label_of_a_table_is_vertical_and_a_list_of_single_characters_is_not() -> None:
    def stack(pitch: float) -> Characters:
        return join(*(write((f"{one}\r\n", 50, 700 - pitch * at)) for at, one in enumerate("基本情况")))

    assert [texts(part.characters) for part in split_by_direction(stack(SIZE * 1.2))] == [["基本情况"]]
    assert [texts(part.characters) for part in split_by_direction(stack(SIZE * 2))] == [["基", "本", "情", "况"]]
