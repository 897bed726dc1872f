"""Whether a question is answered in the example corpus, with the bundled model: at the default, without a threshold."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from retriever import Document, Retriever, RetrieverGroup

ANSWERED = [
    "黄石矶站的警戒水位是多少？",
    "硕士毕业回到澜溪工作，每个月有多少生活补贴？",
    "竹海县怎样把闲置农房“存”起来？",
    "Why did Cold Fen cost more than approved?",
    "Сколько стоит проезд по карте и наличными?",
    "¿Cuándo se llenará el vertedero de Los Jarales?",
    "津波避難タワーには何人が入れますか",
    # Their passages are in another language.
    "海啸避难塔一座能容纳多少人？",
    "¿A qué horas se permite trabajar en la instalación del ascensor?",
]
UNANSWERED = [
    "Who won the football world cup in 1998?",
    "How do I make sourdough bread?",
    "怎么做红烧肉？",
    "大学录取分数线是多少？",
    "驾驶证过期了怎么换？",
    "Кто написал «Войну и мир»?",
    "¿Quién es el entrenador del equipo de baloncesto?",
    "マラソン大会の優勝者は誰ですか？",
]


@pytest.mark.parametrize("question", ANSWERED)
def test_an_answered_question_gets_excerpts(index: Retriever, question: str) -> None:
    context = index.context(question, 500)
    assert context.answerable
    assert context.excerpts


def test_unanswered_questions_are_refused(index: Retriever) -> None:
    contexts = [index.context(question, 500) for question in UNANSWERED]
    # Of questions about something else one in twenty reaches the threshold (docs/decisions/scores.md).
    assert [context.answerable for context in contexts].count(True) <= 1
    for context in contexts:
        assert bool(context.excerpts) == context.answerable


# Words of the examples, which say nothing by themselves.
LEADING = ["继续", "好的", "可以", "接着", "没有", "进一步", "一般", "一定", "Why?", "because", "что", "qué", "これ"]


def test_a_word_that_leads_a_conversation_on_is_no_question(index: Retriever) -> None:
    assert not [word for word in LEADING if index.context(word, 500).answerable]


@pytest.mark.parametrize("before", [ANSWERED[0], ANSWERED[2]])
def test_a_word_that_leads_a_conversation_on_finds_its_subject_at_most(index: Retriever, before: str) -> None:
    subject = index.context(before, 500).excerpts[0].source
    for word in LEADING:
        context = index.context(word, 500, history=[before])
        assert not context.answerable or context.excerpts[0].source == subject


def test_a_word_that_names_a_thing_is_found(index: Retriever) -> None:
    for word in ("黄石矶站", "民宿", "leakage", "residuos", "津波", "第一", "二是", "十", "12"):
        context = index.context(word, 500)
        assert context.answerable
        assert word in context.text


@pytest.mark.parametrize("before", [ANSWERED[0], ANSWERED[2]])
@pytest.mark.parametrize("question", ["大学录取分数线是多少？", "驾驶证过期了怎么换？", "谁写了《战争与和平》？"])
def test_an_answered_question_before_does_not_answer_the_next(index: Retriever, before: str, question: str) -> None:
    assert not index.context(question, 500, history=[before]).answerable


def test_a_follow_up_is_judged_by_what_it_refers_to(index: Retriever) -> None:
    question, before = "那地铁站呢？", "下穿通道积水多深要封闭？"
    alone, behind = index.context(question, 500), index.context(question, 500, history=[before])
    assert behind.answerable
    assert behind.score > alone.score


@pytest.mark.parametrize("mode", ["lexical", "dense"])
@pytest.mark.parametrize("history", [(), [ANSWERED[1]]])
def test_without_late_interaction_the_best_score_decides(
    index: Retriever, mode: Literal["lexical", "dense"], history: list[str]
) -> None:
    context = index.context(ANSWERED[0], 500, mode=mode, history=history)
    assert context.score == pytest.approx(index.search(ANSWERED[0], 1, mode=mode)[0].score, abs=1e-5)


def test_editions_of_the_answer_do_not_hide_it(tmp_path: Path) -> None:
    text = "\n\n".join(
        (
            "第一条　本办法适用于镇图书馆第{0}版阅览规则所称的读者，馆员负责解释本办法，并保存每一次修订的记录。",
            "第二条　镇图书馆周一闭馆，其余各天上午九点开门，晚上八点关门，节假日另行通知（第{0}版）。",
            "第三条　读者每次最多借五本书，借期三十天，可以续借一次，逾期的每天每本收费一角（第{0}版）。",
        )
    )
    with Retriever.open(tmp_path / "editions", create=True) as editions:
        editions.add([Document(f"edition-{number}", text.format(number)) for number in range(40)])
        assert editions.context("图书馆星期几不开门？").answerable
        assert not editions.context("怎么做红烧肉？").answerable


def test_the_best_of_several_indexes_decides(index: Retriever, tmp_path: object) -> None:
    with Retriever.open(f"{tmp_path}/other", create=True) as other:
        other.add([Document("museum", "The museum opens at ten.")])
        group = RetrieverGroup([other, index])
        assert group.context(ANSWERED[0], 500).score == index.context(ANSWERED[0], 500).score
        history = ["下穿通道积水多深要封闭？"]
        assert group.context("那地铁站呢？", 500, history=history).answerable
