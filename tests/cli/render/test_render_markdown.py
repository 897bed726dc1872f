from __future__ import annotations

import html
import re

from cli_kit import make_hit, make_response
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from retriever import Duplicate, Neighbour
from retriever_cli.render.markdown import format_markdown


def shown(source: str) -> str:
    """What a reader of the rendered document sees, without spaces."""
    return "".join(html.unescape(re.sub(r"<[^>]+>", "", MarkdownIt("commonmark").render(source))).split())


def test_no_hits_make_a_valid_document() -> None:
    assert format_markdown(make_response(query="[谁]？")) == "# \\[谁\\]？\n\nNo passages found.\n"


def test_a_hit_is_a_heading_a_quotation_and_a_citation() -> None:
    hit = make_hit(
        "每部电梯补贴十五万元。",
        highlights=((2, 4), (10, 11)),
        duplicates=(Duplicate("b.txt", 3, 9, 4),),
        before=(Neighbour("前。", 0, 2, 11),),
        after=(Neighbour("后。", 4, 6, 13),),
    )
    assert format_markdown(make_response(hit)) == (
        "# 谁出钱？\n\n"
        "## 1. 县政府工作报告 › 二、重点任务 › （一）加装电梯\n\n"
        "> 前。\n\n"
        "> 每部**电梯**补贴十五万元。\n\n"
        "> 后。\n\n"
        "reports/a.txt:12 · characters 10 to 21 · score 0.83\n\n"
        "Also in b.txt:4.\n"
    )


@given(st.text(alphabet="#*_-+=>`[](){}!\\|~<&;.1 \nab电梯", max_size=60))
def test_a_passage_shows_as_it_is(text: str) -> None:
    document = format_markdown(make_response(make_hit(text)))
    quotation = document.split("\n\n", 2)[2].rsplit("\n\n", 1)[0]
    assert shown(quotation) == "".join(text.split())
    assert "<em>" not in MarkdownIt("commonmark").render(quotation)


@given(st.text(alphabet="ab电梯，。 *", min_size=1, max_size=30), st.data())
def test_highlights_add_bold_and_nothing_else(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quotation = format_markdown(make_response(make_hit(text, highlights=((start, end),)))).split("\n\n", 2)[2]
    assert shown(quotation.rsplit("\n\n", 1)[0]) == "".join(text.split())
