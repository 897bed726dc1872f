"""Markdown: the raw text is kept, headings and front matter are parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.markdown import find_headings

Read = Callable[..., Any]

DOCUMENT = """---
title: 加装电梯的做法
date: 2024-05-01
tags: [住房, 民生]
year: 2024
nested:
  left: out
---

# 一、**总体** 要求

正文 # 不是标题

Objectives and *scope*
of the [plan](https://example.org)
======

```sh
# a comment in code
```

    # indented code

> # quoted

- # in a list

## `make` 的用法 ##
###### six
####### seven
#hash
"""


def test_headings_follow_commonmark(read: Read) -> None:
    document = read("a.md", DOCUMENT).only
    assert document.text == DOCUMENT
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "一、总体 要求"),
        (1, "Objectives and scope of the plan"),
        (2, "make 的用法"),
        (6, "six"),
    ]
    assert [DOCUMENT[heading.start : heading.end] for heading in document.headings] == [
        "# 一、**总体** 要求",
        "Objectives and *scope*\nof the [plan](https://example.org)\n======",
        "## `make` 的用法 ##",
        "###### six",
    ]


def test_front_matter_becomes_metadata_and_the_title(read: Read) -> None:
    document = read("a.md", DOCUMENT).only
    assert document.title == "加装电梯的做法"
    assert document.metadata == {"date": "2024-05-01", "tags": ["住房", "民生"], "year": 2024}


def test_nested_front_matter_is_left_out_and_reported(read: Read) -> None:
    reading = read("a.md", "---\nplace:\n  county: 云岭\nyear: 2024\nrows: [[1]]\n---\n正文。\n")
    assert reading.only.metadata == {"year": 2024}
    assert reading.notices == ["nested fields were left out of the metadata: place, rows"]


def test_without_front_matter_the_first_level_one_heading_is_the_title(read: Read) -> None:
    document = read("a.md", "## 副题\n\n# 主题\n").only
    assert (document.title, document.metadata) == ("主题", {})


def test_without_headings_there_is_no_marked_up_outline(read: Read) -> None:
    document = read("a.md", "一、总体要求\n\n正文。\n").only
    assert (document.headings, document.title) == (None, "")


@pytest.mark.parametrize("front", ["---\na: [1\n---\n", "---\na: &x [*x\n---\n", "---\n\ta: b: c\n---\n"])
def test_broken_front_matter_is_kept_as_text_and_reported(read: Read, front: str) -> None:
    reading = read("a.md", front + "# 标题\n")
    assert reading.only.metadata == {}
    assert [heading.text for heading in reading.only.headings][-1] == "标题"
    assert any("YAML" in notice for notice in reading.notices)


def test_a_rule_at_the_top_is_not_front_matter(read: Read) -> None:
    reading = read("a.md", "---\n\n第一段。\n\n---\n\n# 标题\n")
    assert reading.only.metadata == {}
    assert reading.notices == []
    assert reading.only.title == "标题"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_offsets_hold_for_every_line_end(end: str) -> None:
    text = end.join(["# 甲", "", "正文", "", "乙", "---", "", "### 丙", "", "完"])
    headings = find_headings(text)
    assert [text[heading.start : heading.end] for heading in headings] == ["# 甲", f"乙{end}---", "### 丙"]


marked_up = st.lists(
    st.sampled_from(
        [
            "# 甲",
            "## *b* c",
            "乙",
            "===",
            "---",
            "```",
            "> # x",
            "- y",
            "",
            "    # z",
            "#",
            "\t",
            "\r",
            "<div>",
            "\ufffd",
            "\u2028",
        ]
    ),
    max_size=30,
)


@given(marked_up, st.sampled_from(["\n", "\r\n"]))
def test_spans_contain_the_words_of_their_headings(lines: list[str], end: str) -> None:
    text = end.join(lines)
    last = 0
    for heading in find_headings(text):
        assert last <= heading.start < heading.end
        last = heading.end
        span = iter(text[heading.start : heading.end])
        assert all(character in span for character in heading.text if not character.isspace())
        assert heading.start == 0 or text[heading.start - 1] in "\r\n"
