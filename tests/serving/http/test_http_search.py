"""Searching and reading over HTTP gives what the library gives, with names of indexes in place of paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from retriever import Retriever

QUESTION = "What does a permit for a long boat cost?"


@pytest.fixture(scope="module")
def town(folder: Path) -> Any:
    with Retriever.open(folder / "indexes" / "town") as retriever:
        yield retriever


def without_time(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "took_ms"}


def as_served(response: dict[str, Any]) -> dict[str, Any]:
    """What the library answered, with the name of the index in place of its location."""
    duplicates = [duplicate for hit in response["hits"] for duplicate in hit["duplicates"]]
    for item in (response, *response["hits"], *duplicates):
        item["index"] = "town"
    for item in (*response["hits"], *duplicates):
        item.pop("citation")  # it depends on the working folder
    return without_time(response)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"k": 2, "mode": "lexical", "context": 1},
        {"mode": "dense", "explain": True, "where": "year = 2021", "duplicates": "show"},
        {"min_score": 0.1, "diverse": True, "max_per_document": 1, "rerank": 5},
    ],
)
def test_both_ways_to_ask_give_what_the_library_gives(
    client: httpx.Client, town: Retriever, arguments: dict[str, Any]
) -> None:
    expected = as_served(town.search(QUESTION, **arguments).to_dict())
    posted = client.post("/v1/search", json={"query": QUESTION, **arguments})
    got = client.get("/v1/search", params={"q": QUESTION, **arguments})
    for answer in (posted, got):
        assert answer.status_code == 200, answer.text
        result = answer.json()
        assert result["hits"]
        for hit in result["hits"]:
            for item in (hit, *hit["duplicates"]):
                assert item.pop("citation")
        assert without_time(result) == expected


def test_an_integer_may_be_written_with_decimals_that_say_nothing(client: httpx.Client) -> None:
    asked = {"k": 2, "context": 1, "rerank": 5, "max_per_document": 1}
    answers = [
        client.post("/v1/search", json={"query": QUESTION, **asked}),
        client.post("/v1/search", json={"query": QUESTION, **{name: float(value) for name, value in asked.items()}}),
    ]
    assert without_time(answers[0].json()) == without_time(answers[1].json())
    assert client.post("/v1/search", json={"query": QUESTION, "k": 2.5}).status_code == 400


def test_a_hit_leads_to_its_passage_and_its_document(client: httpx.Client) -> None:
    hit = client.post("/v1/search", json={"query": "谁为电梯出钱？", "k": 1}).json()["hits"][0]
    passage = client.get(f"/v1/passages/{hit['id']}", params={"context": 1, "index": hit["index"]}).json()
    document = client.get("/v1/document", params={"id": hit["document"], "index": hit["index"]}).json()
    assert passage["text"] == hit["text"]
    assert hit["text"] in [item["text"] for item in document["passages"]]
    assert document["path"].endswith("电梯.txt")


def test_the_list_of_documents_comes_in_parts(client: httpx.Client) -> None:
    every = client.get("/v1/documents").json()
    parts = [client.get("/v1/documents", params={"limit": 1, "offset": at}).json() for at in range(4)]
    assert every["total"] == 3
    assert [document for part in parts for document in part["documents"]] == every["documents"]
    assert {document["index"] for document in every["documents"]} == {"town"}


def test_indexes_status_sources_and_facets(client: httpx.Client, folder: Path) -> None:
    [index] = client.get("/v1/indexes").json()["indexes"]
    status = client.get("/v1/status").json()
    assert (index["name"], index["documents"], status["index"]) == ("town", 3, "town")
    assert [source["path"] for source in client.get("/v1/sources").json()["sources"]] == [str(folder / "docs")]
    facets = {facet["name"]: facet for facet in client.get("/v1/facets").json()["facets"]}
    languages = {item["value"]: item["documents"] for item in facets["language"]["values"]}
    assert languages == {"en": 2, "zh": 1}
    assert facets["year"]["values"] == [{"value": 2021, "documents": 1}]
    assert facets["extension"]["distinct"] == 2


@pytest.mark.parametrize(
    ("path", "status", "kind", "words"),
    [
        ("/v1/search?q=%E3%80%82", 400, "usage", "only punctuation"),
        ("/v1/search", 400, "usage", "q: field required"),
        ("/v1/search?q=x&index=elsewhere", 404, "not_found", "'elsewhere'"),
        ("/v1/search?q=x&where=year%20>", 400, "filter", ""),
        ("/v1/search?q=x&k=0", 400, "usage", "k: "),
        ("/v1/search?q=x&colour=red", 400, "usage", "unknown field 'colour'"),
        ("/v1/passages/ffffffffffffffff", 404, "not_found", "'ffffffffffffffff'"),
        ("/v1/document?id=nothing", 404, "not_found", "'nothing'"),
        ("/v1/nothing", 404, "not_found", "no such endpoint"),
    ],
)
def test_errors_say_what_is_wrong(client: httpx.Client, path: str, status: int, kind: str, words: str) -> None:
    answer = client.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (status, kind), answer.text
    assert words in error["message"]
    assert error["hint"] or kind == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "status", "hint"),
    [
        ("POST", "/search", 404, "endpoints begin with /v1; /openapi.json lists them"),
        ("GET", "/passages/0123456789abcdef", 404, "endpoints begin with /v1; /openapi.json lists them"),
        ("POST", "/nothing", 404, "/openapi.json lists them"),
        ("POST", "/" + "x" * 300, 404, "/openapi.json lists them"),
        ("GET", "/v1/search/", 404, "leave out the slash at the end; /openapi.json lists the endpoints"),
        ("DELETE", "/v1/search", 405, "it takes GET, POST; /openapi.json lists the endpoints"),
        ("POST", "/", 405, "it takes GET, HEAD; /openapi.json lists the endpoints"),
    ],
)
def test_a_wrong_path_or_method_is_told_with_the_right_one(
    client: httpx.Client, method: str, path: str, status: int, hint: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["hint"]) == (status, hint)
