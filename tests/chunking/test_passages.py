from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from chunking_tokenizers import words
from hypothesis import given
from hypothesis import strategies as st

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.chunking.units import TokenSpans
from retriever.errors import UsageError
from retriever.text.sentences import split_sentences
from retriever.types import Document, Heading, Passage

SMALL = ChunkSettings(target=24, maximum=40, minimum=8, embed_heading=True, context=12)
LIMIT = 60

LINES = [
    "一、总体要求",
    "二、主要任务",
    "（一）抓项目。开工十二个项目，完成投资。",
    "（二）抓民生。一是建学校。新建三所。二是修道路。硬化八公里，安装路灯。",
    "会议强调，各单位要认真学习，抓好落实；要加强检查，及时报告。" * 3,
    "没有标点的一长串文字" * 20,
    "A short line",
    "The lift was built in 2021. Nobody used it, as far as we know; it was slow!",
    "which goes on in small letters over the width of a line",
    "",
    "　　",
]
TEXTS = st.one_of(
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=25).map("\n".join),
    st.text(max_size=300),
    st.text(alphabet="字 a。，\n", max_size=300),
)


def cut(text: str, token_spans: TokenSpans, title: str = "") -> list[Passage]:
    document = Document("d", text, title=title)
    return chunk(document, token_spans=token_spans, limit=LIMIT, settings=SMALL)


@given(text=TEXTS)
def test_passages_are_slices_that_cover_the_document(token_spans: TokenSpans, text: str) -> None:
    position = 0
    for passage in cut(text, token_spans):
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert not text[position : passage.start].strip()
        assert passage.line == text.count("\n", 0, passage.start) + 1
        position = passage.end
    assert not text[position:].strip()


@given(text=TEXTS)
def test_no_passage_with_its_trail_exceeds_the_limit(token_spans: TokenSpans, text: str) -> None:
    for passage in cut(text, token_spans):
        embedded = embedding_text("", passage.heading, passage.text, SMALL)
        assert passage.tokens == len(token_spans(embedded)) <= LIMIT


@given(text=TEXTS)
def test_no_passage_begins_inside_a_sentence_that_fits(token_spans: TokenSpans, text: str) -> None:
    sentences = split_sentences(text)
    starts = {sentence.start for sentence in sentences}
    for passage in cut(text, token_spans):
        if passage.start in starts or passage.text.startswith(("一是", "二是")):
            continue
        around = next(sentence for sentence in sentences if sentence.start < passage.start < sentence.end)
        embedded = embedding_text("", passage.heading, "", SMALL) + text[around.start : around.end]
        assert len(token_spans(embedded)) > LIMIT - 4


@given(text=TEXTS)
def test_the_same_text_gives_the_same_passages(token_spans: TokenSpans, text: str) -> None:
    assert cut(text, token_spans) == cut(text, token_spans)


def test_a_work_report(report: str, token_spans: TokenSpans) -> None:
    document = Document("d", report)
    passages = chunk(document, token_spans=token_spans, limit=200, settings=ChunkSettings(60, 90, 12))
    by_start = {passage.text[:6]: passage for passage in passages}
    works = by_start["一是项目建设"] if "一是项目建设" in by_start else by_start["一、上半年工"]
    assert works.heading[0] == "一、上半年工作稳中有进"
    renewal = next(passage for passage in passages if "老旧小区" in passage.text)
    assert renewal.heading[:2] == ("二、下半年重点任务", "（二）抓好城市更新")
    safety = next(passage for passage in passages if "排查企业隐患" in passage.text)
    assert safety.text.startswith("（三）抓好安全生产\n")
    assert {passage.language for passage in passages} == {"zh"}


def test_small_items_share_a_passage_under_their_parent() -> None:
    text = "一、任务\n一是抓学校。建三所。二是抓道路。修两条。三是抓河道。清一段。\n二、保障\n加强领导，落实责任。"
    first, second = chunk(Document("d", text), token_spans=words, limit=200, settings=ChunkSettings(40, 60, 16))
    assert (first.heading, second.heading) == (("一、任务",), ("二、保障",))


def test_headings_without_text_join_the_passage_below() -> None:
    text = "第一章 总则\n第一节 目的\n" + "为了保障供水安全，维护用户权益，制定本办法。" * 3
    (passage,) = chunk(Document("d", text), token_spans=words, limit=300, settings=ChunkSettings(90, 120, 16))
    assert passage.heading == ("第一章 总则", "第一节 目的")


@given(
    sections=st.lists(st.lists(st.sampled_from(LINES[4:8]), min_size=1, max_size=6), min_size=3, max_size=6),
    data=st.data(),
)
def test_an_edit_leaves_other_sections_alone(
    token_spans: TokenSpans, sections: list[list[str]], data: st.DataObject
) -> None:
    # The first line of every section is long enough for the section to stand alone.
    parts = [f"第{number}章 标题\n{LINES[4]}\n" + "\n".join(body) for number, body in enumerate(sections, 1)]
    edited = data.draw(st.integers(0, len(parts) - 1))
    before = [cut("\n".join(parts), token_spans)]
    changed = [*parts[:edited], parts[edited] + "\n新增一句，说明情况。" + LINES[4], *parts[edited + 1 :]]
    after = [cut("\n".join(changed), token_spans)]

    def others(passages: list[Passage]) -> list[tuple[tuple[str, ...], str]]:
        return [(p.heading, p.text) for p in passages if p.heading != (f"第{edited + 1}章 标题",)]

    assert others(before[0]) == others(after[0])


def test_an_edit_in_a_long_run_of_short_lines_changes_few_passages() -> None:
    lines = [f"第{number}号井水位{number * 37 % 101}米，水质良好。" for number in range(1000, 2000)]
    before = {passage.text for passage in cut("\n".join(lines), words)}
    after = {passage.text for passage in cut("\n".join(["新打一口井。", *lines]), words)}
    assert len(after - before) <= len(before) // 10


def test_a_very_long_line_is_tokenised_in_bounded_pieces() -> None:
    longest, total = 0, 0

    def counting(text: str) -> npt.NDArray[np.int32]:
        nonlocal longest, total
        longest, total = max(longest, len(text)), total + len(text)
        return words(text)

    text = "水位正常，流量稳定。" * 20_000 + "字" * 50_000
    passages = chunk(Document("d", text), token_spans=counting, limit=500, settings=ChunkSettings())
    assert "".join(passage.text for passage in passages) == text
    assert longest <= 10_000
    assert total <= 6 * len(text)


def test_ten_thousand_tiny_sections_are_merged() -> None:
    text = "\n".join(f"{number % 9 + 1}. 事项" for number in range(10_000))
    passages = chunk(Document("d", text), token_spans=words, limit=500, settings=ChunkSettings())
    assert "\n".join(passage.text for passage in passages) == text
    assert max(passage.tokens for passage in passages) <= ChunkSettings().maximum


def test_marked_up_headings_are_used() -> None:
    text = "Rivers\nThey rise in spring and flood the meadows below the town.\nLakes\nThey freeze from December on."
    headings = (Heading("Rivers", 1, 0, 6), Heading("Lakes", 1, text.index("Lakes"), text.index("Lakes") + 5))
    document = Document("d", text, headings=headings)
    passages = chunk(document, token_spans=words, limit=100, settings=ChunkSettings(16, 32, 4))
    assert [passage.heading for passage in passages] == [("Rivers",), ("Lakes",)]


def test_rows_pages_and_languages() -> None:
    text = "Die Straße ist gesperrt, der Verkehr wird umgeleitet.\n\n市区供水恢复正常。\n\n12.4%"
    settings = ChunkSettings(4, 8, 1)
    paged = chunk(Document("d", text, pages=(0, 55)), token_spans=words, limit=100, settings=settings)
    assert [(passage.page, passage.language) for passage in paged][:2] == [(1, "de"), (2, "zh")]
    assert {passage.page for passage in paged[1:]} == {2}
    row = chunk(Document("d", text, line=7, language="de"), token_spans=words, limit=100, settings=settings)
    assert {passage.line for passage in row} == {7}
    assert row[-1].language == "de"


@pytest.mark.parametrize("text", ["", " \n\u3000\n"])
def test_blank_text_has_no_passages(text: str) -> None:
    assert cut(text, words) == []


def test_wrapped_lines_are_one_paragraph() -> None:
    sentence = "the ferry leaves from the north pier at six every morning except on Sundays when nobody works and"
    text = "\n".join([sentence.capitalize(), sentence, sentence, "then it comes back."])
    (passage,) = chunk(Document("d", text), token_spans=words, limit=200, settings=ChunkSettings(20, 100, 10))
    assert passage.text == text


def test_a_limit_that_leaves_no_tokens_is_refused() -> None:
    document = Document("d", "一、标题标题标题\n" + LINES[4])
    with pytest.raises(UsageError) as error:
        chunk(document, token_spans=words, limit=2, settings=SMALL)
    assert error.value.hint


def test_passages_ascend(report: str, token_spans: TokenSpans) -> None:
    assert all(first.end <= second.start for first, second in pairwise(cut(report, token_spans)))
