"""Markdown: the raw text is kept, headings and front matter are parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents import read_file
from retriever.documents.markdown import show_text
from retriever.documents.markdown_text import LINE_END
from retriever.errors import ReadError

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
    text = "\n" * 8 + DOCUMENT[DOCUMENT.index("\n# ") :]
    assert document.text == text
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "一、总体 要求"),
        (1, "Objectives and scope of the plan"),
        (2, "make 的用法"),
        (6, "six"),
    ]
    assert [text[heading.start : heading.end] for heading in document.headings] == [
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


@pytest.mark.parametrize(
    ("front", "metadata"),
    [
        ("---\na: [1\n---\n", {"a": "[1"}),
        ("---\na: &x [*x\n---\n", {"a": "&x [*x"}),
        ("---\n\ta: b: c\n---\n", {"a": "b: c"}),
        ("---\ntitle: 供热: 管理条例\ntags: [供热, 民生]\n---\n", {"tags": ["供热", "民生"]}),
    ],
)
def test_broken_front_matter_is_no_text_and_reported(read: Read, front: str, metadata: dict[str, Any]) -> None:
    reading = read("a.md", front + "\n# 标题\n\n供热期为每年十一月至次年三月。\n")
    assert reading.only.metadata == metadata
    assert reading.only.title == ("供热: 管理条例" if "title" in front else "标题")
    assert [heading.text for heading in reading.only.headings] == ["标题"]
    assert reading.only.text.split() == ["#", "标题", "供热期为每年十一月至次年三月。"]
    assert any("not valid" in notice for notice in reading.notices)


def test_front_matter_in_toml_is_read(read: Read) -> None:
    reading = read("a.md", '+++\ntitle = "甲"\ntags = ["a", "b"]\nyear = 2024\n[params]\n+++\n正文\n')
    assert (reading.only.title, reading.only.metadata) == ("甲", {"tags": ["a", "b"], "year": 2024})
    assert reading.only.text.strip() == "正文"
    assert reading.notices == []


def test_a_file_of_front_matter_alone_is_refused(read: Read) -> None:
    with pytest.raises(ReadError, match="no text"):
        read("a.md", "---\ntitle: 甲\n---\n<!-- nothing -->\n")


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# 社区规约 {#community}", "社区规约"),
        ("## 行为守则 {#code-of-conduct .unnumbered}", "行为守则"),
        ("# Rules {: #rules }", "Rules"),
        ('# Rules {lang="en" -}', "Rules"),
        ("Rules {#r}\n===", "Rules"),
        ("# The set {1, 2}", "The set {1, 2}"),
        ("# {#id}", "{#id}"),
        ("# A <a name='x'></a>`<b>` **c**", "A <b> c"),
    ],
)
def test_titles_are_without_attributes(read: Read, heading: str, title: str) -> None:
    document = read("a.md", f"{heading}\n\n正文\n").only
    assert [item.text for item in document.headings] == [title]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<!-- INTERNAL: 草稿 -->\n正文", "\n正文"),
        ("甲<!-- a\nb -->乙", "甲\n乙"),
        ("甲 {/* mdx\n\n*/} 乙", "甲 \n\n 乙"),
        ('<div class="note" data-x="1"><p>正文：<b>放假</b>三天。</p></div>', "  正文：放假三天。  "),
        ("`<!-- code -->` and ``a`<b>`` <b>c</b>", "`<!-- code -->` and ``a`<b>`` c"),
        ("a ` b <i>c</i>", "a ` b c"),
        ("```html\n<!-- code -->\n<p>\n```\n<p>x", "```html\n<!-- code -->\n<p>\n```\n x"),
        ("    <b>indented</b>", "    <b>indented</b>"),
        ("List<String> x < y <you@example.org> \\<b>", "List<String> x < y <you@example.org> \\<b>"),
        ("甲<script>\nvar x = 1;\n</script >乙<style>p{}</style>", "甲\n\n乙"),
        ("unclosed <!-- comment <script> x", "unclosed <!-- comment  x"),
        ("10<sup>3</sup> m<sup>2</sup> H<sub>2</sub>O", "10^3 m² H₂O"),
        ("图<img src='data:image/png;base64,AAAA' alt='堤防'>", "图堤防"),
        ("![现场](data:image/png;base64,eUK98iEG8IR3YvDzy012TccHIFEVmg)", "![现场]()"),
        ("| a | b |\n|---|---|\n| 1<br>2 | - [x] |", "| a | b |\n|---|---|\n| 1 2 | - [x] |"),
        ("text[^1]\n\n[^1]: note\n[id]: https://example.org", "text[^1]\n\n[^1]: note\n[id]: https://example.org"),
        ('<a href="x"\n  title="y">z</a>', "\nz"),
    ],
)
def test_what_is_not_shown_is_no_text(read: Read, markup: str, shown: str) -> None:
    document = read("a.md", f"# 题\n\n{markup}\n").only
    assert document.text == f"# 题\n\n{shown}\n"


def test_ruby_is_not_within_the_text(read: Read) -> None:
    document = read("a.md", "<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>の話\n").only
    assert (document.text, document.metadata) == ("東京の話\n", {"ruby": ["東京（とうきょう）"]})


@pytest.mark.parametrize(
    "piece", ["<!-- ", "`", "``a`", "<script>", '<a "', "<sup>1", "{/*", "<ruby>", "data:image/png;base64,"]
)
def test_a_hostile_file_takes_linear_time(read: Read, piece: str) -> None:
    assert read("a.md", "x " + piece * 20_000).only.text


def test_a_rule_at_the_top_is_not_front_matter(read: Read) -> None:
    reading = read("a.md", "---\n\n第一段。\n\n---\n\n# 标题\n")
    assert reading.only.metadata == {}
    assert reading.notices == []
    assert reading.only.title == "标题"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_offsets_hold_for_every_line_end(end: str) -> None:
    text = end.join(["# 甲", "", "正文", "", "乙", "---", "", "### 丙", "", "完"])
    _, headings = show_text(text)
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
    shown, headings = show_text(text)
    for heading in headings:
        assert last <= heading.start < heading.end
        last = heading.end
        span = iter(shown[heading.start : heading.end])
        assert all(character in span for character in heading.text if not character.isspace())
        assert heading.start == 0 or shown[heading.start - 1] in "\r\n"


PIECES = [
    "甲 ",
    "a",
    "<!--",
    "-->",
    "{/*",
    "*/}",
    "`",
    "``",
    "<b>",
    "</b>",
    "<p\n>",
    "<br>",
    "<script>",
    "</script>",
    "\\",
    "\n",
    "\n\n",
    "\r\n",
    "```\n",
    "# h",
    "<sup>2</sup>",
    "<img alt='x'>",
    "data:image/png;base64,AAAA",
    "1",
    " ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_every_line_of_the_file_stays_a_line(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    text = "".join(pieces) + "\n终\n"
    path = tmp_path_factory.mktemp("markdown") / "a.md"
    path.write_bytes(text.encode())
    (document,) = read_file(path, source="a.md", report=lambda _: None)
    assert len(LINE_END.findall(document.text)) == len(LINE_END.findall(text))


def test_what_is_left_out_ends_where_it_does_behind_letters_that_are_longer_in_lower_case(read: Read) -> None:
    text = read("a.md", "İİİİ İstanbul <!-- İ --> güzel <STYLE>İ</Style> bir şehir.").only.text
    assert text == "İİİİ İstanbul  güzel  bir şehir."
