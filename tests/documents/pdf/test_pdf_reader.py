"""PDF: text, paragraphs and pages from positioned lines, and clear errors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from file_makers import make_pdf
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.documents import read_file
from retriever.errors import ReadError

Read = Callable[..., Any]

# Lines of 30 characters of 12 points: from 72 to 432.
REPORT = [
    (160, 780, "关于加装电梯工作的报告"),
    (96, 750, "去年以来，我区坚持以人民为中心的发展思想，扎实推进老旧小"),
    (72, 734, "区改造，完成电梯加装一百二十部，惠及居民三千余户，群众反映好"),
    (72, 718, "，成效明显。"),
    (96, 702, "下一步要继续加大力度，把好事办好。"),
]
LETTER = [
    (72, 780, "The council approved the budget for the"),
    (72, 764, "coming year after a lively debate that"),
    (72, 748, "lasted three hours."),
    (72, 720, "A second paragraph stands farther off."),
]


def test_raised_digits_are_told_from_the_figures_before_them(read: Read) -> None:
    lines = [
        (72, 780, "It rose to 50%\v3\v in 2023\v12\v, on 25 m\v2\v of 10\v-3\v km."),
        (72, 760, "占百分之五十\v3\v，共２０２３人。"),
        (72, 700, "\v3\v2019 figures of the office."),
    ]
    text = read("a.pdf", make_pdf([lines])).only.text
    assert "It rose to 50%³ in 2023^12, on 25 m² of 10^-3 km." in text
    assert "占百分之五十³，共２０２３人。" in text
    assert text.endswith("³2019 figures of the office.")


def test_lines_become_paragraphs(read: Read) -> None:
    document = read("a.pdf", make_pdf([REPORT], title="工作报告")).only
    assert document.text.split("\n\n") == [
        "关于加装电梯工作的报告",
        "去年以来，我区坚持以人民为中心的发展思想，扎实推进老旧小区改造，完成电梯加装一百二十部，"
        "惠及居民三千余户，群众反映好，成效明显。",
        "下一步要继续加大力度，把好事办好。",
    ]
    assert document.title == "工作报告"
    assert document.headings is None


def test_latin_lines_are_joined_with_spaces(read: Read) -> None:
    assert read("a.pdf", make_pdf([LETTER])).only.text.split("\n\n") == [
        "The council approved the budget for the coming year after a lively debate that lasted three hours.",
        "A second paragraph stands farther off.",
    ]


def test_hyphenated_words_are_joined(read: Read) -> None:
    lines = [(72, 780, "The council approved the bud-"), (72, 764, "get for the coming year.")]
    assert read("a.pdf", make_pdf([lines])).only.text == "The council approved the budget for the coming year."


def test_short_lines_stay_apart(read: Read) -> None:
    lines = [(72, 780, "Agenda"), (72, 764, "1. Budget"), (72, 748, "2. Libraries and their opening hours in summer")]
    assert read("a.pdf", make_pdf([lines])).only.text == (
        "Agenda\n\n1. Budget\n\n2. Libraries and their opening hours in summer"
    )


def test_pages_begin_at_their_offsets(read: Read) -> None:
    pages = [[(72, 700, "first page.")], [], [(72, 700, "third page.")], [(72, 700, "fourth.")]]
    reading = read("a.pdf", make_pdf(pages))
    document = reading.only
    assert document.text == "first page.\n\nthird page.\n\nfourth."
    assert document.pages == (0, 11, 13, 26)
    assert reading.notices == ["no text on page 2"]


def test_a_sentence_over_two_pages_stays_whole(read: Read) -> None:
    document = read("a.pdf", make_pdf([LETTER[:2], [(72, 780, "lasted three hours.")]])).only
    assert "a lively debate that lasted three hours." in document.text
    assert document.text[document.pages[1] :] == "lasted three hours."


def test_page_numbers_are_removed_and_other_numbers_are_kept(read: Read) -> None:
    numbers = ["- 7 -", "- 8 -", "- 9 -"]
    pages = [[(72, 700, "Words of this page."), (72, 680, "2023"), (290, 40, number)] for number in numbers]
    document = read("a.pdf", make_pdf(pages)).only
    assert document.text.count("2023") == 3
    assert not any(number in document.text for number in numbers)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make_pdf([LETTER], encrypted=True), "encrypted"),
        (make_pdf([LETTER])[:400], "broken"),
        (b"%PDF-1.7\nrubbish", "broken"),
        (make_pdf([[], []]), "no text layer"),
        (make_pdf([]), r"no text layer|broken"),
    ],
)
def test_the_reason_of_a_failure_is_given(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.pdf", data)


def test_characters_beyond_the_basic_plane_do_not_shift_the_lines(read: Read) -> None:
    lines = [
        (72, 780, "𠀀𠀁𠀂𠀃𠀄𠀅𠀆𠀇𠀈𠀉"),
        (72, 764, "长长的一行字站在这里没有断开过，也不曾短"),
        (72, 748, "短行。"),
    ]
    document = read("a.pdf", make_pdf([lines])).only
    assert document.text.endswith("长长的一行字站在这里没有断开过，也不曾短短行。")


@pytest.mark.parametrize("name", ["Microsoft Word - 方案.doc", "untitled", "report.docx"])
def test_a_generated_title_is_ignored(read: Read, name: str) -> None:
    assert read("a.pdf", make_pdf([LETTER], title=name)).only.title == ""


def test_the_number_of_pages_is_metadata(read: Read) -> None:
    assert read("a.pdf", make_pdf([LETTER, LETTER])).only.metadata["pages"] == 2


def test_files_can_be_read_from_several_threads(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf([REPORT, LETTER] * 5))
    texts: list[str] = []

    def work() -> None:
        for _ in range(5):
            texts.extend(document.text for document in read_file(path, source="a.pdf", report=lambda _: None))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 20
    assert len(set(texts)) == 1


def test_a_word_broken_between_pages_is_joined(read: Read) -> None:
    pages = [[*LETTER[:2], (72, 748, "lasted far longer than all the coun-")], [(72, 780, "cillors had hoped.")]]
    document = read("a.pdf", make_pdf(pages)).only
    assert "longer than all the councillors had hoped." in document.text
    assert document.text[document.pages[1] :] == "cillors had hoped."


@pytest.mark.parametrize("page", [b"/Rotate 90", b"/CropBox[100 100 300 300]", b"/UserUnit 4", b"/CropBox[9 9 9 9]"])
def test_pages_of_any_shape_are_read(read: Read, page: bytes) -> None:
    assert read("a.pdf", make_pdf([LETTER], page=page)).only.text == read("b.pdf", make_pdf([LETTER])).only.text


@pytest.mark.parametrize("far", [1e5, 1e9, 1e30, -1e30])
def test_text_far_off_the_page_is_read_and_harms_no_other(read: Read, far: float) -> None:
    text = read("a.pdf", make_pdf([[*LETTER, (far, 780, "astray"), (72, far, "afar")]])).only.text
    assert "a lively debate that lasted three hours." in text


@given(
    st.integers(2, 4).flatmap(
        lambda columns: st.lists(
            st.lists(
                st.from_regex(r"[a-z]{1,8}|[甲-畀]{1,4}|[0-9]{1,6}", fullmatch=True), min_size=columns, max_size=columns
            ),
            min_size=2,
            max_size=5,
        )
    )
)
@settings(max_examples=25)
def test_a_grid_of_words_is_read_by_rows(tmp_path_factory: pytest.TempPathFactory, grid: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("grid") / "a.pdf"
    cells = [(60 + 120 * x, 700 - 20 * y, text) for y, row in enumerate(grid) for x, text in enumerate(row)]
    path.write_bytes(make_pdf([cells]))
    [document] = read_file(path, source="a.pdf", report=lambda _: None)
    assert document.text.split("\n") == [" | ".join(row) for row in grid]


def test_a_page_of_many_words_takes_time_in_proportion(read: Read) -> None:
    """Ten thousand lines, each with cells, on one page; work that grows with their square would take minutes."""
    cells = [(60 + 200 * x, 20_000 - 2 * y, f"{x}{y}") for y in range(5_000) for x in range(2)]
    assert read("a.pdf", make_pdf([cells])).only.text.count("\n") >= 1


def test_a_damaged_title_is_none(read: Read) -> None:
    data = make_pdf([LETTER], title="工作报告").replace("工作".encode("utf-16-be").hex().encode(), b"d8005de5")
    document = read("a.pdf", data).only
    assert document.text.startswith("The council")
    assert document.title == ""
