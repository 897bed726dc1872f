"""Embeddings and reranking, asked for by the clients of those whose forms they have."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import cohere
import httpx
import numpy as np
import openai
import pytest
from fastapi.testclient import TestClient
from server_process import ServerProcess

from retriever import Retriever, load_model
from retriever.serving.http import ServerOptions, create_app, name_indexes
from retriever.serving.http.failures import StoppedError
from retriever.serving.http.routes.models import STEP, embed
from retriever.serving.http.schemas.models import EmbeddingsRequest, RerankRequest

NAME = "multilingual-e5-small"
TEXTS = ["谁为电梯出钱？", "Boats need a permit.", "Boats need a permit."]


@pytest.fixture
def ai(server: ServerProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("encoding", ["float", "base64", None])
def test_the_client_of_openai_gets_the_vectors_of_the_model(ai: openai.OpenAI, encoding: str | None) -> None:
    how = {} if encoding is None else {"encoding_format": encoding}  # without one the client asks for base64
    answer = ai.embeddings.create(model=NAME, input=TEXTS, **how)  # type: ignore[call-overload]
    vectors = [item.embedding for item in answer.data]
    if encoding == "base64":
        assert all(isinstance(vector, str) for vector in vectors)  # as it was asked for: decoded by the caller
        vectors = [np.frombuffer(base64.b64decode(vector), "<f4") for vector in vectors]
    np.testing.assert_array_equal(np.array(vectors, np.float32), load_model().embed_passages(TEXTS))
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert answer.model == NAME
    assert answer.usage.prompt_tokens == sum(len(load_model().token_spans(text)) for text in TEXTS)


def test_questions_are_embedded_as_such(ai: openai.OpenAI) -> None:
    answer = ai.embeddings.create(
        model=NAME, input=TEXTS[0], encoding_format="float", extra_body={"input_type": "query"}
    )
    np.testing.assert_array_equal(
        np.array(answer.data[0].embedding, np.float32), load_model().embed_queries(TEXTS[:1])[0]
    )


def test_texts_that_nobody_waits_for_are_not_embedded_to_their_end() -> None:
    steps = 0

    def go_on() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise StoppedError("over", hint="ask again")

    texts = ["a boat"] * (3 * STEP)
    with pytest.raises(StoppedError):
        embed(EmbeddingsRequest(model=NAME, input=texts), texts, go_on)
    assert steps == 2


def test_documents_that_nobody_waits_for_are_not_ranked(folder: object) -> None:
    with Retriever.open(f"{folder}/indexes/town") as retriever:
        app = create_app(name_indexes([retriever]), ServerOptions())
        with TestClient(app, base_url="http://127.0.0.1") as client:
            app.state.server.closed.set()
            answer = client.post("/v1/rerank", json={"query": "permit", "documents": DOCUMENTS})
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "stopped")


def test_the_models_are_listed(ai: openai.OpenAI) -> None:
    assert [model.id for model in ai.models.list()] == [NAME]
    assert ai.models.retrieve(NAME).id == NAME
    with pytest.raises(openai.NotFoundError, match="no model is called 'other'"):
        ai.models.retrieve("other")


def test_the_client_sees_the_errors(ai: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model is called 'text-embedding-3-small'"):
        ai.embeddings.create(model="text-embedding-3-small", input="x")
    with pytest.raises(openai.BadRequestError, match="384 dimensions"):
        ai.embeddings.create(model=NAME, input="x", dimensions=7)
    at_most = "at most 256 items"
    for wrong, message in [
        ([], "input: list should have at least 1 item"),
        (["a", ""], r"input\.1: string should have at least 1 character"),
        ("", "input: string should have at least 1 character"),
        ([1, 2], "not token ids"),  # as LangChain's client sends them
        ([[1, 2]], "not token ids"),
        (["x"] * 257, at_most),
        ("x" * 10_001, "input: string should have at most 10000 characters"),
    ]:
        with pytest.raises(openai.BadRequestError, match=message):
            ai.embeddings.create(model=NAME, input=wrong)  # type: ignore[arg-type]


DOCUMENTS = ["Fish is sold from six.", "A permit costs forty crowns a year.", "每部电梯由县财政补贴十五万元。"]


def test_the_clients_of_cohere_rank_documents(server: ServerProcess) -> None:
    for client in (
        cohere.ClientV2(api_key="none", base_url=server.url),
        cohere.Client(api_key="none", base_url=server.url),
    ):
        answer = client.rerank(model="any", query="What does a permit cost?", documents=DOCUMENTS, top_n=2)
        assert (answer.results[0].index, len(answer.results)) == (1, 2)
        assert answer.results[0].relevance_score > 0.5 > answer.results[1].relevance_score


def test_what_older_clients_of_cohere_and_jina_also_send_has_no_effect(server: ServerProcess) -> None:
    question = "What does a permit cost?"
    client = cohere.Client(api_key="none", base_url=server.url)
    ranked = client.rerank(model="any", query=question, documents=DOCUMENTS, max_chunks_per_doc=1)
    body = {"query": question, "documents": DOCUMENTS, "truncation": True}
    results = httpx.post(f"{server.url}/v1/rerank", json=body).json()["results"]
    assert [item["index"] for item in results] == [item.index for item in ranked.results]


def test_what_only_other_servers_know_has_no_effect_and_is_named(server: ServerProcess) -> None:
    question = "What does a permit cost?"
    client = cohere.Client(api_key="none", base_url=server.url)
    documents = [{"text": text, "title": "A title."} for text in DOCUMENTS]
    ranked = client.rerank(model="any", query=question, documents=documents, rank_fields=["title", "text"])
    assert ranked.meta is not None
    assert ranked.meta.warnings == ["without effect here: rank_fields"]
    plain = client.rerank(model="any", query=question, documents=DOCUMENTS)
    assert plain.meta is not None
    assert plain.meta.warnings == []
    assert [item.relevance_score for item in ranked.results] == [item.relevance_score for item in plain.results]
    # As of Jina, Voyage and SiliconFlow.
    body = {"query": question, "documents": DOCUMENTS, "task": "ranking", "overlap_tokens": 80, "top_k": None}
    meta = httpx.post(f"{server.url}/v1/rerank", json=body).json()["meta"]
    assert meta["warnings"] == ["without effect here: task, overlap_tokens"]


def test_few_of_many_fields_without_effect_are_named() -> None:
    request = RerankRequest(query="q", documents=["a"], **dict.fromkeys(map(str, range(20_000)), 1))
    assert request.list_warnings() == ["without effect here: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"]


def test_a_document_that_is_wrong_is_told_by_its_place(client: httpx.Client) -> None:
    for documents, message in [
        (["a", ""], "documents.1: string should have at least 1 character"),
        (["a", {"text": ""}], "documents.1.text: string should have at least 1 character"),
        (["a", {}], "documents.1.text: field required"),
        (["a", 5], "documents.1: input should be a valid string"),
    ]:
        answer = client.post("/v1/rerank", json={"query": "q", "documents": documents})
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


def test_documents_are_ranked_across_languages_in_the_form_of_jina(client: httpx.Client) -> None:
    body = {"model": "jina", "query": "电梯补贴多少钱？", "documents": [{"text": text} for text in DOCUMENTS]}
    results = client.post("/v1/rerank", json={**body, "return_documents": True}).json()["results"]
    assert (results[0]["index"], results[0]["document"]["text"]) == (2, DOCUMENTS[2])
    assert [item["relevance_score"] for item in results] == sorted(
        (item["relevance_score"] for item in results), reverse=True
    )


def test_scores_are_those_of_the_library_and_mean_what_those_of_hits_mean(client: httpx.Client, folder: object) -> None:
    question = "What does a permit for a long boat cost?"
    hit = client.post("/v1/search", json={"query": question, "k": 1}).json()["hits"][0]
    [result] = client.post("/v1/rerank", json={"query": question, "documents": [hit["text"]]}).json()["results"]
    with Retriever.open(f"{folder}/indexes/town") as retriever:
        assert retriever.score(question, [hit["text"]]) == [result["relevance_score"]]
    # The hit also has its title and headings, which a bare text lacks.
    assert result["relevance_score"] == pytest.approx(hit["score"], abs=0.1)
