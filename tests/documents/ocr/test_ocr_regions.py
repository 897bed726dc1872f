"""Places of recognised lines: found again in the text that was made of them, whatever the layout changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.ocr.interface import RecognisedLine
from retriever.documents.ocr.recognition import ReadPage
from retriever.documents.ocr.regions import Unit, find_lines, find_places
from retriever.types import Place


def make_line(text: str, left: float = 0, top: float = 0, confidence: float = 0.9) -> RecognisedLine:
    right, bottom = left + 10 * len(text), top + 20
    return RecognisedLine(text, confidence, ((left, top), (right, top), (right, bottom), (left, bottom)))


@given(st.lists(st.text("甲乙丙丁 ab1", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=8, unique=True))
def test_lines_are_found_where_they_stand(words: list[str]) -> None:
    lines = [make_line(text.strip(), top=30 * number) for number, text in enumerate(words)]
    separated = "\n".join(f"{number}〓{line.text}" for number, line in enumerate(lines))
    for offset, line in find_lines(separated, lines):
        dense = "".join(separated[offset:].split())
        assert dense.startswith("".join(line.text.split()))


def test_equal_lines_are_found_in_their_order_and_a_hyphen_may_be_gone() -> None:
    lines = [
        make_line("120", top=60),
        make_line("120", top=0),
        make_line("evapora-", top=90),
        make_line("tion", top=120),
    ]
    found = find_lines("a | 120\nb | 120\n\nevaporation", lines)
    assert [(offset, line.corners[0][1]) for offset, line in found] == [(4, 0), (12, 60), (17, 90), (24, 120)]


def test_places_name_page_and_region_in_the_unit_of_each_page() -> None:
    page = ReadPage(400, 300, (make_line("第二页", 20, 40, 0.97), make_line("末行", 20, 80, 0.8)))
    places = find_places("第一页\n\n第二页\n末行", (0, 5), {1: page}, {1: Unit("page=2&viewrect=", 0.5)})
    assert places == (
        Place(0, "page=1"),
        Place(5, "page=2&viewrect=10,20,15,10", 0.97),
        Place(9, "page=2&viewrect=10,40,10,10", 0.8),
    )
