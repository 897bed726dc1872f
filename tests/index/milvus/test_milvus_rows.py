"""Rows that no writer makes are damage, and texts that no field holds come back whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from answers import answers
from index_corpus import SETTINGS, addition, changes, vector
from milvus_server import lite_server

from retriever.errors import IndexCorruptError, IndexVersionError
from retriever.index.interface import Changes
from retriever.index.milvus import schema
from retriever.index.milvus.head import POINTER_ID
from retriever.index.milvus.index import MilvusIndex

NUMBERS = count()


@pytest.fixture
def index() -> Iterator[MilvusIndex]:
    index = MilvusIndex.open(f"milvus://{lite_server().address}/rows{next(NUMBERS)}", create=True)
    index.commit(changes(additions={"a": ["red tea", "sky"], "b": ["lead"]}))
    yield index
    index.close()


def rewrite(index: MilvusIndex, collection: str, where: str, **values: Any) -> None:
    """Change rows behind the back of the index, which forgets what it knows of them."""
    client = index._site.client.open(create=False).client
    prefix = index._site.location.prefix
    [name] = [one for one in client.list_collections() if one.startswith(f"{prefix}__") and one.endswith(collection)]
    for row in client.query(name, filter=where, output_fields=["*"]):
        client.upsert(name, [{**row, **values}])
    index._site.forget()


def read(index: MilvusIndex) -> object:
    with index.reading() as snapshot:
        return answers(snapshot)


DAMAGE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no JSON": ("head", f"id == {POINTER_ID}", {"body": "{"}),
    "another pointer": ("head", f"id == {POINTER_ID}", {"body": "[]"}),
    "no settings": ("records", "kind == 5", {"body": "{}"}),
    "a document": ("records", "kind == 1", {"body": '{"key": 1}'}),
    "a term": ("records", "kind == 2", {"body": "7"}),
    "counts": ("records", "kind == 3", {"body": "[1, -1]"}),
    "a language": ("records", "kind == 4", {"body": '{"code": "en", "vectors": "AAAA", "passages": 1}'}),
    "a passage": ("passages", "ref > 0", {"body": '{"text": "red", "start": -1}'}),
    "a part that is missing": ("passages", "ref > 0", {"parts": 1}),
    "a document that is missing": ("passages", "ref > 0", {"document": 99}),
}


@pytest.mark.parametrize(("collection", "where", "values"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_row_that_no_writer_makes_is_damage(
    index: MilvusIndex, collection: str, where: str, values: dict[str, Any]
) -> None:
    rewrite(index, collection, where, **values)
    with pytest.raises(IndexCorruptError) as caught:
        read(index)
    assert index.location in str(caught.value)
    assert caught.value.hint
    assert index.verify(deep=True)


@pytest.mark.parametrize(("number", "hint"), [(1, "--rebuild"), (3, "update")])
def test_an_index_of_another_format_is_told_from_a_damaged_one(index: MilvusIndex, number: int, hint: str) -> None:
    rewrite(index, "head", f"id == {POINTER_ID}", body=json.dumps({"format": number}))
    with pytest.raises(IndexVersionError, match=f"format {number}") as caught:
        read(index)
    assert hint in str(caught.value.hint)
    index.commit(changes(additions={"a": ["red tea"]}), replace=True)
    assert read(index)


class Lying:
    """A client of pymilvus in front of which a server gives other answers."""

    def __init__(self, client: Any, method: str, answer: Callable[[Any], Any]) -> None:
        self._client, self._method, self._answer = client, method, answer

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        return (lambda *args, **options: self._answer(call(*args, **options))) if name == self._method else call


def with_field(name: str, value: object) -> Callable[[Any], Any]:
    """Answers in which every row that has a field has another value in it."""

    def change(row: Any) -> dict[str, Any]:
        own = dict(row) | ({"entity": change(row["entity"])} if "entity" in row else {})
        return {**own, name: value} if name in own else own

    return lambda rows: [change(row) if isinstance(row, Mapping) else [change(hit) for hit in row] for row in rows]


LIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "no rows": ("query", lambda _: None),
    "a text for rows": ("query", lambda _: "rows"),
    "rows that are none": ("query", lambda _: [None]),
    "rows without fields": ("query", lambda _: [{}]),
    "an id that is a text": ("query", with_field("id", "x")),
    "an id without end": ("query", with_field("id", float("inf"))),
    "an id of many digits": ("query", with_field("id", "9" * 5000)),
    "an id beyond 64 bits": ("query", with_field("id", 1 << 70)),
    "a body of bytes": ("query", with_field("body", b"{}")),
    "no hits": ("search", lambda _: None),
    "a text for hits": ("search", lambda _: "x"),
    "hits that are none": ("search", lambda _: [[None]]),
    "a hit without a score": ("search", lambda hits: [[{"entity": dict(hit["entity"])} for hit in hits[0]]]),
    "a score that is a list": ("search", with_field("distance", [])),
    "a score that is no number": ("search", with_field("distance", float("nan"))),
    "a ref that nothing has": ("search", with_field("ref", 12_345)),
    "a ref beyond 64 bits": ("search", with_field("ref", 1 << 70)),
}


def find(index: MilvusIndex) -> object:
    with index.reading() as snapshot:
        return snapshot.fetch(snapshot.dense(vector("red tea"), 2).refs.tolist())


@pytest.mark.parametrize(("method", "answer"), LIES.values(), ids=LIES.keys())
def test_an_answer_that_no_server_gives_is_damage(
    index: MilvusIndex, method: str, answer: Callable[[Any], Any]
) -> None:
    connection = index._site.client.open(create=False)
    honest = connection.client
    object.__setattr__(connection, "client", Lying(honest, method, answer))
    try:
        with pytest.raises(IndexCorruptError):
            find(index)
    finally:
        object.__setattr__(connection, "client", honest)


def test_numbers_that_were_never_used_take_no_time(index: MilvusIndex) -> None:
    """A pointer may say that quintillions of rows were written; there are three."""
    before = read(index)
    client = index._site.client
    [pointer] = client.query(f"{index._site.location.prefix}__head", f"id == {POINTER_ID}", ["body"])
    values = json.loads(pointer["body"])
    # But records of terms, which are counted before anything is read.
    unused = {kind: 1 << 56 for kind in values["counters"] if int(kind) != schema.TERMS}
    huge = {"counters": values["counters"] | unused, "refs": 1 << 62}
    rewrite(index, "head", f"id == {POINTER_ID}", body=json.dumps(values | huge))
    again = MilvusIndex.open(index.location)
    try:
        assert read(again) == before
        assert again.verify(deep=True) == []
    finally:
        again.close()


LONG: dict[str, Callable[[int], str]] = {
    "ASCII": lambda size: "x " * size,
    "Han": lambda size: "汉 " * size,
    "lone surrogates": lambda size: "\udcff " * size,
}


@pytest.mark.parametrize("make", LONG.values(), ids=LONG.keys())
def test_texts_that_no_field_holds_come_back_whole_and_go_whole(index: MilvusIndex, make: Callable[[int], str]) -> None:
    before = read(index)
    text = make(50_000)
    made = addition("long", ["long", "short"])
    first = replace(made.passages[0], text=text, end=made.passages[0].start + len(text))
    document = replace(made.document, metadata={"notes": text})
    made = replace(made, document=document, passages=[first, made.passages[1]], tokens=[b"\xff" * 200_000, b""])
    settings = replace(SETTINGS, tokens="some form")
    index.commit(Changes([], [made], settings))
    with index.reading() as snapshot:
        [again] = snapshot.additions(["long"])
        assert (again.document, list(again.passages)) == (made.document, list(made.passages))
        assert list(again.tokens) == list(made.tokens)
    assert index.verify(deep=True) == []
    index.commit(Changes(["long"], [], SETTINGS))
    assert read(index) == before
