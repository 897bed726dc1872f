"""Documents whose vectors are still to come: found by words, never by vectors, and at last as if always complete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from answers import QUERIES, WEIGHTS, answers
from engines import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import DIMENSION, SETTINGS, Oracle, addition, ranking, stored_passages

from retriever.index.interface import Addition, Changes, Index, Snapshot
from retriever.index.local.index import LocalIndex

texts = st.lists(st.sampled_from(["tea", "red tea", "green sky", "blue roof lead"]), max_size=4)
corpora = st.dictionaries(st.sampled_from("abcdef"), texts, min_size=1, max_size=6)
examples = settings(
    max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def pending(made: Addition) -> Addition:
    if not made.passages:
        return made
    return replace(made, vectors=np.zeros((len(made.passages), 0), np.float32), tokens=())


def commit(index: Index, *additions: Addition) -> None:
    index.commit(Changes([], additions, SETTINGS))


def ids(snapshot: Snapshot, keys: set[str]) -> set[str]:
    return {one.id for key, own in stored_passages(snapshot).items() if key in keys for one in own}


@pytest.mark.usefixtures("small_segments")
@examples
@given(corpora, st.sets(st.sampled_from("abcdef")))
def test_pending_documents_answer_by_words_and_end_as_if_always_complete(
    engine: Engine, corpus: dict[str, list[str]], late: set[str]
) -> None:
    index, fresh, oracle = engine.create(), engine.create(), Oracle(corpus)
    whole = {key: addition(key, own) for key, own in corpus.items()}
    commit(index, *(pending(made) if key in late else made for key, made in whole.items()))
    waiting = {key for key in late & corpus.keys() if corpus[key]}
    with index.reading() as snapshot:
        embedded = ids(snapshot, corpus.keys() - waiting)
        everything = snapshot.passages + 5
        assert {stored.key for stored in snapshot.pending_documents()} == waiting
        assert snapshot.pending == sum(len(corpus[key]) for key in waiting) == snapshot.statistics().pending
        for query in QUERIES:
            assert sorted(ranking(snapshot, snapshot.dense(query, everything))) == sorted(
                oracle.dense(query, everything, embedded)
            )
        assert sorted(ranking(snapshot, snapshot.lexical(WEIGHTS, everything))) == sorted(
            oracle.lexical(WEIGHTS, everything)
        )
        counted = {code: (one.passages, one.pending) for code, one in snapshot.languages.items()}
        own = [(passage.language, key in waiting) for key, made in whole.items() for passage in made.passages]
        assert counted == {code: (sum(c == code for c, _ in own), own.count((code, True))) for code, _ in own}
        assert index.verify(deep=True) == []
    for key in sorted(waiting):
        commit(index, whole[key])
    commit(fresh, *whole.values())
    with index.reading() as one, fresh.reading() as other:
        assert one.pending == 0
        assert answers(one) == answers(other)


@pytest.fixture
def half(index: Index) -> Index:
    """An index of two documents, of which ``late`` is pending."""
    commit(index, addition("early", ["green tea", "red sky"]), pending(addition("late", ["blue tea", "lead roof"])))
    return index


def test_a_passage_of_a_pending_document_has_no_vector(half: Index) -> None:
    with half.reading() as snapshot:
        found = {
            stored.passage.text: stored.vector
            for own in stored_passages(snapshot).values()
            for stored in snapshot.fetch([one.ref for one in own], vectors=True, tokens=True)
        }
    assert {text for text, vector in found.items() if vector is None} == {"blue tea", "lead roof"}


def test_a_pending_document_is_read_out_as_it_was_added(half: Index, engine: Engine) -> None:
    with half.reading() as snapshot:
        [made] = snapshot.additions(["late", "nowhere"])
        assert made.pending
        assert [passage.text for passage in made.passages] == ["blue tea", "lead roof"]
        assert list(snapshot.additions([])) == []
        copy = engine.create()
        commit(copy, *snapshot.additions())
        with copy.reading() as other:
            assert answers(other) == answers(snapshot)
            assert other.pending == snapshot.pending == 2


def test_an_index_of_pending_documents_only(index: Index) -> None:
    commit(index, pending(addition("late", ["blue tea", "lead roof"])))
    with index.reading() as snapshot:
        assert len(snapshot.dense(QUERIES[0], 5).refs) == 0
        assert len(snapshot.lexical({"tea": 1.0}, 5).refs) == 1
        assert snapshot.pending == snapshot.passages == 2
    commit(index, addition("late", ["blue tea", "lead roof"]))
    with index.reading() as snapshot:
        assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 5).refs) == 2


def test_a_pending_document_can_be_changed_and_removed(half: Index) -> None:
    commit(half, pending(addition("late", ["tea"])))
    with half.reading() as snapshot:
        assert snapshot.pending == 1
    half.commit(Changes(["late"], [], SETTINGS))
    with half.reading() as snapshot:
        assert (snapshot.pending, snapshot.passages) == (0, 2)
        assert list(snapshot.pending_documents()) == []
    assert half.verify(deep=True) == []


def test_compacting_keeps_what_is_pending(half: Index) -> None:
    commit(half, pending(addition("later", ["tea"])), addition("earlier", ["sky"]))
    with half.reading() as before:
        known = answers(before)
    if isinstance(half, LocalIndex):
        half.compact()
    with half.reading() as after:
        assert after.pending == 3
        assert answers(after) == known
    assert half.verify(deep=True) == []
