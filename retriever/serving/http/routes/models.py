"""Embeddings in OpenAI's form and reranking in Cohere's and Jina's, for clients that know these."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from retriever import EmbeddingModel, load_model
from retriever.errors import NotFoundError, UsageError
from retriever.serving.http.answers import Answer
from retriever.serving.http.schemas.models import (
    EmbeddingsAnswer,
    EmbeddingsRequest,
    ModelAnswer,
    ModelsAnswer,
    RerankAnswer,
    RerankRequest,
)
from retriever.serving.http.schemas.requests import LONGEST_NAME
from retriever.serving.http.state import state_of

router = APIRouter(tags=["models"])
OWNER = "retriever"
# Texts that are embedded before the next look at the clock: so many that all CPUs have some.
STEP = 32


@router.get("/v1/models", response_model=ModelsAnswer, summary="List the embedding models")
async def models(request: Request) -> Answer:
    """The bundled model, in OpenAI's form."""

    def read() -> dict[str, Any]:
        return {"object": "list", "data": [_describe()]}

    return await state_of(request).answer(read)


@router.get("/v1/models/{id}", response_model=ModelAnswer, summary="The embedding model of a name")
async def model(request: Request, id: Annotated[str, Path(max_length=LONGEST_NAME)]) -> Answer:
    """The bundled model, in OpenAI's form; not found for any other."""

    def read() -> dict[str, Any]:
        found = _describe()
        _check_name(id, found["id"])
        return found

    return await state_of(request).answer(read)


@router.post("/v1/embeddings", response_model=EmbeddingsAnswer, summary="Embed texts, in OpenAI's form")
async def embeddings(request: Request, body: EmbeddingsRequest) -> Answer:
    """The vectors of the bundled model. `input_type` says whether the texts are questions or passages."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    return await state_of(request).answer_by_steps(lambda go_on: embed(body, texts, go_on))


@router.post("/v1/rerank", response_model=RerankAnswer, summary="Rank documents, in Cohere's and Jina's form")
@router.post("/v2/rerank", response_model=RerankAnswer, summary="The same, for clients of Cohere's second version")
async def rerank(request: Request, body: RerankRequest) -> Answer:
    """How likely each document answers, as hits are scored: by meaning, by words, and token by token.

    Further fields of the request, such as other servers know, have no effect; `meta.warnings` names them.
    """
    served = state_of(request).served
    name = body.index or next(iter(served.by_name))
    _, retriever = served.one(name)
    texts = [item if isinstance(item, str) else item.text for item in body.documents]

    def rank(go_on: Callable[[], None]) -> dict[str, Any]:
        scores = retriever.score(body.query, texts, on_progress=lambda _: go_on())
        order = sorted(range(len(texts)), key=lambda place: -scores[place])[: body.top_n]
        return {
            "id": secrets.token_hex(8),
            "model": retriever.status().model,
            "results": [
                {"index": place, "relevance_score": scores[place]}
                | ({"document": {"text": texts[place]}} if body.return_documents else {})
                for place in order
            ],
            "meta": {"api_version": {"version": "2"}, "warnings": body.list_warnings()},
        }

    return await state_of(request).answer_by_steps(rank)


def embed(body: EmbeddingsRequest, texts: list[str], go_on: Callable[[], None]) -> dict[str, Any]:
    """The vectors of texts in OpenAI's form. ``go_on`` is called at each step, and raises if nobody waits any more."""
    model = load_model()
    _check(body, model)
    embed = model.embed_queries if body.input_type == "query" else model.embed_passages
    vectors: list[Any] = []
    for start in range(0, len(texts), STEP):
        go_on()
        vectors.extend(embed(texts[start : start + STEP]))
    used = sum(len(model.token_spans(text)) for text in texts)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": place,
                "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
                if body.encoding_format == "base64"
                else vector.tolist(),
            }
            for place, vector in enumerate(vectors)
        ],
        "model": model.description.name,
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _describe() -> dict[str, Any]:
    return {"id": load_model().description.name, "object": "model", "created": 0, "owned_by": OWNER}


def _check_name(asked: str, name: str) -> None:
    if asked != name:
        raise NotFoundError(f"no model is called {asked!r}", hint=f"name {name}, or leave model out")


def _check(body: EmbeddingsRequest, model: EmbeddingModel) -> None:
    """Raise NotFoundError for another model, UsageError for another dimension."""
    name, dimension = model.description.name, model.description.dimension
    if body.model is not None:
        _check_name(body.model, name)
    if body.dimensions not in (None, dimension):
        raise UsageError(f"the vectors have {dimension} dimensions, not {body.dimensions}", hint="leave dimensions out")
