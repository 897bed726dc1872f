"""From any engine to any other and back: nothing is lost, and every answer stays, score for score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from answers import answers
from engines import ENGINES, Engine, engine_of
from index_corpus import DIMENSION, SETTINGS, addition

from retriever import export_index, import_index
from retriever.errors import UsageError
from retriever.index import OPENERS
from retriever.index.interface import Changes, Index
from retriever.index.terms import analyse
from retriever.text.analyzer import ANALYZER_VERSION
from retriever.types import Source

CORPUS = {
    "a": ["red green blue", "green tea", "blue sky over red roofs"],
    "b": ["tea leaves", "red"],
    "c": ["a sky of lead", "green green green", "nothing of the kind", "tea and sky"],
    "empty": [],
}
SOURCES = (Source("/docs", "docs", "gb18030", None), Source("/notes", "../notes"))
# An import makes the terms anew, by the analyzer of this version.
KEPT = replace(SETTINGS, analyzer=ANALYZER_VERSION)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One for all tests of transfers."""
    return engine_of(request.param, tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module", params=[False, True], ids=["without tokens", "with tokens"])
def tokens(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def index(engine: Engine, tokens: bool) -> Index:
    """For tests that leave it as it is."""
    return make_index(engine, tokens)


def make_index(engine: Engine, with_tokens: bool) -> Index:
    """Two commits, a removed document, vectors that use all of half precision, sources."""
    index = engine.create()
    chance = np.random.default_rng(9)
    made = []
    for key, texts in {**CORPUS, "gone": ["tea", "sky"]}.items():
        vectors = chance.standard_normal((len(texts), DIMENSION)).astype(np.float32)
        tokens = [f"{key} {text}".encode() for text in texts] if with_tokens else []
        own = addition(key, texts)
        made.append(replace(own, vectors=vectors, tokens=tokens, terms=analyse(own.document, own.passages)))
    settings = replace(KEPT, tokens="some form" if with_tokens else "")
    index.commit(Changes([], made[:3], settings, SOURCES))
    index.commit(Changes([], made[3:], settings))
    index.commit(Changes(["gone"], [], settings))
    return index


def test_additions_make_the_same_index_in_another_engine_and_back(index: Index, engine: Engine, other: Engine) -> None:
    there, back = other.create(), engine.create()
    for one, copy in ((index, there), (there, back)):
        with one.reading() as snapshot:
            copy.commit(Changes([], snapshot.additions(), snapshot.settings, snapshot.sources))
    assert _answers(index) == _answers(there) == _answers(back)
    assert there.verify(deep=True) == back.verify(deep=True) == []


def test_an_index_can_be_built_anew_from_its_own_additions(engine: Engine, tokens: bool) -> None:
    index = make_index(engine, tokens)
    before = _answers(index)
    with index.reading() as snapshot:
        index.commit(Changes([], snapshot.additions(), snapshot.settings, snapshot.sources), replace=True)
    assert _answers(index) == before


@pytest.fixture
def schemes(monkeypatch: pytest.MonkeyPatch, engine: Engine, other: Engine) -> None:
    """Makes the indexes of both engines known by their locations, unless the library knows their schemes."""
    for one in (engine, other):
        if one.name not in OPENERS:
            monkeypatch.setitem(OPENERS, one.name, one.open)


@pytest.mark.usefixtures("schemes")
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_an_export_can_be_imported_into_another_engine_and_back(
    index: Index, engine: Engine, other: Engine, tmp_path: Path, form: str
) -> None:
    first, second = tmp_path / f"first.{form}", tmp_path / f"second.{form}"
    exported = export_index(index.location, first)
    assert (exported.index, exported.documents, exported.passages) == (index.location, 4, 9)
    there, back = other.create(), engine.create()
    imported = import_index(there.location, first)
    assert (imported.documents, imported.passages, imported.embedded) == (4, 9, 0)
    export_index(there.location, second)
    import_index(back.location, second)
    assert _answers(index) == _answers(other.open(there.location, False)) == _answers(engine.open(back.location, False))


@pytest.mark.usefixtures("schemes")
def test_an_import_into_an_index_that_is_not_empty_is_refused(index: Index, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    export_index(index.location, file)
    before = _answers(index)
    with pytest.raises(UsageError, match="already"):
        import_index(index.location, file)
    assert _answers(engine.open(index.location, False)) == before


def _answers(index: Index) -> object:
    with index.reading() as snapshot:
        return answers(snapshot)
