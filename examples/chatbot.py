r"""The backend of a chatbot: a turn of a conversation in, an answer with sources and checked citations out.

    retriever index examples/corpus --index demo
    python examples/chatbot.py indexes/demo
    curl -N http://127.0.0.1:8010/chat -H 'Content-Type: application/json' \
        -d '{"question": "那资金呢？", "history": ["加装电梯需要多少业主同意？"]}'

The answer is a stream of server-sent events: pieces of `text`, a `claim` as soon as it is checked, and the `sources`
at the end, each with a `url` that opens it. It needs the extra `server`. Put your language model into `ask_model`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from retriever import Context, Excerpt, Retriever
from retriever.errors import NotFoundError, RetrieverError, UsageError

Messages = list[dict[str, str]]
Event = dict[str, Any]


class Turn(BaseModel):
    question: str = Field(max_length=2000)
    history: list[str | dict[str, str]] = Field(default=[], max_length=50)  # questions, or chat messages with a role


def ask_model(messages: Messages) -> Iterator[str]:
    """Stands for a language model: quotes the sentence of the excerpts that shares most with the question.

    With OpenAI's client, or any server that speaks its protocol, it would be:

        for chunk in client.chat.completions.create(model="…", messages=messages, stream=True):
            yield chunk.choices[0].delta.content or ""
    """
    excerpts, _, question = messages[-1]["content"].rpartition("\n\n")
    question = question.removeprefix("Question: ")
    pairs = {question[at : at + 2] for at in range(len(question) - 1)}
    number, best, most = "1", "", -1
    for line in excerpts.splitlines():
        head = re.match(r"\[(\d+)\] ", line)  # the number and citation of an excerpt, above its text
        number = head[1] if head else number
        for sentence in re.findall(r".{12,}?[。！？]|.{24,}?[.!?](?= |$)", "" if head else line):
            shared = sum(pair in sentence for pair in pairs)
            if shared > most:
                best, most = f"{sentence[:-1].strip()}[{number}]{sentence[-1]}", shared
    yield from re.findall(".{1,12}", best)  # as a model answers: piece by piece


def answer(retriever: Retriever, context: Context, model: Callable[[Messages], Iterator[str]]) -> Iterator[Event]:
    """The events of an answer from a context."""
    if not context.answerable:  # The model is not asked: it would make something up.
        yield {"text": "The documents do not answer this."}
        return
    checker = retriever.citation_checker(context)
    for piece in model(context.messages()):
        yield {"text": piece}
        yield from ({"claim": claim.to_dict()} for claim in checker.feed(piece))
    yield from ({"claim": claim.to_dict()} for claim in checker.finish())
    cited = {number for claim in checker.report.claims for number in claim.cited}
    yield {"sources": [describe(excerpt) for excerpt in context.excerpts if excerpt.number in cited]}


def describe(excerpt: Excerpt) -> Event:
    url = f"/passages?{urlencode({'id': excerpt.passages}, doseq=True)}"
    return {"number": excerpt.number, "citation": excerpt.citation, "title": excerpt.title, "url": url}


def make_app(retriever: Retriever, model: Callable[[Messages], Iterator[str]] = ask_model) -> FastAPI:
    app = FastAPI()

    @app.post("/chat")
    def chat(turn: Turn) -> StreamingResponse:
        context = retriever.context(turn.question, max_tokens=1500, history=turn.history)
        events = answer(retriever, context, model)
        lines = (f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events)
        return StreamingResponse(lines, media_type="text/event-stream")

    @app.get("/passages")
    def open_source(id: Annotated[list[str], Query(max_length=50)]) -> list[Event]:
        return [retriever.passage(one).to_dict() for one in id]

    @app.exception_handler(RetrieverError)
    def refuse(request: Request, error: RetrieverError) -> JSONResponse:
        # Of what was asked: an empty question, a passage of a document that has changed since. The rest is ours.
        status = {UsageError: 400, NotFoundError: 404}.get(type(error), 500)
        return JSONResponse({"error": str(error), "hint": error.hint}, status)

    return app


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with Retriever.open(sys.argv[1]) as opened:
            opened.warm()
            uvicorn.run(make_app(opened), port=int(os.environ.get("PORT", "8010")))
    except RetrieverError as error:
        sys.exit(f"error: {error}\nhint: {error.hint}")
