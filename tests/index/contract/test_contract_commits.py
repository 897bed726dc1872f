"""What a commit makes of an index, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from answers import answers, texts_of
from engines import Engine
from index_corpus import DIMENSION, SETTINGS, addition, changes, refs_of, stored_passages, sums

from retriever.errors import UsageError
from retriever.index.interface import Addition, Changes, Index
from retriever.types import Source

CORPUS = {
    "a": ["red green blue", "green tea", "blue sky over red roofs"],
    "b": ["tea leaves", "red"],
    "c": ["a sky of lead", "green green green", "nothing of the kind", "tea and sky"],
}
SOURCES = (Source("/docs", "docs", "gb18030", None), Source("/notes", "../notes"))


def texts(index: Index) -> dict[str, list[str]]:
    with index.reading() as snapshot:
        return texts_of(snapshot)


def generation(index: Index) -> int:
    with index.reading() as snapshot:
        return snapshot.generation


def test_an_index_that_nothing_was_committed_to_has_no_settings(index: Index) -> None:
    with index.reading() as snapshot:
        assert (snapshot.documents, snapshot.passages) == (0, 0)
        assert (snapshot.settings, snapshot.sources) == (None, ())
    assert index.last_settings() is None


def test_a_commit_returns_the_number_of_the_generation_that_it_made(index: Index) -> None:
    numbers = [generation(index)]
    for key in "abc":
        numbers.append(index.commit(changes(additions={key: CORPUS[key]})))
        assert generation(index) == numbers[-1]
    assert numbers == sorted(set(numbers))


def test_additions_are_there_after_the_commit(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    assert texts(index) == CORPUS


def test_what_is_removed_is_gone_and_the_rest_stays(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    index.commit(changes(["a", "c"], {"d": ["lead"]}))
    assert texts(index) == {"b": CORPUS["b"], "d": ["lead"]}


@pytest.mark.parametrize("removals", [[], ["a"], ["a", "a"]])
def test_an_addition_takes_the_place_of_the_document_with_its_key(index: Index, removals: list[str]) -> None:
    index.commit(changes(additions=CORPUS))
    index.commit(changes(removals, {"a": ["lead", "tea"]}))
    assert texts(index) == {**CORPUS, "a": ["lead", "tea"]}


@pytest.mark.parametrize("between", [0, 1, 30])
@pytest.mark.usefixtures("small_segments")
def test_of_additions_with_one_key_the_last_counts(index: Index, between: int) -> None:
    others = {f"other{number}": ["red roof"] for number in range(between)}
    stream = [
        addition("a", ["tea", "tea", "sky"]),
        *(addition(key, own) for key, own in others.items()),
        addition("a", ["lead"]),
        addition("a", ["blue", "sky"]),
    ]
    index.commit(Changes([], stream, SETTINGS))
    assert texts(index) == {**others, "a": ["blue", "sky"]}
    with index.reading() as snapshot:
        assert snapshot.term_statistics(["tea", "lead", "blue"]).document_frequency == {"tea": 0, "lead": 0, "blue": 1}
        assert (snapshot.documents, snapshot.passages) == (between + 1, between + 2)


def test_additions_are_a_stream_that_is_read_once(index: Index) -> None:
    def stream() -> Iterator[Addition]:
        for key, own in CORPUS.items():
            yield addition(key, own)

    index.commit(Changes([], stream(), SETTINGS))
    assert texts(index) == CORPUS


def test_removals_are_read_after_the_additions(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    removals: list[str] = []

    def stream() -> Iterator[Addition]:
        removals.append("a")
        yield addition("d", ["lead"])
        removals.append("b")

    index.commit(Changes(removals, stream(), SETTINGS))
    assert texts(index) == {"c": CORPUS["c"], "d": ["lead"]}


def test_nobody_sees_half_a_commit(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    before = generation(index)
    seen = []

    def stream() -> Iterator[Addition]:
        for number in range(10):
            yield addition(f"n{number}", ["lead"])
            seen.append((generation(index), texts(index)))

    index.commit(Changes(["a"], stream(), SETTINGS))
    assert seen == [(before, CORPUS)] * 10
    assert len(texts(index)) == 12


def test_a_stream_that_fails_changes_nothing(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    with index.reading() as snapshot:
        number, before = snapshot.generation, answers(snapshot)

    def stream() -> Iterator[Addition]:
        yield addition("a", ["lead"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        index.commit(Changes(["b"], stream(), SETTINGS, SOURCES))
    with index.reading() as snapshot:
        assert (snapshot.generation, answers(snapshot)) == (number, before)
    assert index.commit(changes(additions={"d": ["lead"]})) > number


def test_a_commit_from_within_the_additions_of_another_is_refused(index: Index) -> None:
    """One of the two would be lost."""

    def stream() -> Iterator[Addition]:
        yield addition("d", ["lead"])
        index.commit(changes(additions={"e": ["tin"]}))

    index.commit(changes(additions=CORPUS))
    with pytest.raises(UsageError, match="already committing to"):
        index.commit(Changes([], stream(), SETTINGS))
    assert texts(index) == CORPUS
    index.commit(changes(additions={"e": ["tin"]}))
    assert texts(index) == {**CORPUS, "e": ["tin"]}


BAD: dict[str, Addition] = {
    "a vector too few": replace(addition("d", ["tea", "sky"]), vectors=np.zeros((1, DIMENSION), np.float32)),
    "vectors of another length": replace(addition("d", ["tea"]), vectors=np.zeros((1, DIMENSION + 1), np.float32)),
    "a vector that is not finite": replace(addition("d", ["tea"]), vectors=np.full((1, DIMENSION), np.nan, np.float32)),
    "no terms": replace(addition("d", ["tea", "sky"]), terms=[]),
    "tokens of one passage of two": replace(addition("d", ["tea", "sky"]), tokens=[b"1"]),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_an_addition_that_does_not_fit_is_a_value_error_and_changes_nothing(index: Index, bad: Addition) -> None:
    number = index.commit(changes(additions=CORPUS))
    with pytest.raises(ValueError, match=r".+"):
        index.commit(Changes(["a"], [addition("e", ["red"]), bad], SETTINGS))
    assert (generation(index), texts(index)) == (number, CORPUS)
    assert index.verify(deep=True) == []


def test_where_nothing_differs_no_generation_is_made(index: Index) -> None:
    number = index.commit(Changes([], [addition(key, own) for key, own in CORPUS.items()], SETTINGS, SOURCES))
    assert index.commit(Changes([], [], SETTINGS)) == number
    assert index.commit(Changes([], iter([]), SETTINGS, SOURCES)) == number
    assert index.commit(Changes(["not there"], [], SETTINGS, None)) == number
    assert generation(index) == number


def test_an_empty_commit_to_an_empty_index_makes_no_generation(index: Index) -> None:
    number = generation(index)
    assert index.commit(Changes([], [], None)) == number
    assert generation(index) == number


def test_settings_are_those_of_the_last_commit(index: Index) -> None:
    first = index.commit(changes(additions=CORPUS))
    other = replace(SETTINGS, model="elsewhere", tokens="some")
    second = index.commit(Changes([], [], other))
    assert second > first
    with index.reading() as snapshot:
        assert snapshot.settings == index.last_settings() == other
    assert texts(index) == CORPUS


def test_settings_alone_make_a_generation_of_an_empty_index(index: Index) -> None:
    number = index.commit(Changes([], [], SETTINGS))
    with index.reading() as snapshot:
        assert (snapshot.generation, snapshot.settings, snapshot.documents) == (number, SETTINGS, 0)
    assert index.last_settings() == SETTINGS


def test_sources_are_remembered_until_a_commit_names_others(index: Index) -> None:
    numbers = [index.commit(Changes([], [], SETTINGS, SOURCES)), index.commit(changes(additions=CORPUS))]
    with index.reading() as snapshot:
        assert snapshot.sources == SOURCES
    numbers.append(index.commit(Changes([], [], SETTINGS, SOURCES[1:])))
    with index.reading() as snapshot:
        assert snapshot.sources == SOURCES[1:]
    numbers.append(index.commit(Changes([], [], SETTINGS, ())))
    with index.reading() as snapshot:
        assert snapshot.sources == ()
    assert numbers == sorted(set(numbers))


def test_a_document_without_passages_is_a_document(index: Index) -> None:
    index.commit(changes(additions={"empty": [], **CORPUS}))
    with index.reading() as snapshot:
        assert (snapshot.documents, snapshot.passages) == (4, 9)
        assert {stored.key: stored.passages for stored in snapshot.stored_documents()}["empty"] == 0
        [made] = [one for one in snapshot.additions() if one.document.key == "empty"]
        assert (list(made.passages), made.vectors.shape, list(made.terms)) == ([], (0, DIMENSION), [])
    index.commit(changes(["empty"]))
    assert texts(index) == CORPUS


def test_an_index_of_documents_without_passages_answers_nothing(index: Index) -> None:
    index.commit(changes(additions={"empty": [], "empty too": []}))
    with index.reading() as snapshot:
        assert (snapshot.documents, snapshot.passages) == (2, 0)
        assert snapshot.dense(np.ones(DIMENSION, np.float32), 5).refs.tolist() == []
        assert snapshot.lexical({"title": 1.0}, 5).refs.tolist() == []
        assert snapshot.languages == {}


def test_replace_takes_out_all_that_was_there(index: Index) -> None:
    first = index.commit(Changes([], [addition(key, own) for key, own in CORPUS.items()], SETTINGS, SOURCES))
    second = index.commit(changes(additions={"d": ["lead"]}), replace=True)
    assert second > first
    assert texts(index) == {"d": ["lead"]}
    with index.reading() as snapshot:
        assert snapshot.sources == ()
        assert snapshot.term_statistics(["tea", "lead"]).document_frequency == {"tea": 0, "lead": 1}


def test_replace_builds_anew_with_other_settings_while_readers_keep_the_old(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    wider = replace(SETTINGS, dimension=12, model="wider")
    with index.reading() as old:
        before = answers(old)
        made = [addition("d", ["lead", "tea"], 12)]
        index.commit(Changes([], made, wider, SOURCES), replace=True)
        assert answers(old) == before
    with index.reading() as snapshot:
        assert (snapshot.settings, snapshot.sources, snapshot.statistics().dimension) == (wider, SOURCES, 12)
        [stored, _] = snapshot.fetch(refs_of(snapshot), vectors=True)
        assert stored.vector is not None
        assert stored.vector.shape == (12,)
    assert index.last_settings() == wider


def test_replace_with_nothing_leaves_nothing(index: Index) -> None:
    index.commit(changes(additions=CORPUS))
    index.commit(Changes([], [], None), replace=True)
    with index.reading() as snapshot:
        assert (snapshot.documents, snapshot.passages, snapshot.settings) == (0, 0, None)
    index.commit(changes(additions=CORPUS))
    assert texts(index) == CORPUS


def test_vectors_are_kept_to_half_precision_at_least(index: Index) -> None:
    real = np.random.default_rng(3).standard_normal((3, DIMENSION)).astype(np.float32)
    index.commit(Changes([], [replace(addition("a", ["red", "tea", "sky"]), vectors=real)], SETTINGS))
    with index.reading() as snapshot:
        stored = snapshot.fetch([one.ref for one in stored_passages(snapshot)["a"]], vectors=True)
        kept = np.array([one.vector for one in stored])
        assert kept.dtype == np.float32
        np.testing.assert_allclose(kept, real, rtol=2**-11, atol=2**-25)
        english = kept[0::2].astype(np.float64).sum(axis=0).tolist()
        assert sums(snapshot) == {"en": (2, english), "zh": (1, kept[1].astype(np.float64).tolist())}


def test_what_was_committed_does_not_follow_the_callers_arrays(index: Index) -> None:
    made = addition("a", ["red", "tea", "sky"])
    index.commit(Changes([], [made], SETTINGS))
    with index.reading() as snapshot:
        before = answers(snapshot)
        made.vectors[:] = 7
        assert answers(snapshot) == before


def test_an_index_is_found_again_at_its_location(engine: Engine, index: Index) -> None:
    number = index.commit(changes(additions=CORPUS))
    index.close()
    again = engine.open(index.location, False)
    assert again.location == index.location
    assert (generation(again), texts(again)) == (number, CORPUS)


@pytest.mark.parametrize("width", [0, DIMENSION])
def test_a_document_without_passages_may_come_first(index: Index, width: int) -> None:
    """It has no vectors, so the shape of none of them says nothing of the others'."""
    empty = replace(addition("empty", []), vectors=np.zeros((0, width), np.float32))
    index.commit(Changes([], [empty, addition("a", CORPUS["a"])], SETTINGS))
    assert texts(index) == {"empty": [], "a": CORPUS["a"]}
    with index.reading() as snapshot:
        assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 3).refs) == 3


@pytest.mark.parametrize("tokens", [(b"", b"", b""), (b"", b"x", b"")])
def test_token_vectors_may_be_empty(index: Index, tokens: tuple[bytes, ...]) -> None:
    settings = replace(SETTINGS, tokens="made up")
    index.commit(Changes([], [replace(addition("a", CORPUS["a"]), tokens=tokens)], settings))
    with index.reading() as snapshot:
        [stored] = stored_passages(snapshot).values()
        fetched = snapshot.fetch([one.ref for one in stored], tokens=True)
        assert tuple(one.tokens for one in fetched) == tokens
