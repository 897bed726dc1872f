from __future__ import annotations

import weakref

import numpy as np
import pytest
from index_corpus import DIMENSION, SETTINGS, addition, changes, create, open_index, vector

from retriever.index.interface import Changes


def test_an_empty_index_answers_nothing(tmp_path):
    snapshot = create(tmp_path / "index").snapshot()
    assert snapshot.generation == 0
    assert snapshot.passage_count == 0
    assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 5).refs) == 0
    assert len(snapshot.lexical({"tea": 1.0}, 5).refs) == 0
    assert snapshot.term_statistics(["tea"]).document_frequency == {"tea": 0}
    assert list(snapshot.documents()) == []
    assert snapshot.passages([]) == []
    assert dict(snapshot.settings) == {}


def test_passages_come_in_the_order_asked_for_and_whole(index, corpus):
    snapshot = index.snapshot()
    refs = {document.key: refs for refs, document in snapshot.documents()}
    wanted = [*refs["c"].tolist(), int(refs["a"][1]), int(refs["b"][0])]
    found = snapshot.passages(wanted)
    assert [stored.ref for stored in found] == wanted
    assert [stored.passage.text for stored in found] == [*corpus["c"], corpus["a"][1], corpus["b"][0]]
    assert [stored.position for stored in found] == [0, 1, 2, 3, 1, 0]
    expected = addition("a", corpus["a"])
    assert found[4].passage == expected.passages[1]
    assert found[4].document == expected.document


def test_vectors_are_those_added(index, corpus):
    snapshot = index.snapshot()
    for refs, document in snapshot.documents():
        expected = [vector(text) for text in corpus[document.key]]
        np.testing.assert_array_equal(snapshot.vectors(refs.tolist()), expected)
    assert snapshot.vectors([]).shape == (0, DIMENSION)


def test_vectors_are_rounded_to_half_precision_however_they_came(tmp_path):
    index = create(tmp_path / "index")
    made = addition("a", ["tea"])
    index.commit(Changes([], [type(made)(made.document, made.passages, made.vectors + np.float32(1 / 3))], SETTINGS))
    expected = (made.vectors + np.float32(1 / 3)).astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(index.snapshot().vectors([0]), expected)


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_neighbours_stop_at_the_documents_ends(index, corpus, count):
    snapshot = index.snapshot()
    for refs, document in snapshot.documents():
        for position, ref in enumerate(refs.tolist()):
            before, after = snapshot.neighbours(ref, count)
            texts = corpus[document.key]
            assert [one.text for one in before] == texts[max(0, position - count) : position]
            assert [one.text for one in after] == texts[position + 1 : position + 1 + count]


def test_a_ref_of_no_passage_is_an_index_error(index):
    with pytest.raises(IndexError):
        index.snapshot().passages([9])
    with pytest.raises(IndexError):
        index.snapshot().vectors([-1])


def test_statistics(index):
    numbers = index.snapshot().statistics()
    assert (numbers.generation, numbers.documents, numbers.passages, numbers.deleted) == (1, 3, 9, 0)
    assert numbers.dimension == DIMENSION
    assert numbers.languages == {"en": 5, "zh": 4}
    assert set(numbers.bytes) == {"passages", "vectors", "postings", "manifest"}
    index.commit(changes(["b"], {}))
    numbers = index.snapshot().statistics()
    assert (numbers.generation, numbers.documents, numbers.passages, numbers.deleted) == (2, 2, 7, 2)
    assert numbers.languages == {"en": 4, "zh": 3}


def test_strange_strings_come_back_as_they_went_in(tmp_path):
    texts = ["nul\0inside", "emoji 👩‍🔬 and 汉字", "e\u0301 \u202e", "'; DROP TABLE passages; --"]
    key = "/folder/\udcb1\udce1.txt"
    index = create(tmp_path / "index")
    index.commit(changes(additions={key: texts}))
    [(refs, document)] = open_index(tmp_path / "index").snapshot().documents()
    assert document == addition(key, texts).document
    assert [stored.passage.text for stored in index.snapshot().passages(refs.tolist())] == texts
    assert index.verify(deep=True) == []
    index.commit(changes([key]))
    assert index.snapshot().passage_count == 0


def test_an_old_snapshot_stays_what_it_was(index, corpus):
    old = index.snapshot()
    for number in range(6):
        index.commit(changes(["a", "b", "c", f"n{number - 1}"], {f"n{number}": ["other words"]}))
    assert old.passage_count == 9
    assert {document.key for _, document in old.documents()} == set(corpus)
    assert len(old.lexical({"tea": 1.0}, 10).refs) == 3
    assert len(old.dense(np.ones(DIMENSION, np.float32), 9).refs) == 9
    assert index.snapshot().passage_count == 1


def test_wrong_queries_are_refused(index):
    snapshot = index.snapshot()
    with pytest.raises(ValueError, match="shape"):
        snapshot.dense(np.ones(DIMENSION + 1, np.float32), 3)
    with pytest.raises(ValueError, match="finite"):
        snapshot.dense(np.full(DIMENSION, np.nan, np.float32), 3)
    with pytest.raises(ValueError, match="positive"):
        snapshot.lexical({"tea": -1.0}, 3)
    assert len(snapshot.lexical({}, 3).refs) == 0
    assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 0).refs) == 0


def test_what_is_asked_for_while_the_index_closes_is_not_kept(index):
    """A search that began before: it ends well, and then no file stays open for it."""
    index.close()
    snapshot = index.snapshot()
    assert len(snapshot.dense(vector("tea"), 3).refs) >= 3
    gone = weakref.ref(snapshot)
    del snapshot
    assert gone() is None


def test_languages_are_counted_as_written_and_found_as_they_are(index, corpus):
    texts = sum(len(texts) for texts in corpus.values())
    counts = index.snapshot().language_counts()
    assert sum(counts.values()) == texts
    index.commit(changes(removals=["a"], additions={"new": ["one", "two", "three"]}))
    snapshot = index.snapshot()
    said = snapshot.languages()
    for language in ("en", "zh"):
        refs = snapshot.of_language(language).tolist()
        assert refs == [ref for ref, own in enumerate(said) if own == language]
        assert snapshot.language_counts()[language] >= len(refs)
        assert {stored.passage.language for stored in snapshot.passages(refs)} == {language}
    assert len(snapshot.of_language("xx")) == 0
    # Deleted passages still count until their segment is written anew.
    index.compact()
    assert index.snapshot().language_counts() == {
        language: len(index.snapshot().of_language(language)) for language in ("en", "zh")
    }
