"""Headers, footers, page numbers and stamps are told from text by place and repetition."""

from __future__ import annotations

import pytest
from placing import place, place_lines

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.running import remove_running

Page = list[list[Fragment]]


def make_page(number: int, *, header: str = "", footer: str = "", height: float = 700) -> Page:
    body = place_lines([f"line {at} of page {'abcdefghij'[number]}" for at in range(6)], 50, height)
    page = [place(header, 50, 780)] if header else []
    return [[*page, *body, *([place(footer, 250, 40)] if footer else [])]]


def read(pages: list[Page]) -> list[list[str]]:
    return [[fragment.text for part in page for fragment in part] for page in remove_running(pages).pages]


def test_a_header_is_kept_on_the_first_page_only() -> None:
    texts = read([make_page(at, header="Annual report") for at in range(4)])
    assert [text[0] for text in texts] == ["Annual report", "line 0 of page b", "line 0 of page c", "line 0 of page d"]


def test_headers_of_odd_and_even_pages() -> None:
    texts = read([make_page(at, header=["The book", "The chapter"][at % 2]) for at in range(8)])
    assert sum(text[0].startswith("The") for text in texts) == 1


@pytest.mark.parametrize(
    "form", ["{}", "- {} -", "第 {} 页 共 9 页", "Page {} of 9", "{} | The council’s annual report"]
)
def test_page_numbers_are_removed_in_any_form(form: str) -> None:
    contents = remove_running([make_page(at, footer=form.format(at + 3)) for at in range(4)])
    assert all(len(page[0]) == 6 for page in contents.pages)
    assert len(contents.removed) <= 1


def test_attachments_are_no_page_numbers() -> None:
    texts = read([make_page(at, header=f"附件{at + 1}") for at in range(4)])
    assert [text[0] for text in texts] == ["附件1", "附件2", "附件3", "附件4"]


def test_a_heading_at_changing_places_stays() -> None:
    texts = read([[[place("Budget", 50, 700 - 30 * at), *make_page(at, height=500)[0]]] for at in range(4)])
    assert all(text[0] == "Budget" for text in texts)


def test_one_page_is_not_touched() -> None:
    [texts] = read([make_page(0, header="Annual report", footer="1")])
    assert len(texts) == 8


def test_copies_of_a_page_keep_their_text_but_not_their_numbers() -> None:
    texts = read(
        [[[*place_lines(["Words of this page.", "2023"], 50, 700), place(f"- {at} -", 250, 40)]] for at in (7, 8, 9)]
    )
    assert texts == [["Words of this page.", "2023"]] * 3


def test_a_scanned_page_with_a_stamped_header_is_empty() -> None:
    pages = [make_page(at, header="Copy of the archive") for at in range(3)]
    contents = remove_running([*pages, [[place("Copy of the archive", 50, 780)]]])
    assert contents.empty == [False, False, False, True]


def test_a_stamp_across_the_page_is_removed_once_it_repeats() -> None:
    pages = [[*make_page(at), [place("DRAFT", 300, 300, size=60)]] for at in range(3)]
    contents = remove_running(pages)
    assert all("DRAFT" not in fragment.text for page in contents.pages for part in page for fragment in part)
    assert contents.removed == ["DRAFT"]
    assert read(pages[:1])[0][-1] == "DRAFT"
