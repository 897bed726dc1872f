"""Whether a question is answered in the example corpus, with the bundled model: at the default, without a threshold."""

from __future__ import annotations

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
    "养狗要办什么证？",
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


@pytest.mark.parametrize("question", UNANSWERED)
def test_an_unanswered_question_is_refused(index: Retriever, question: str) -> None:
    context = index.context(question, 500)
    assert not context.answerable
    assert not context.excerpts


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
def test_without_late_interaction_the_best_score_decides(index: Retriever, mode: str) -> None:
    history = [ANSWERED[1]]
    context = index.context(ANSWERED[0], 500, mode=mode, history=history)  # type: ignore[arg-type]
    assert context.score > 0


def test_the_best_of_several_indexes_decides(index: Retriever, tmp_path: object) -> None:
    with Retriever.open(f"{tmp_path}/other", create=True) as other:
        other.add([Document("museum", "The museum opens at ten.")])
        group = RetrieverGroup([other, index])
        assert group.context(ANSWERED[0], 500).score == index.context(ANSWERED[0], 500).score
        history = ["下穿通道积水多深要封闭？"]
        assert group.context("那地铁站呢？", 500, history=history).answerable
