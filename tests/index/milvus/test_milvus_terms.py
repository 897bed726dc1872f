"""Terms and their numbers, as an index grows beyond what one record of them holds."""

from __future__ import annotations

from itertools import count

import pytest
from index_corpus import changes
from milvus_server import lite_server

from retriever import Document, Retriever
from retriever.errors import IndexCorruptError, IndexVersionError
from retriever.index.identity import term_hash
from retriever.index.milvus import schema, terms
from retriever.index.milvus.connection import Connection
from retriever.index.milvus.index import MilvusIndex
from retriever.index.milvus.site import Site
from retriever.index.milvus.terms import group_terms

NUMBERS = count()
WORDS = [f"word{number}" for number in range(4 * terms.BUCKET)]


@pytest.fixture
def uri() -> str:
    return f"milvus://{lite_server().address}/terms{next(NUMBERS)}"


def open_apart(uri: str) -> MilvusIndex:
    """The index as another process would open it, which knows none of its terms."""
    index = MilvusIndex.open(uri, create=True)
    index._site = Site(index._site.location, index._site.limits)
    return index


def grow(uri: str, *, apart: bool) -> MilvusIndex:
    """An index with all words, a part in each commit, each with a word that all have, by one process or by many."""
    index = open_apart(uri)
    for number in range(8):
        part = WORDS[number * 128 : number * 128 + 128]
        index = open_apart(uri) if apart else index
        index.commit(changes(additions={f"d{number}": [" ".join((*part, "every"))]}))
    return index


@pytest.mark.parametrize("apart", [False, True], ids=["one writer", "a writer for each commit"])
def test_every_term_keeps_its_number_while_the_ranges_are_halved(uri: str, apart: bool) -> None:
    index = grow(uri, apart=apart)
    there = open_apart(uri)
    with there.reading() as snapshot:
        # First some of them, which are looked up by range, and then all.
        assert snapshot.term_statistics([WORDS[0], "every", "no"]).document_frequency == {
            WORDS[0]: 1,
            "every": 8,
            "no": 0,
        }
        assert snapshot.term_statistics(WORDS).document_frequency == dict.fromkeys(WORDS, 1)
        assert len(snapshot.lexical({"every": 1.0, WORDS[-1]: 1.0}, 10).refs) == 8
    assert there.verify(deep=True) == []
    # Each range once at most in each commit, so far fewer records than terms.
    names = schema.Names.of(index._site.location, index._site.head.state().era)
    assert index._site.client.count(names.records, f"kind == {schema.TERMS}") < len(WORDS) / 16


def test_a_removed_passage_takes_its_terms_from_the_counts(uri: str) -> None:
    grow(uri, apart=False)
    open_apart(uri).commit(changes(["d0"]))
    index = open_apart(uri)
    with index.reading() as snapshot:
        assert snapshot.term_statistics([WORDS[0], WORDS[-1], "every"]).document_frequency == {
            WORDS[0]: 0,
            WORDS[-1]: 1,
            "every": 7,
        }
    assert index.verify(deep=True) == []


def test_terms_of_a_commit_that_failed_have_no_numbers(uri: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions={"a": ["red tea"]}))
    made = changes(additions={"b": ["green tea"]})

    def broken() -> object:
        yield from made.additions
        raise KeyError("b")

    with pytest.raises(KeyError):
        index.commit(type(made)([], broken(), made.settings))  # type: ignore[arg-type]
    index.commit(changes(additions={"c": ["blue sky"]}))
    with index.reading() as snapshot:
        found = snapshot.term_statistics(["green", "blue", "tea"]).document_frequency
    assert found == {"green": 0, "blue": 1, "tea": 1}
    assert index.verify(deep=True) == []


def test_terms_that_are_gone_are_damage_to_who_removes_a_passage(uri: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions={"a": ["red tea"]}))
    names = schema.Names.of(index._site.location, index._site.head.state().era)
    client = index._site.client.open(create=False).client
    [row] = client.query(names.records, filter=f"kind == {schema.TERMS}", output_fields=["*"])
    client.upsert(names.records, [{**row, "body": "{}"}])
    assert any("terms are missing" in problem.message for problem in index.verify(deep=True))
    with pytest.raises(IndexCorruptError, match="terms are missing"):
        open_apart(uri).commit(changes(["a"]))


def test_a_server_without_words_is_searched_by_vectors(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "has_words", False)
    with Retriever.open(uri, create=True) as retriever:
        retriever.add([Document("a", "Tea is a drink.")])
        retriever.warm()
        assert [hit.text for hit in retriever.search("a drink", mode="dense")] == ["Tea is a drink."]
        with pytest.raises(IndexVersionError, match="no sparse vectors"):
            retriever.search("a drink")


def test_ranges_hold_the_hashes_that_begin_with_their_bits() -> None:
    numbers = {word: number for number, word in enumerate(WORDS, 1)}
    assert [name for name, _ in group_terms(numbers, terms.BUCKET - 1)] == [1]
    halves = [name for name, _ in group_terms(numbers, len(WORDS))]
    assert sorted(halves) == list(range(8, 16))
    assert {name for name, _ in group_terms({"a": 1}, len(WORDS))} == {8 + (term_hash("a") >> 61)}
