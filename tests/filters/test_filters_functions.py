"""Functions as filters: each document is judged once a generation, by itself, in searches, reads and removals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import write

from retriever import Document, IndexedDocument, Retriever, RetrieverGroup, SearchOptions
from retriever.errors import FilterError, UsageError
from retriever.filters import Filter
from retriever.filters.evaluate import evaluate, match_documents
from retriever.types import StoredDocument


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    """Three documents of a program and a file."""
    docs = write(tmp_path / "docs", {"harbour.txt": "The lamp in the harbour is lit."})
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        opened.add(Document(name, f"The lamp is lit by keeper {name}.", metadata={"Name": name}) for name in "aAb")
        opened.sync(docs)
        yield opened


def is_named_a(document: IndexedDocument) -> bool:
    return document.metadata.get("Name") == "a"


def test_a_function_tells_what_an_expression_cannot(retriever: Retriever) -> None:
    assert {hit.document for hit in retriever.search("lamp", where="name = a", duplicates="show")} <= {"a", "A"}
    response = retriever.search("lamp", where=is_named_a, explain=True)
    assert [hit.document for hit in response] == ["a"]
    words = [part.text for part in response[0].explanation if part.stage == "selection"]
    assert words == ["it matches the function is_named_a"]
    with RetrieverGroup([retriever]) as group:
        assert [hit.document for hit in group.search("lamp", where=is_named_a)] == ["a"]


def test_a_function_sees_the_document_as_documents_lists_it(retriever: Retriever) -> None:
    seen: list[IndexedDocument] = []
    retriever.search("lamp", where=lambda document: bool(seen.append(document)))
    assert sorted(seen, key=lambda one: (one.source, one.document)) == retriever.documents()
    assert {one.document: one.metadata for one in seen}["b"] == {"Name": "b"}


def test_a_function_is_called_once_for_each_document_of_a_generation(retriever: Retriever) -> None:
    calls: list[str] = []

    @dataclass(frozen=True)
    class Named:
        name: str

        def __call__(self, document: IndexedDocument) -> bool:
            calls.append(document.document)
            return document.metadata.get("Name") == self.name

    for _ in range(2):
        assert [hit.document for hit in retriever.search("lamp", where=Named("b"))] == ["b"]
    assert len(calls) == 4
    retriever.add([Document("c", "The lamp is out.", metadata={"Name": "b"})])
    assert {hit.document for hit in retriever.search("lamp", where=Named("b"))} == {"b", "c"}


def test_what_a_function_raises_reaches_the_caller(retriever: Retriever) -> None:
    with pytest.raises(KeyError, match="no such"):
        retriever.search("lamp", where=lambda document: document.metadata["no such"])
    assert retriever.search("lamp")


def test_documents_are_read_by_id_and_by_filter(retriever: Retriever) -> None:
    everything = retriever.read_documents()
    assert [one.id for one in everything] == [one.document for one in retriever.documents()]
    assert [one.id for one in retriever.read_documents("b", "no such", "a")] == ["a", "b"]
    assert retriever.read_documents("b") == [retriever.document("b")]
    assert [one.id for one in retriever.read_documents("a", "A", "b", where=is_named_a)] == ["a"]
    assert [one.id for one in retriever.read_documents(where="name = a or extension = txt")] == [
        one.id for one in everything if one.id != "b"
    ]
    with pytest.raises(FilterError, match="'page' is a field of passages"):
        retriever.read_documents(where="page = 1")
    with pytest.raises(FilterError, match="no document has a field 'colour'"):
        retriever.read_documents(where="colour = red")


def test_a_document_without_passages_is_read_too(retriever: Retriever) -> None:
    retriever.add([Document("blank", " ")])
    [blank] = retriever.read_documents("blank")
    assert (blank.passages, blank.text) == ((), "")


def test_documents_are_removed_by_a_function(retriever: Retriever) -> None:
    assert retriever.remove(where=lambda document: document.document in ("a", "b")).removed == 2
    assert retriever.remove(where=lambda document: True).removed == 1
    assert [one.path is None for one in retriever.documents()] == [False]


def test_options_show_a_function_by_its_name() -> None:
    assert SearchOptions(where=is_named_a).to_dict()["where"] == "the function is_named_a"
    assert SearchOptions(where="a = 1").to_dict()["where"] == "a = 1"


def test_what_cannot_be_hashed_is_refused() -> None:
    @dataclass
    class Unhashable:
        def __call__(self, document: IndexedDocument) -> bool:
            return True

    with pytest.raises(UsageError, match="where cannot be hashed"):
        SearchOptions(where=Unhashable())


def test_a_function_and_an_expression_hold_both() -> None:
    stored = [StoredDocument(name, name, name, "", "", "", language="zh", metadata={"n": 1}) for name in "ab"]
    both = Filter.of(lambda document: document.document == "a").intersect(Filter.of("n = 1 and language = zh"))
    assert [one.id for one in match_documents(both, stored)] == ["a"]
    assert both.has_function
    assert not Filter.of("not (n = 1 or n = 2)").has_function


@given(st.lists(st.text("ab \n\t\u3000", min_size=1), min_size=1, max_size=5))
def test_the_text_of_a_document_has_its_passages_at_their_places(parts: list[str]) -> None:
    from retriever.hits import CitedDocument, CitedPassage

    text = "x".join(parts) + "x"
    spans, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        spans.append((start, start + len(word)))
        start += len(word)
    passages = [CitedPassage("p", "d", "d", "", (), text[a:b], a, b, 1, None, "") for a, b in spans]
    read = CitedDocument("d", "d", "", "", {}, tuple(passages)).text
    assert len(read) == spans[-1][1]
    assert all(read[a:b] == text[a:b] for a, b in spans)
    assert read.split() == text[: spans[-1][1]].split()


def test_evaluate_is_asked_of_nothing_where_there_are_no_documents() -> None:
    class Empty:
        def documents(self) -> Iterator[tuple[list[int], StoredDocument]]:
            return iter(())

        def column(self, name: str) -> dict[int, list[str]]:
            return {}

    assert evaluate(Filter.of(is_named_a), Empty()).tolist() == []
