"""Subtitles: paragraphs by speaker and pause, cited by the times at which they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import ReadError

Read = Callable[..., Any]

SRT = """1
00:00:01,000 --> 00:00:02,500
本周三上午

2
00:00:02,600 --> 00:00:04,000
停水检修。

3
01:02:10,5 --> 01:02:12,0
<i>See</i> you
- soon
"""


def test_cues_are_joined_and_pauses_part_them(read: Read) -> None:
    document = read("a.srt", SRT.replace("\n", "\r\n")).only
    assert document.text == "本周三上午停水检修。\n\nSee you - soon"
    assert [(place.name, document.text[place.start :][:3]) for place in document.places] == [
        ("00:00:01", "本周三"),
        ("00:00:02", "停水检"),
        ("01:02:10", "See"),
    ]
    assert document.title == "a"


def test_speakers_part_paragraphs_and_notes_are_left_out(read: Read) -> None:
    vtt = (
        "WEBVTT - a\n\nNOTE not shown\nat all\n\nSTYLE\n::cue { color: red }\n\n"
        "id-1\n00:01.000 --> 00:02.000 align:start\n<v Ann>Good &amp; bad</v>\n\n"
        "00:02.000 --> 00:03.000\n<v.loud Bob>Yes.\n\n00:03.100 --> 00:04.000\n<v Bob>Yes.\nIt is.\n"
    )
    document = read("a.vtt", vtt).only
    assert document.text == "Ann: Good & bad\n\nBob: Yes. It is."


def test_times_without_zeros_are_read(read: Read) -> None:
    """As programs for meetings write them."""
    document = read(
        "a.vtt", "WEBVTT\n\n1/12-0\n0:0:9.0 --> 0:1:3.540\nGood morning.\n\n0:1:5.2 --> 1:2:7.950\nBye.\n"
    ).only
    assert [(place.name, document.text[place.start :][:3]) for place in document.places] == [
        ("00:00:09", "Goo"),
        ("00:01:05", "Bye"),
    ]


def test_a_file_without_cues_is_refused(read: Read) -> None:
    with pytest.raises(ReadError, match="no subtitles"):
        read("a.vtt", "WEBVTT\n\nNOTE x\n")


def test_many_lines_at_once_take_linear_time(read: Read) -> None:
    first, second = ("\n".join(f"{letter}{number}" for number in range(40_000)) for letter in "ab")
    document = read(
        "a.srt", f"00:00:01,000 --> 00:00:02,000\n{first}\n\n00:00:02,000 --> 00:00:03,000\n{second}\n"
    ).only
    assert document.text.endswith(" b39999")
