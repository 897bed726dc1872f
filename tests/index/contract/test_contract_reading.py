"""Fetching, finding and listing what a snapshot holds, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pytest
from engines import Engine
from index_corpus import DIMENSION, SETTINGS, addition, changes, refs_of, stored_passages, vector

from retriever.index.interface import Addition, Changes, Index, Snapshot
from retriever.types import Passage

CORPUS = {
    "a": ["red green blue", "green tea", "blue sky over red roofs"],
    "b": ["tea leaves", "red"],
    "c": ["a sky of lead", "green green green", "nothing of the kind", "tea and sky", "roof"],
}


@pytest.fixture
def index(engine: Engine) -> Index:
    return make_index(engine)


@pytest.fixture
def shared_index(engine: Engine, keep: Callable[..., Index]) -> Index:
    """For tests that only read."""
    return keep(engine, make_index)


def make_index(engine: Engine) -> Index:
    """Three documents from three commits, and one that was beside them for a while."""
    index = engine.create()
    index.commit(changes(additions={"before": ["tea"], "a": CORPUS["a"]}))
    index.commit(changes(["before"], {"b": CORPUS["b"]}))
    index.commit(changes(additions={"c": CORPUS["c"]}))
    return index


def test_passages_come_in_the_order_of_the_refs_each_as_often_as_it_is_named(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        held = stored_passages(snapshot)
        wanted = [held["c"][3], held["a"][1], held["b"][0], held["a"][1], held["c"][0], held["a"][1]]
        for asked in (wanted, wanted[::-1]):
            found = snapshot.fetch([stored.ref for stored in asked])
            assert found == asked
            assert [stored.ref for stored in found] == [stored.ref for stored in asked]
        assert snapshot.fetch([]) == []


def test_a_passage_comes_whole(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        for key, texts in CORPUS.items():
            made = addition(key, texts)
            for number, stored in enumerate(snapshot.fetch([one.ref for one in stored_passages(snapshot)[key]])):
                assert stored.passage == made.passages[number]
                assert (stored.document, stored.document.passages) == (made.document, len(texts))
                assert (stored.position, stored.terms) == (number, made.terms[number].length)
                assert stored.document.metadata == {"year": len(texts), "tags": ["a", "b"]}


def test_refs_are_numbers_and_those_of_candidates_can_be_fetched(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        refs = refs_of(snapshot)
        assert len(set(refs)) == snapshot.passages == 10
        assert set(snapshot.dense(vector("tea"), 100).refs.tolist()) == set(refs)
        found = snapshot.dense(vector("tea"), 100).refs
        assert [stored.ref for stored in snapshot.fetch(found.tolist())] == found.tolist()
        # NumPy's own whole numbers do as well.
        assert [stored.ref for stored in snapshot.fetch(list(found))] == found.tolist()


def test_vectors_come_where_they_are_asked_for(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        refs = refs_of(snapshot)
        for wanted in (refs, refs[::-1], [*refs[:2], *refs[:2]]):
            for stored in snapshot.fetch(wanted, vectors=True):
                assert stored.vector is not None
                assert (stored.vector.dtype, stored.vector.shape) == (np.dtype(np.float32), (DIMENSION,))
                np.testing.assert_array_equal(stored.vector, vector(stored.passage.text))
            assert all(stored.vector is None for stored in snapshot.fetch(wanted))


def test_tokens_come_where_they_are_asked_for_and_kept(engine: Engine, shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        assert {stored.tokens for stored in snapshot.fetch(refs_of(snapshot), tokens=True)} == {b""}
    keeping = engine.create()
    runs = {text: text.encode() * 3 for texts in CORPUS.values() for text in texts}
    settings = replace(SETTINGS, tokens="some form")
    for key, texts in CORPUS.items():
        made = replace(addition(key, texts), tokens=[runs[text] for text in texts])
        keeping.commit(Changes([], [made], settings))
    keeping.commit(Changes(["b"], [], settings))
    with keeping.reading() as snapshot:
        refs = refs_of(snapshot)[::-1]
        assert all(one.tokens == runs[one.passage.text] for one in snapshot.fetch(refs, tokens=True))
        assert all(one.tokens == b"" and one.vector is None for one in snapshot.fetch(refs))
        for made in snapshot.additions():
            assert list(made.tokens) == [runs[passage.text] for passage in made.passages]


def unknown_refs(snapshot: Snapshot, near: Collection[int]) -> list[int]:
    """Refs that are none of this snapshot's: some at its edges, some beside its own, the ends of int64."""
    refs = set(refs_of(snapshot))
    tried = {-1, 0, snapshot.passages, snapshot.passages + 1, 2**63 - 1, -(2**63), *near}
    tried |= {ref + 1 for ref in refs} | {ref - 1 for ref in refs}
    return sorted(ref for ref in tried - refs if -(2**63) <= ref < 2**63)


def test_a_ref_that_is_not_of_the_snapshot_is_an_index_error(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        known = refs_of(snapshot)[0]
        for ref in unknown_refs(snapshot, range(20)):
            with pytest.raises(IndexError):
                snapshot.fetch([known, ref])
            with pytest.raises(IndexError):
                snapshot.fetch([ref], vectors=True, tokens=True)
            with pytest.raises(IndexError):
                snapshot.around([known, ref], 1)


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_neighbours_stop_at_the_edges_of_their_document(shared_index: Index, count: int) -> None:
    with shared_index.reading() as snapshot:
        every = [stored for passages in stored_passages(snapshot).values() for stored in passages]
        for asked in (every, every[::-1], [every[0]] * 3):
            found = snapshot.around([stored.ref for stored in asked], count)
            for stored, (before, after) in zip(asked, found, strict=True):
                texts, position = CORPUS[stored.document.key], stored.position
                assert [one.text for one in before] == texts[max(0, position - count) : position]
                assert [one.text for one in after] == texts[position + 1 : position + 1 + count]
                for neighbour in (*before, *after):
                    beside = addition(stored.document.key, texts).passages[texts.index(neighbour.text)]
                    assert (neighbour.start, neighbour.end) == (beside.start, beside.end)
                    assert (neighbour.line, neighbour.page) == (beside.line, beside.page)
        assert snapshot.around([], count) == []


def test_passages_are_found_by_id_in_the_order_asked_for(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        held = stored_passages(snapshot)
        wanted = [held["c"][1], held["a"][0], held["b"][1]]
        assert snapshot.find([stored.id for stored in wanted]) == wanted
        assert [stored.ref for stored in snapshot.find([one.id for one in wanted])] == [one.ref for one in wanted]
        assert snapshot.find([]) == []


def test_ids_that_are_not_there_are_passed_over(index: Index) -> None:
    with index.reading() as snapshot:
        gone = stored_passages(snapshot)["b"][0]
    index.commit(changes(["b"]))
    with index.reading() as snapshot:
        kept = stored_passages(snapshot)["a"][1]
        names = [gone.id, "f" * 16, "no id", "", kept.id.upper() + "0", kept.id, "\udcff"]
        assert snapshot.find(names) == [kept]


def test_ids_stay_when_the_generation_changes(index: Index) -> None:
    with index.reading() as snapshot:
        before = {stored.id: stored.passage for own in stored_passages(snapshot).values() for stored in own}
    index.commit(changes(["b"], {"d": ["lead"], "a": CORPUS["a"]}))
    with index.reading() as snapshot:
        after = {stored.id: stored.passage for own in stored_passages(snapshot).values() for stored in own}
    kept = before.keys() & after.keys()
    assert len(kept) == 8
    assert all(before[id_] == after[id_] for id_ in kept)


def test_documents_are_found_with_their_passages_in_order(index: Index) -> None:
    index.commit(changes(additions={"empty": []}))
    with index.reading() as snapshot:
        found = snapshot.find_documents(["c", "nowhere", "empty", "a", "c", "before"])
        assert sorted([stored.passage.text for stored in passages] for passages in found) == sorted(
            [CORPUS["a"], CORPUS["c"]]
        )
        assert all([stored.position for stored in own] == list(range(len(own))) for own in found)
        assert all(snapshot.fetch([stored.ref for stored in own]) == own for own in found)
        assert snapshot.find_documents([]) == []


def test_documents_that_share_an_id_are_all_found(index: Index) -> None:
    shared = [
        replace(made, document=replace(made.document, id="1"))
        for made in (addition("x", ["tea"]), addition("y", ["sky", "sea"]), addition("z", []))
    ]
    index.commit(Changes([], shared[:1], SETTINGS))
    index.commit(Changes([], shared[1:], SETTINGS))
    with index.reading() as snapshot:
        found = snapshot.find_documents(["1", "1"])
        assert sorted((own[0].document.key, [one.passage.text for one in own]) for own in found) == [
            ("x", ["tea"]),
            ("y", ["sky", "sea"]),
        ]


def test_stored_documents_are_all_live_ones_with_their_passages_counted(index: Index) -> None:
    index.commit(changes(additions={"empty": []}))
    expected = {**CORPUS, "empty": []}
    with index.reading() as snapshot:
        found = list(snapshot.stored_documents())
        assert {stored.key: stored.passages for stored in found} == {key: len(own) for key, own in expected.items()}
        assert len(found) == snapshot.documents == 4
        assert all(stored == addition(stored.key, expected[stored.key]).document for stored in found)


def test_stored_documents_of_some_keys_are_those_that_are_there_each_once(index: Index) -> None:
    index.commit(changes(["b"], {"empty": []}))
    with index.reading() as snapshot:
        found = list(snapshot.stored_documents(["empty", "b", "c", "c", "nowhere"]))
        assert sorted((stored.key, stored.passages) for stored in found) == [("c", len(CORPUS["c"])), ("empty", 0)]
        assert list(snapshot.stored_documents([])) == []


def test_additions_are_the_live_documents_as_they_were_added(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        found = {made.document.key: made for made in snapshot.additions()}
    assert found.keys() == CORPUS.keys()
    for key, made in found.items():
        expected = addition(key, CORPUS[key])
        assert (made.document, list(made.passages)) == (expected.document, list(expected.passages))
        assert made.vectors.dtype == np.float32
        np.testing.assert_array_equal(made.vectors, expected.vectors)
        assert [set(terms.distinct) for terms in made.terms] == [set(terms.distinct) for terms in expected.terms]
        assert [len(terms.distinct) for terms in made.terms] == [len(set(terms.distinct)) for terms in expected.terms]
        assert [terms.length for terms in made.terms] == [terms.length for terms in expected.terms]
        assert list(made.tokens) == []


def test_statistics_are_those_of_the_generation(shared_index: Index) -> None:
    with shared_index.reading() as snapshot:
        numbers = snapshot.statistics()
        assert (numbers.index, numbers.generation) == (shared_index.location, snapshot.generation)
        assert (numbers.documents, numbers.passages, numbers.dimension) == (3, 10, DIMENSION)
        assert numbers.languages == {"en": 6, "zh": 4}
        assert (numbers.model, numbers.settings) == (SETTINGS.model_name, SETTINGS.to_dict())
        assert numbers.created > "2020"
        assert numbers.deleted >= 0
        assert all(count >= 0 for count in numbers.bytes.values())


def test_an_empty_index_has_statistics(engine: Engine) -> None:
    with engine.create().reading() as snapshot:
        numbers = snapshot.statistics()
        assert (numbers.documents, numbers.passages, numbers.dimension, numbers.languages) == (0, 0, 0, {})
        assert (numbers.model, numbers.settings, snapshot.term_statistics(["tea"]).mean_length) == ("", {}, 0.0)
        assert snapshot.term_statistics(["tea"]).document_frequency == {"tea": 0}
        assert [*snapshot.stored_documents(), *snapshot.additions()] == []
        assert [*snapshot.fetch([]), *snapshot.around([], 3), *snapshot.find(["0" * 16])] == []
        assert snapshot.dense(np.ones(DIMENSION, np.float32), 5).refs.tolist() == []


def test_passages_of_unknown_language_are_counted_under_the_empty_code(index: Index) -> None:
    made = addition("x", ["tea", "sky", "sea"])
    codes = ("", "zh", "")
    passages = [replace(passage, language=code) for passage, code in zip(made.passages, codes, strict=True)]
    index.commit(Changes(["a", "b", "c"], [replace(made, passages=passages)], SETTINGS))
    with index.reading() as snapshot:
        sums = snapshot.languages
        assert {code: one.passages for code, one in sums.items()} == {"": 2, "zh": 1}
        np.testing.assert_array_equal(sums[""].vectors, vector("tea").astype(np.float64) + vector("sea"))


STRANGE = ["nul\0inside", "emoji 👩‍🔬 and 汉字", "e\u0301 \u202e", "'; DROP TABLE passages; --"]


def test_strange_strings_come_back_as_they_went_in(index: Index) -> None:
    key = "/folder/\udcb1\udce1.txt"
    made = strange(addition(key, STRANGE))
    index.commit(Changes([], [made], SETTINGS))
    with index.reading() as snapshot:
        [passages] = snapshot.find_documents([key])
        assert passages[0].document == made.document
        assert [stored.passage for stored in passages] == list(made.passages)
        [again] = [one for one in snapshot.additions() if one.document.key == key]
        assert [set(terms.distinct) for terms in again.terms] == [set(terms.distinct) for terms in made.terms]
        assert len(snapshot.lexical({"汉字": 1.0, "TABLE": 1.0}, 9).refs) == 2
    assert index.verify(deep=True) == []
    index.commit(changes([key]))
    with index.reading() as snapshot:
        assert snapshot.passages == 10


def strange(made: Addition) -> Addition:
    """The addition with metadata and passages of every kind that there is."""
    metadata = {"": "empty", "名": ["汉字", 1, 2.5, True], "lone": "\udcff", "big": 10**20, "none": []}
    texts = [*(passage.text for passage in made.passages[:-1]), made.passages[-1].text[:-1] + "\udcb1"]
    passages = [
        Passage(text, own.start, own.end, heading=("\udcff", "一"))
        for text, own in zip(texts, made.passages, strict=True)
    ]
    return replace(made, document=replace(made.document, metadata=metadata), passages=passages)
