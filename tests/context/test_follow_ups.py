"""Follow-ups and changes of subject in conversations about the example corpus, with the bundled model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retriever import Context, Retriever
from retriever.context.follow_ups import LONGEST, join_questions, merge
from retriever.hits import Duplicate, Hit

LIFT = "加装电梯需要多少业主同意？"
# Earlier question, follow-up, and what stands in the passage that answers it.
FOLLOW_UPS = [
    (LIFT, "那财政给补多少钱？", "六层及以下每部22万元"),
    ("How many homes still have a lead service pipe?", "When will they all be gone?", "the end of lead service pipes"),
    ("¿Qué es «Segunda Vuelta»?", "¿Cuánta gente trabajará allí?", "22 puestos de trabajo"),
    ("Сколько низкопольных трамваев получил город?", "А сколько человек вмещает один?", "вмещает 186 пассажиров"),
    ("津波避難タワーはどこに建ちますか？", "いつできますか？", "令和8年度末までに全基を完成"),
    ("Where are the tsunami evacuation towers built?", "How many people fit in one?", "収容人数は350人"),
]


def make_hit(name: str, score: float, *duplicates: Duplicate) -> Hit:
    return Hit(1, score, name, "d", f"{name}.txt", "", (), name, 0, 9, 1, None, "en", duplicates=duplicates, index="i")


def find_first(context: Context, answer: str) -> int:
    """The number of the first excerpt with the answer, 0 if there is none."""
    return next((part.number for part in context.excerpts if answer in part.text.replace("\n", "")), 0)


@pytest.mark.parametrize(("before", "question", "answer"), FOLLOW_UPS)
def test_a_follow_up_is_searched_with_what_it_refers_to(
    index: Retriever, before: str, question: str, answer: str
) -> None:
    context = index.context(question, 3000, history=[before, {"role": "assistant", "content": "…"}], min_score=0)
    assert 1 <= find_first(context, answer) <= 5
    assert context.question == question
    assert context.query in (question, f"{before} {question}")


def test_the_query_is_what_found_the_best_passage(index: Retriever) -> None:
    before, question, _ = FOLLOW_UPS[0]
    assert index.context(question, history=[before]).query == f"{before} {question}"
    assert index.context(question).query == question


@pytest.mark.parametrize("before", [before for before, _, _ in FOLLOW_UPS])
def test_a_new_subject_is_not_drawn_back_to_the_old_one(index: Retriever, before: str) -> None:
    question = "黄石矶站的警戒水位是多少？"
    context = index.context(question, 3000, history=[before])
    assert find_first(context, "警戒水位为37.50米") == 1
    assert context.query == question


def test_a_follow_up_of_a_follow_up_finds_the_subject(index: Retriever) -> None:
    context = index.context("堤上怎么巡查？", 3000, history=["什么时候启动Ⅱ级响应？", "谁来决定？"], min_score=0)
    assert find_first(context, "每公里安排10人、每小时巡查一遍") == 1


def test_answers_alone_are_no_topic(index: Retriever) -> None:
    history = [{"role": "assistant", "content": "您好，请提问。"}]
    context = index.context(LIFT, history=history)
    assert replace(context, history=()) == index.context(LIFT)


def test_a_topic_is_made_of_the_last_questions() -> None:
    assert join_questions([" second\n one", "x" * 999]) == f"second one {'x' * LONGEST}"
    assert join_questions(()) == ""


def test_hits_of_both_searches_are_ranked_by_both() -> None:
    alone = [make_hit("both", 0.5), make_hit("alone", 0.5), make_hit("low", 0.01)]
    referring = [make_hit("both", 0.5), make_hit("behind", 0.5), make_hit("low", 0.01)]
    merged = merge(alone, referring)
    assert [hit.id for hit in merged] == ["both", "alone", "behind", "low"]
    assert [hit.rank for hit in merged] == [1, 2, 3, 4]
    assert all(0 <= hit.score <= 1 for hit in merged)


def test_a_near_duplicate_of_a_better_hit_is_left_out() -> None:
    head = make_hit("head", 0.6, Duplicate("twin.txt", 0, 9, document="d", index="i"))
    assert [hit.id for hit in merge([head], [make_hit("twin", 0.3)])] == ["head"]


@pytest.mark.parametrize("found", [[], [make_hit("one", 0.3), make_hit("two", 0.02)]])
def test_a_search_without_hits_changes_no_score(found: list[Hit]) -> None:
    assert merge(found, []) == merge([], found) == found
