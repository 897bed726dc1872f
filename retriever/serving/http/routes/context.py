"""What a chatbot needs: excerpts for a turn of a conversation, and the check of an answer that cites them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from retriever import Context, Retriever, RetrieverGroup
from retriever.errors import UsageError
from retriever.serving.http.answers import Answer
from retriever.serving.http.schemas.context import CheckAnswer, ContextAnswer
from retriever.serving.http.schemas.requests import CheckRequest, ContextRequest
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.state import state_of

router = APIRouter(tags=["context"])


@router.post("/v1/context", response_model=ContextAnswer, summary="Build the context for a turn of a conversation")
async def context(request: Request, body: ContextRequest) -> Answer:
    """The best passages in a budget of tokens, with numbered citations, as text, Markdown and chat messages."""
    state = state_of(request)
    request.state.question = body.question
    searched, options = state.served.to_search(body.index), body.options()
    return await state.answer(
        lambda: _to_dict(state.served, searched.context_with(body.question, options, body.turns()))
    )


@router.post("/v1/check", response_model=CheckAnswer, summary="Check which excerpts support an answer")
async def check(request: Request, body: CheckRequest) -> Answer:
    """Each claim of the answer, and which excerpts support it, without a language model."""
    state = state_of(request)
    searched = state.served.to_search(body.index)
    if (body.context is None) == (body.question is None):
        raise UsageError("a check needs either a context or a question", hint="send the context that was given out")
    return await state.answer(lambda: _check(searched, body))


def _check(searched: Retriever | RetrieverGroup, body: CheckRequest) -> dict[str, Any]:
    context: object = body.context
    if body.question is not None:
        context = searched.context_with(body.question, body.options(), body.turns())
    return searched.check_citations(body.answer, context).to_dict()


def _to_dict(served: ServedIndexes, context: Context) -> dict[str, Any]:
    return {
        **served.put_names(context.to_dict()),
        "markdown": context.markdown,
        "messages": context.messages(),
    }
