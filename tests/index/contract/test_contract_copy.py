"""Copies of an index from one location to another: equal, interrupted, brought up to date, refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from answers import answers
from engines import Engine
from index_corpus import SETTINGS, addition, changes

from retriever import copy_index
from retriever.errors import UsageError
from retriever.index import OPENERS
from retriever.index.interface import Changes, Index
from retriever.index.local.index import LocalIndex
from retriever.maintenance import copy
from retriever.reports import Progress
from retriever.types import Source

CORPUS = {f"d{number}": [f"text {number} tea", "red sky", "lead"][: number % 4] for number in range(10)}
SOURCES = (Source("/docs", "docs"),)


def fill(index: Index) -> Index:
    made = [replace(addition(key, texts), tokens=[text.encode() for text in texts]) for key, texts in CORPUS.items()]
    index.commit(Changes([], made, replace(SETTINGS, tokens="some form"), SOURCES))
    return index


@pytest.fixture
def source(tmp_path: Path) -> Index:
    return fill(LocalIndex.plan(tmp_path / "source"))


@pytest.fixture(autouse=True)
def schemes(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Makes the indexes of the engine known by their locations, unless the library knows its scheme."""
    if engine.name not in OPENERS:
        monkeypatch.setitem(OPENERS, engine.name, engine.open)


def read(index: Index) -> object:
    with index.reading() as snapshot:
        return answers(snapshot)


def test_a_copy_answers_as_its_source_and_so_does_a_copy_of_it(source: Index, engine: Engine, tmp_path: Path) -> None:
    there = engine.create()
    done = copy_index(source.location, there.location)
    assert (done.source, done.target) == (source.location, there.location)
    assert (done.copied, done.removed, done.unchanged, done.documents, done.passages) == (10, 0, 0, 10, 13)
    back = copy_index(there.location, tmp_path / "back")
    assert (back.documents, back.passages) == (10, 13)
    assert read(source) == read(engine.reopen(there)) == read(LocalIndex.open(tmp_path / "back"))
    again = copy_index(source.location, there.location)
    assert (again.copied, again.unchanged, again.generation) == (0, 10, done.generation)


def test_an_interrupted_copy_goes_on(source: Index, engine: Engine) -> None:
    there = engine.create()
    seen: list[Progress] = []

    def interrupt(step: Progress) -> None:
        seen.append(step)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with mock.patch.object(copy, "PART", 4):
        with pytest.raises(KeyboardInterrupt):
            copy_index(source.location, there.location, on_progress=interrupt)
        done = copy_index(source.location, there.location, on_progress=seen.append)
    assert 0 < seen[1].done == done.unchanged < 10
    assert {step.unit for step in seen} == {"documents"}
    assert done.copied == 10 - done.unchanged
    assert read(engine.reopen(there)) == read(source)


def test_an_older_copy_is_brought_up_to_date_where_that_is_asked_for(source: Index, engine: Engine) -> None:
    there = engine.create()
    copy_index(source.location, there.location)
    settings = replace(SETTINGS, tokens="some form")
    source.commit(Changes(["d1", "d2"], [addition("d3", ["other"]), addition("new", ["words"])], settings))
    with pytest.raises(UsageError, match="holds 3 documents that") as caught:
        copy_index(source.location, there.location)
    assert "--update" in caught.value.hint
    done = copy_index(source.location, there.location, update=True)
    assert (done.copied, done.removed, done.unchanged, done.documents) == (2, 2, 7, 9)
    assert read(engine.reopen(there)) == read(source)


def test_an_index_of_other_settings_is_refused(source: Index, engine: Engine) -> None:
    there = engine.create()
    there.commit(changes(additions={"a": ["tea"]}))
    for update in (False, True):
        with pytest.raises(UsageError, match="other settings"):
            copy_index(source.location, there.location, update=update)


def test_an_index_is_not_copied_to_itself(engine: Engine) -> None:
    index = fill(engine.create())
    with pytest.raises(UsageError, match="both source and target"):
        copy_index(index.location, index.location)
