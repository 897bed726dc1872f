"""What a chatbot needs: excerpts for a turn of a conversation, and the check of an answer that cites them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from retriever import ContextOptions, Retriever, RetrieverGroup
from retriever.errors import UsageError
from retriever.serving.http.answers import Answer
from retriever.serving.http.schemas.context import CheckAnswer, ContextAnswer
from retriever.serving.http.schemas.requests import LONGEST_CONTEXT, MOST_EXCERPTS, CheckRequest, ContextRequest
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.state import state_of

router = APIRouter(tags=["context"])
# Characters of an answer that are checked before the next look at the clock.
STEP = 50


@router.post("/v1/context", response_model=ContextAnswer, summary="Build the context for a turn of a conversation")
async def context(request: Request, body: ContextRequest) -> Answer:
    """The best passages in a budget of tokens, with numbered citations, as text, Markdown and chat messages."""
    request.state.question = body.question
    return await state_of(request).search(_build, body)


@router.post("/v1/check", response_model=CheckAnswer, summary="Check which excerpts support an answer")
async def check(request: Request, body: CheckRequest) -> Answer:
    """Each claim of the answer, and which excerpts support it, without a language model."""
    state = state_of(request)
    searched = state.served.to_search(body.index)
    if (body.context is None) == (body.question is None):
        raise UsageError("a check needs either a context or a question", hint="send the context that was given out")
    if body.context is not None:
        _check_size(body.context)
    options = body.options(state.served.tokenizers)
    return await state.answer_by_steps(lambda go_on: _check(searched, body, options, go_on))


def _check(
    searched: Retriever | RetrieverGroup, body: CheckRequest, options: ContextOptions, go_on: Callable[[], None]
) -> dict[str, Any]:
    context: object = body.context
    if body.question is not None:
        context = searched.context_with(body.question, options, body.turns())
    checker = searched.citation_checker(context)
    # An answer may have thousands of claims. What nobody waits for any more is not checked to its end.
    for start in range(0, len(body.answer), STEP):
        go_on()
        checker.feed(body.answer[start : start + STEP])
    go_on()
    checker.finish()
    return checker.report.to_dict()


def _check_size(context: dict[str, Any] | list[Any]) -> None:
    """Raise UsageError for more excerpts, or longer ones, than any context has."""
    excerpts = context.get("excerpts") if isinstance(context, dict) else context
    if not isinstance(excerpts, list):
        return  # it is not a context, as will be told
    length = sum(map(_measure, excerpts[:MOST_EXCERPTS]))
    if len(excerpts) > MOST_EXCERPTS or length > LONGEST_CONTEXT:
        raise UsageError(
            f"a context to check against has at most {MOST_EXCERPTS:,} excerpts and {LONGEST_CONTEXT:,} characters",
            hint="send the excerpts that the answer cites",
        )


def _measure(excerpt: object) -> int:
    """The characters of an excerpt that claims are compared with."""
    if not isinstance(excerpt, dict):
        return len(str(excerpt))
    return sum(len(str(value)) for name, value in excerpt.items() if name not in ("metadata", "duplicates"))


def _build(served: ServedIndexes, body: ContextRequest) -> dict[str, Any]:
    options = body.options(served.tokenizers)
    context = served.to_search(body.index).context_with(body.question, options, body.turns())
    return {
        **served.put_names(context.to_dict()),
        "markdown": context.markdown,
        "messages": context.messages(),
    }
