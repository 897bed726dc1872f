"""Rows that no writer makes are damage, and texts that no field holds come back whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from answers import answers
from index_corpus import SETTINGS, addition, changes
from milvus_server import lite_server

from retriever.errors import IndexCorruptError, IndexVersionError
from retriever.index.interface import Changes
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
    """Change rows behind the back of the index."""
    client = index._site.client.open(create=False).client
    prefix = index._site.location.prefix
    [name] = [one for one in client.list_collections() if one.startswith(f"{prefix}__") and one.endswith(collection)]
    for row in client.query(name, filter=where, output_fields=["*"]):
        client.upsert(name, [{**row, **values}])


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


def test_an_index_of_a_later_format_is_told_from_a_damaged_one(index: MilvusIndex) -> None:
    rewrite(index, "head", f"id == {POINTER_ID}", body='{"format": 2}')
    with pytest.raises(IndexVersionError, match="format 2"):
        read(index)


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
    first = replace(made.passages[0], text=text)
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
