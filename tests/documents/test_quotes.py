"""What a message quotes is told from what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.page import parse_page
from retriever.documents.quotes import mark_quotes, read_message_page


@pytest.mark.parametrize(
    "introduction",
    [
        "On Tue, 1 Oct 2024 at 12:34, Ann <a@example.org> wrote:",
        "在 2024年10月1日，张三 写道：",
        "Am 01.10.24 um 12:34 schrieb Ann:",
        "On Tue, 1 Oct 2024 at 12:34, Ann\n<a@example.org> wrote:",
    ],
)
def test_a_quotation_at_the_end_stands_below_its_introduction(introduction: str) -> None:
    text = f"We agree.\n\n{introduction}\n\n> Shall we?\n>\n> > Perhaps.\n"
    marked, headings = mark_quotes(text, ())
    assert marked == f"We agree.\n\n{introduction}\n\nShall we?\n\nPerhaps."
    (heading,) = headings
    assert marked[heading.start : heading.end] == introduction
    assert heading.text == " ".join(introduction.split())


@pytest.mark.parametrize(
    ("before", "header", "heading"),
    [
        ("-----Original Message-----\n", "From: Ann\nSent: Tuesday\nTo: Bob\nSubject: x", "From: Ann"),
        ("", "发件人： 张三\n发送时间： 2024年10月1日\n收件人： 李四", "发件人： 张三"),
        ("---------- Forwarded message ---------\n", "words", "---------- Forwarded message ---------"),
        ("", "*Von:* Ann\n\n*Gesendet:* Dienstag\n\n*An:* Bob", "Von:* Ann"),
    ],
)
def test_a_quoted_message_stands_below_its_sender(before: str, header: str, heading: str) -> None:
    text = f"We agree.\n\n{before}{header}\n\nShall we?"
    marked, headings = mark_quotes(text, ())
    assert marked == text
    assert [item.text for item in headings] == [heading]


@pytest.mark.parametrize(
    "text",
    [
        "> Shall we?\n\nYes.\n\n> When?\n\nNow.",
        "On the list are:\na\nb",
        "> only a quotation",
        "From: here\nto there",
        "--- \nAnn",
        "a: b\n---\n",
    ],
)
def test_answers_between_quotations_and_plain_text_stay_as_they_are(text: str) -> None:
    assert mark_quotes(text, ()) == (text, ())


def test_quotations_of_a_page_are_marked() -> None:
    page = (
        "<h1>Plan</h1><ul><li>a<li>b</ul><div class=gmail_attr>Ann wrote:</div><blockquote class='gmail_quote'>"
        "<p>Shall we?</p><blockquote type=cite>Or not?</blockquote></blockquote><p>Bob</p><blockquote>said</blockquote>"
    )
    blocks = read_message_page(parse_page(page))
    assert blocks.text == "Plan\na\nb\n\nAnn wrote:\n\n> Shall we?\n>\n> Or not?\n\nBob\n\nsaid"
    assert [blocks.text[item.start : item.end] for item in blocks.headings] == ["Plan"]


@given(st.lists(st.sampled_from(["> a", ">", "b", "", "c:", "From: x", "To: y", "Date: z", "--- Forwarded ---"])))
def test_headings_are_spans_of_the_text(lines: list[str]) -> None:
    text, headings = mark_quotes("\n".join(lines), ())
    end = 0
    for heading in headings:
        assert end <= heading.start < heading.end <= len(text)
        assert " ".join(text[heading.start : heading.end].strip(" *").split()) == heading.text
        end = heading.end
    assert text.replace(">", "").split() == "\n".join(lines).replace(">", "").split()


def test_an_empty_quotation_leaves_no_mark() -> None:
    page = parse_page("<p>words</p><blockquote type=cite> </blockquote>")
    assert read_message_page(page).text == "words"
