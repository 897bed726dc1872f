"""Contexts of real searches with the bundled model over the example corpus."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from retriever import UNLIKELY, Context, ContextOptions, Retriever, RetrieverGroup, SearchOptions, Turn
from retriever.context.build import WHOLE, find_stretches
from retriever.context.follow_ups import find
from retriever.errors import UsageError

QUESTION = "加装电梯需要多少业主同意？"


def test_a_context_holds_the_best_passage_with_its_place(index: Retriever) -> None:
    context = index.context(QUESTION, 800)
    best, *others = index.search(QUESTION, 10)
    assert context.answerable
    assert best.id in context.excerpts[0].passages
    assert best.text in context.text
    # An excerpt may begin with the passage before the best, or with the sentence that answers there.
    excerpt = context.excerpts[0]
    [first] = [hit for hit in (best, *others) if hit.id == excerpt.passages[0]]
    line = first.line + first.text.count("\n", 0, excerpt.start - first.start)
    assert excerpt.citation == first.citation.removesuffix(f":{first.line}") + f":{line}"
    assert [excerpt.number for excerpt in context.excerpts] == list(range(1, len(context.excerpts) + 1))


@pytest.mark.parametrize("max_tokens", [1, 20, 120, 400, 1500])
def test_a_context_keeps_its_budget(index: Retriever, max_tokens: int) -> None:
    context = index.context(QUESTION, max_tokens, tokenizer=len)
    assert len(context.text) == context.tokens <= max_tokens
    assert len(context.markdown) <= max_tokens


def test_a_question_that_nothing_answers_gets_no_excerpts(index: Retriever) -> None:
    context = index.context("Who won the football world cup in 1998?")
    assert not context.answerable
    assert context.excerpts == ()
    assert context.text == context.markdown == ""
    assert context.tokens == 0
    assert "No excerpt of the documents answers" in context.messages()[-1]["content"]


def test_without_a_least_score_no_question_is_refused(index: Retriever) -> None:
    assert index.context("Who won the football world cup in 1998?", min_score=0).excerpts


def test_messages_have_the_instructions_the_history_and_the_question(index: Retriever) -> None:
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "三分之二以上。"}]
    context = index.context("那资金从哪里来？", history=history, min_score=0)
    system, *turns, last = context.messages()
    assert system["role"] == "system"
    assert turns == history
    assert context.history == (Turn("user", QUESTION), Turn("assistant", "三分之二以上。"))
    assert last["content"] == f"{context.text}\n\nQuestion: 那资金从哪里来？"


def test_excerpts_in_document_order_ascend_in_each_document(index: Retriever) -> None:
    context = index.context(QUESTION, 3000, order="document")
    places: dict[str, list[int]] = {}
    for excerpt in context.excerpts:
        places.setdefault(excerpt.document, []).append(excerpt.start)
    assert any(len(starts) > 1 for starts in places.values())
    assert all(starts == sorted(starts) for starts in places.values())


def test_a_group_gives_the_context_of_its_only_index(index: Retriever) -> None:
    assert RetrieverGroup([index]).context(QUESTION) == index.context(QUESTION)


def test_to_dict_has_what_was_found(index: Retriever) -> None:
    context = index.context(QUESTION, 500)
    values = context.to_dict()
    assert values["text"] == context.text
    assert values["excerpts"][0]["citation"] == context.excerpts[0].citation
    assert values["excerpts"][0]["passages"] == list(context.excerpts[0].passages)


@pytest.mark.parametrize(
    "history", ["a question", {"role": "user", "content": "x"}, [3], [{"role": "user", "content": 3}], [{}], None]
)
def test_a_history_of_another_form_is_refused(index: Retriever, history: object) -> None:
    with pytest.raises(UsageError):
        index.context(QUESTION, history=history)  # type: ignore[arg-type]


def test_messages_of_tools_and_without_text_are_no_turns(index: Retriever) -> None:
    history = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "电梯"}, {"type": "image_url"}]},
        {"role": "tool", "content": "{}"},
        {"role": "assistant", "content": None},
    ]
    assert index.context(QUESTION, history=history).history == (Turn("user", "电梯"),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 0},
        {"max_tokens": "many"},
        {"max_tokens": 10**9},
        {"order": "date"},
        {"min_score": 2},
        {"mode": "fast"},
        {"tokenizer": 3},
        {"where": 3},
    ],
)
def test_options_check_themselves(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        ContextOptions(**wrong)  # type: ignore[arg-type]


def test_other_options_are_refused(index: Retriever) -> None:
    with pytest.raises(UsageError, match="ContextOptions"):
        index.context_with(QUESTION, 800)  # type: ignore[arg-type]


def test_a_context_is_a_value(index: Retriever) -> None:
    context = index.context(QUESTION, 500)
    assert isinstance(context, Context)
    assert context == index.context_with(QUESTION, ContextOptions(500))


def test_what_answers_in_later_hits_comes_before_the_rest_of_them(index: Retriever) -> None:
    with ExitStack() as stack:
        begin, model = index._begin_searches(stack)
        found = find(begin, QUESTION, SearchOptions(k=30), (), model)
        stretches = list(find_stretches(found.searches, found.hits))
    related = [hit for hit in found.hits if hit.score >= UNLIKELY]
    assert len(related) > WHOLE
    assert [stretch.text for stretch in stretches[:WHOLE]] == [hit.text for hit in related[:WHOLE]]
    later = related[WHOLE:]
    answers = [hit.text[hit.sentence.start : hit.sentence.end] if hit.sentence else hit.text for hit in later]
    assert [stretch.text for stretch in stretches[WHOLE : len(related)]] == answers
    assert any(len(answer) < len(hit.text) for answer, hit in zip(answers, later, strict=True))
    whole = stretches[len(related) : len(related) + len(later)]
    assert [stretch.text for stretch in whole] == [hit.text for hit in later]


def test_a_large_budget_has_whole_passages(index: Retriever) -> None:
    context = index.context(QUESTION, 20_000)
    hits = [hit for hit in index.search(QUESTION, 30) if hit.score >= UNLIKELY]
    assert len(hits) > WHOLE
    assert all(any(hit.text in excerpt.text for excerpt in context.excerpts) for hit in hits)
