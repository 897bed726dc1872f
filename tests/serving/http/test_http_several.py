"""Several indexes behind one server: named in requests and answers, searched as one where none is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_process import build_index, start
from small_index import write

from retriever import Retriever, RetrieverGroup

FIRST = {
    "river 2020.txt": "The river froze in January. Skaters came from the town.",
    "bakery.txt": "The bakery opens at six. Bread is cheap in the town.",
}
SECOND = {
    "mill 2021.txt": "The mill by the river stands still in January.",
    "copy.txt": "The bakery opens at six. Bread is cheap in the town.",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("several")
    build_index(place / "indexes" / "first", write(place / "one", FIRST))
    build_index(place / "indexes" / "第二", write(place / "two", SECOND))
    return place


@pytest.fixture(scope="module")
def both(place: Path) -> Iterator[httpx.Client]:
    with (
        start(place, "--index", "first", "--index", "第二") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield client


def test_without_a_name_all_are_searched_as_one(both: httpx.Client, place: Path) -> None:
    answer = both.post("/v1/search", json={"query": "When does the bakery open?", "k": 3}).json()
    with RetrieverGroup([Retriever.open(place / "indexes" / name) for name in ("first", "第二")]) as group:
        expected = group.search("When does the bakery open?", 3)
    assert [hit["id"] for hit in answer["hits"]] == [hit.id for hit in expected]
    assert answer["index"] == "first, 第二"
    best = answer["hits"][0]
    assert {best["index"], best["duplicates"][0]["index"]} == {"first", "第二"}


def test_a_name_chooses_one(both: httpx.Client) -> None:
    for name in ("first", "第二"):
        answer = both.get("/v1/search", params={"q": "river", "index": name}).json()
        assert {answer["index"], *(hit["index"] for hit in answer["hits"])} == {name}
        assert both.get("/v1/status", params={"index": name}).json()["index"] == name


def test_contexts_and_checks_are_over_all(both: httpx.Client) -> None:
    context = both.post("/v1/context", json={"question": "When did the river freeze?"}).json()
    assert "first" in {excerpt["index"] for excerpt in context["excerpts"]}
    report = both.post("/v1/check", json={"answer": "It froze in January [1].", "context": context}).json()
    assert report["unsupported"] == 0


def test_what_needs_one_index_says_which_there_are(both: httpx.Client) -> None:
    for path in ("/v1/status", "/v1/sources"):
        error = both.get(path).json()["error"]
        assert (error["type"], error["hint"]) == ("usage", "name one: first, 第二")


def test_passages_and_documents_are_found_in_whichever_has_them(both: httpx.Client) -> None:
    for name in ("first", "第二"):
        [hit] = both.get("/v1/search", params={"q": "river", "index": name, "k": 1}).json()["hits"]
        assert both.get(f"/v1/passages/{hit['id']}").json()["index"] == name
        document = both.get("/v1/document", params={"id": hit["document"]}).json()
        assert (document["index"], document["passages"][0]["text"]) == (name, hit["text"])
        assert both.get("/v1/document/file", params={"id": hit["document"]}).content.decode() == hit["text"]
    assert both.get("/v1/passages/0000000000000000").status_code == 404
    assert both.get("/v1/documents").json()["total"] == 4


def test_facets_are_of_all_indexes(both: httpx.Client) -> None:
    facets = {facet["name"]: facet for facet in both.get("/v1/facets", params={"values": 1}).json()["facets"]}
    assert facets["language"]["documents"] == 4
    assert facets["extension"] == {
        "name": "extension",
        "documents": 4,
        "distinct": 1,
        "values": [{"value": "txt", "documents": 4}],
    }
    assert facets["year"]["distinct"] == 2
    assert len(facets["year"]["values"]) == 1


def test_of_several_indexes_one_may_be_gone(tmp_path: Path) -> None:
    build_index(tmp_path / "indexes" / "stays", write(tmp_path / "stays", FIRST))
    build_index(tmp_path / "indexes" / "goes", write(tmp_path / "goes", SECOND))
    with (
        start(tmp_path, "--index", "stays", "--index", "goes") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        shutil.rmtree(tmp_path / "indexes" / "goes")
        listed = {one["name"]: one for one in client.get("/v1/indexes").json()["indexes"]}
        assert (listed["stays"]["documents"], listed["stays"]["problem"]) == (2, None)
        assert (listed["goes"]["documents"], listed["goes"]["problem"]) == (0, "the index is empty, or not there")
        in_chinese = client.get("/v1/indexes", headers={"Accept-Language": "zh"}).json()["indexes"]
        assert [one["problem"] for one in in_chinese] == [None, "索引是空的，或不存在"]
        refused = client.post("/v1/search", json={"query": "river"})
        assert (refused.status_code, refused.json()["error"]["type"]) == (409, "index_not_found")
        assert "/v1/indexes tells which index" in refused.json()["error"]["hint"]
        assert client.post("/v1/search", json={"query": "river", "index": "stays"}).json()["hits"]
