from __future__ import annotations

import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_corpus import (
    DIMENSION,
    SETTINGS,
    Oracle,
    addition,
    build,
    changes,
    contents,
    create,
    open_index,
    ranking,
    refs_of,
    stored_passages,
    sums,
    vector,
)

from retriever import Document, Retriever
from retriever.errors import IndexCorruptError
from retriever.filters import Filter
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.types import Source


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    snapshot = create(tmp_path / "index").snapshot()
    assert snapshot.generation == 0
    assert snapshot.passages == 0
    assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 5).refs) == 0
    assert len(snapshot.lexical({"tea": 1.0}, 5).refs) == 0
    assert snapshot.term_statistics(["tea"]).document_frequency == {"tea": 0}
    assert snapshot.documents == 0
    assert list(snapshot.stored_documents()) == list(snapshot.additions()) == []
    assert snapshot.fetch([]) == snapshot.around([], 3) == snapshot.find(["0" * 16]) == []
    assert snapshot.find_documents(["a"]) == []
    assert snapshot.languages == {}
    assert snapshot.select(Filter.parse("whatever = 1")).count == 0
    assert (snapshot.settings, snapshot.sources) == (None, ())


def test_passages_come_in_the_order_asked_for_and_whole(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    snapshot = index.snapshot()
    refs = {key: [stored.ref for stored in passages] for key, passages in stored_passages(snapshot).items()}
    wanted = [*refs["c"], refs["a"][1], refs["b"][0], refs["a"][1]]
    found = snapshot.fetch(wanted)
    assert [stored.ref for stored in found] == wanted
    assert [stored.passage.text for stored in found] == [*corpus["c"], corpus["a"][1], corpus["b"][0], corpus["a"][1]]
    assert [stored.position for stored in found] == [0, 1, 2, 3, 1, 0, 1]
    assert all(stored.vector is None and stored.tokens == b"" for stored in found)
    expected = addition("a", corpus["a"])
    assert found[4].passage == expected.passages[1]
    assert found[4].document == expected.document
    assert found[4].document.passages == 3
    assert found[4].terms == len(corpus["a"][1].split())
    assert found[0].terms == len(f"title of c {corpus['c'][0]}".split())
    assert snapshot.find([stored.id for stored in found]) == found[:-1]


def test_vectors_are_those_added(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    index.commit(changes(additions={"n": ["lead"]}))
    snapshot = index.snapshot()
    refs = refs_of(snapshot)
    for wanted in (refs, refs[::-1], [*refs[:2], *refs[:2]]):
        for stored in snapshot.fetch(wanted, vectors=True, tokens=True):
            assert stored.vector is not None
            assert (stored.vector.dtype, stored.tokens) == (np.dtype(np.float32), b"")
            np.testing.assert_array_equal(stored.vector, vector(stored.passage.text))


def test_vectors_are_rounded_to_half_precision_however_they_came(tmp_path: Path) -> None:
    index = create(tmp_path / "index")
    made = addition("a", ["tea"])
    index.commit(Changes([], [replace(made, vectors=made.vectors + np.float32(1 / 3))], SETTINGS))
    expected = (made.vectors + np.float32(1 / 3)).astype(np.float16).astype(np.float32)
    snapshot = index.snapshot()
    [stored] = snapshot.fetch(refs_of(snapshot), vectors=True)
    np.testing.assert_array_equal(stored.vector, expected[0])
    np.testing.assert_array_equal(snapshot.languages["en"].vectors, expected[0])


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_neighbours_stop_at_the_documents_ends(index: LocalIndex, corpus: dict[str, list[str]], count: int) -> None:
    snapshot = index.snapshot()
    every = [stored for passages in stored_passages(snapshot).values() for stored in passages]
    for asked in (every, every[::-1]):
        for stored, (before, after) in zip(asked, snapshot.around([one.ref for one in asked], count), strict=True):
            texts, position = corpus[stored.document.key], stored.position
            assert [one.text for one in before] == texts[max(0, position - count) : position]
            assert [one.text for one in after] == texts[position + 1 : position + 1 + count]


def test_a_ref_of_no_passage_is_an_index_error(index: LocalIndex) -> None:
    with pytest.raises(IndexError):
        index.snapshot().fetch([9])
    with pytest.raises(IndexError):
        index.snapshot().fetch([-1], vectors=True)
    with pytest.raises(IndexError):
        index.snapshot().around([0, 9], 1)


def test_statistics(index: LocalIndex) -> None:
    numbers = index.snapshot().statistics()
    assert (numbers.generation, numbers.documents, numbers.passages, numbers.deleted) == (1, 3, 9, 0)
    assert numbers.dimension == DIMENSION
    assert numbers.languages == {"en": 5, "zh": 4}
    assert set(numbers.bytes) == {"passages", "vectors", "postings", "manifest"}
    index.commit(changes(["b"], {}))
    numbers = index.snapshot().statistics()
    assert (numbers.generation, numbers.documents, numbers.passages, numbers.deleted) == (2, 2, 7, 2)
    assert numbers.languages == {"en": 4, "zh": 3}


def test_strange_strings_come_back_as_they_went_in(tmp_path: Path) -> None:
    texts = ["nul\0inside", "emoji 👩‍🔬 and 汉字", "e\u0301 \u202e", "'; DROP TABLE passages; --"]
    key = "/folder/\udcb1\udce1.txt"
    index = create(tmp_path / "index")
    index.commit(changes(additions={key: texts}))
    snapshot = open_index(tmp_path / "index").snapshot()
    [passages] = snapshot.find_documents([key])
    assert list(snapshot.stored_documents()) == [passages[0].document] == [addition(key, texts).document]
    assert [stored.passage.text for stored in passages] == texts
    [again] = snapshot.additions()
    assert [set(terms.distinct) for terms in again.terms] == [
        set(terms.distinct) for terms in addition(key, texts).terms
    ]
    assert [terms.length for terms in again.terms] == [terms.length for terms in addition(key, texts).terms]
    assert index.verify(deep=True) == []
    index.commit(changes([key]))
    assert index.snapshot().passages == 0


def test_an_old_snapshot_stays_what_it_was(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    old = index.snapshot()
    for number in range(6):
        index.commit(changes(["a", "b", "c", f"n{number - 1}"], {f"n{number}": ["other words"]}))
    assert old.passages == 9
    assert {key: len(passages) for key, passages in stored_passages(old).items()} == {
        key: len(texts) for key, texts in corpus.items()
    }
    assert sums(old) == Oracle(corpus).languages()
    assert len(old.lexical({"tea": 1.0}, 10).refs) == 3
    assert len(old.dense(np.ones(DIMENSION, np.float32), 9).refs) == 9
    assert index.snapshot().passages == 1


def test_wrong_queries_are_refused(index: LocalIndex) -> None:
    snapshot = index.snapshot()
    with pytest.raises(ValueError, match="shape"):
        snapshot.dense(np.ones(DIMENSION + 1, np.float32), 3)
    with pytest.raises(ValueError, match="finite"):
        snapshot.dense(np.full(DIMENSION, np.nan, np.float32), 3)
    with pytest.raises(ValueError, match="positive"):
        snapshot.lexical({"tea": -1.0}, 3)
    assert len(snapshot.lexical({}, 3).refs) == 0
    assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 0).refs) == 0


def test_what_is_asked_for_while_the_index_closes_is_not_kept(index: LocalIndex) -> None:
    """A search that began before: it ends well, and then no file stays open for it."""
    index.close()
    snapshot = index.snapshot()
    assert len(snapshot.dense(vector("tea"), 3).refs) >= 3
    gone = weakref.ref(snapshot)
    del snapshot
    assert gone() is None


def test_a_selection_is_of_the_snapshot_that_made_it(index: LocalIndex) -> None:
    old = index.snapshot()
    chosen = old.select(Filter.parse("page = 2"))
    assert chosen.count == 3
    assert {stored.position for stored in old.fetch(old.dense(vector("tea"), 9, within=chosen).refs.tolist())} == {1}
    index.commit(changes(["a"]))
    with pytest.raises(TypeError, match="another snapshot"):
        index.snapshot().dense(vector("tea"), 9, within=chosen)
    with pytest.raises(TypeError, match="another snapshot"):
        index.snapshot().lexical({"tea": 1.0}, 9, within=chosen)
    assert old.lexical({"tea": 1.0}, 9, within=chosen).refs.size == 1


def test_passages_and_documents_that_are_not_there_are_not_found(index: LocalIndex) -> None:
    snapshot = index.snapshot()
    gone = stored_passages(snapshot)["a"]
    index.commit(changes(["a"], {"empty": []}))
    snapshot = index.snapshot()
    kept = stored_passages(snapshot)["b"]
    ids = [gone[0].id, kept[1].id, "f" * 16, "no id", kept[1].id.upper(), kept[0].id]
    assert [stored.id for stored in snapshot.find(ids)] == [kept[1].id, kept[0].id]
    assert snapshot.find_documents(["a", "empty", "b", "nowhere", "b"]) == [kept]
    assert snapshot.documents == 3


def test_documents_that_share_an_id_are_all_found(tmp_path: Path) -> None:
    index = create(tmp_path / "index")
    shared = [
        replace(made, document=replace(made.document, id="1")) for made in map(addition, "ab", [["tea"], ["sky"]])
    ]
    index.commit(Changes([], shared, SETTINGS))
    found = index.snapshot().find_documents(["1", "1"])
    assert sorted((passages[0].document.key, passages[0].passage.text) for passages in found) == [
        ("a", "tea"),
        ("b", "sky"),
    ]


def test_sources_are_remembered_until_others_are_named(index: LocalIndex) -> None:
    named = (Source("/docs", "docs", "gb18030", None), Source("/notes", "../notes"))
    assert index.commit(Changes([], [], SETTINGS, named)) == 2
    assert open_index(index.path).snapshot().sources == named
    assert index.commit(Changes([], [], SETTINGS, named)) == 2
    index.commit(changes(["a"]))
    index.compact()
    assert index.snapshot().sources == named
    index.commit(Changes([], [], SETTINGS, ()))
    assert index.snapshot().sources == ()


def test_additions_come_back_as_they_were_made(index: LocalIndex, corpus: dict[str, list[str]], tmp_path: Path) -> None:
    """So an index can be copied by its contents alone, whatever its terms came from."""
    index.commit(changes(["b"], {"n": ["lead", "", "tea"], "empty": []}))
    copy = create(tmp_path / "copy")
    copy.commit(Changes([], index.snapshot().additions(), SETTINGS))
    expected = {**corpus, "n": ["lead", "", "tea"], "empty": []}
    del expected["b"]
    assert contents(copy) == contents(index) == expected
    weights = {"tea": 1.0, "title": 0.5, "lead": 2.0}
    for one in (index.snapshot(), copy.snapshot()):
        assert ranking(one, one.lexical(weights, 20)) == Oracle(expected).lexical(weights, 20)
        assert one.term_statistics(["title", "tea"]).document_frequency == {
            term: Oracle(expected).document_frequency(term) for term in ("title", "tea")
        }
        assert sums(one) == Oracle(expected).languages()
    assert copy.verify(deep=True) == []


ASK = """
import sys
from retriever import Retriever
from retriever.index.local import snapshot

for few in (snapshot.SMALL, 0):
    snapshot.SMALL = few
    with Retriever.open(sys.argv[1]) as retriever:
        first = retriever.search("tea", 2)
        before = "faiss" in sys.modules
        retriever.warm()
        assert list(retriever.search("tea", 2)) == list(first)
        print(before, "faiss" in sys.modules)
"""


def test_one_question_is_answered_without_faiss(tmp_path: Path) -> None:
    """And all questions to few passages; to more, those after the first are not."""
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.add([Document("a", "Tea is grown on the hills."), Document("b", "Coffee is drunk in the town.")])
    told = subprocess.run(
        [sys.executable, "-c", ASK, tmp_path / "index"], check=True, stdout=subprocess.PIPE, text=True
    )
    assert told.stdout.splitlines() == ["False False", "False True"]


def test_a_part_is_read_from_the_segments_that_have_it(tmp_path: Path) -> None:
    """A copy reads a part at a time, and each would read every byte of the index again."""
    index = build(tmp_path / "index", {"a": ["tea"]})
    index.commit(changes(additions={"b": ["sky"]}))
    snapshot = index.snapshot()
    damaged = snapshot.views[0].segment.folder / "ids.npy"
    damaged.write_bytes(bytes(damaged.stat().st_size))
    assert [one.document.key for one in snapshot.additions(["b", "absent"])] == ["b"]
    with pytest.raises(IndexCorruptError, match="ids"):
        list(snapshot.additions(["b", "a"]))
    with pytest.raises(IndexCorruptError, match="ids"):
        list(snapshot.additions())
