"""Filters in an index: every live passage that matches is found, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import create_index, search_index, sync_index, write

from retriever.errors import FilterError
from retriever.filters import Filter
from retriever.filters.evaluate import match_documents
from retriever.filters.fields import NAMES
from retriever.index.interface import Addition, Changes, StoredPassage
from retriever.index.local.index import LocalIndex
from retriever.index.terms import analyse
from retriever.options import SearchOptions
from retriever.types import Passage, StoredDocument

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, read_here: None) -> LocalIndex:
    """Three hundred rows of which a few are rare; the others are nearer to what is asked."""
    lines = [
        f'{{"id": "{n}", "text": "The lamp on the pier {"is lit" if n % 100 else "was once told"} by keeper{n}.", '
        f'"number": {n}, "year": {1900 + n % 100}}}'
        for n in range(300)
    ]
    folder = tmp_path_factory.mktemp("rows")
    files = {"rows.jsonl": "\n".join(lines), "图书馆.txt": "县图书馆周末开放。The lamp is lit."}
    return create_index(folder / "index", FakeEncoder(), write(folder / "docs", files))


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize(
    ("where", "count", "kept"),
    [
        ("number in (0, 100, 200)", 3, lambda number, year: number in (0, 100, 200)),
        ("year = 1900 and number >= 100", 2, lambda number, year: year == 1900 and number >= 100),
        ("number < 7", 7, lambda number, year: number < 7),
        ("number = 150", 1, lambda number, year: number == 150),
    ],
)
def test_as_many_hits_as_match(
    rows: LocalIndex, encoder: FakeEncoder, mode: Any, where: str, count: int, kept: Callable[[int, int], bool]
) -> None:
    options = SearchOptions(10, mode, where=where, duplicates="show")
    hits = search_index(rows, encoder, "The lamp on the pier is lit by keeper", options).hits
    assert len(hits) == count
    assert len({hit.document for hit in hits}) == count
    assert all(kept(hit.metadata["number"], hit.metadata["year"]) for hit in hits)


def test_a_filter_follows_the_generations(tmp_path: Path, encoder: FakeEncoder) -> None:
    docs = write(tmp_path / "docs", {"rows.jsonl": '{"text": "A lamp."}', "lamp.txt": "The lamp is lit."})
    index = create_index(tmp_path / "index", encoder, docs)
    wanted = Filter.parse("extension = txt")
    before = index.snapshot()
    assert before.select(wanted).count == 1
    write(docs, {"new.txt": "Another lamp."})
    sync_index(index, encoder, docs)
    assert index.snapshot().select(wanted).count == 2
    assert before.select(wanted).count == 1


def test_the_language_is_that_of_the_passage(tmp_path: Path, encoder: FakeEncoder) -> None:
    english = "The keeper of the lamp on the pier writes down every boat that comes in and goes out. " * 4
    chinese = "县图书馆周末延长开放时间，借书证办理须持身份证，押金一百元，退证时退还，阅览室不得饮食。" * 4
    index = create_index(
        tmp_path / "i", encoder, write(tmp_path / "d", {"a.txt": f"{english}\n\n{chinese}\n"}), passage_tokens=60
    )
    for language in ("en", "zh"):
        found = search_index(index, encoder, "the lamp", SearchOptions(50, where=f"language = {language}")).hits
        assert found
        assert {hit.language for hit in found} == {language}


def test_an_unknown_field_is_named_with_those_there_are(rows: LocalIndex, encoder: FakeEncoder) -> None:
    with pytest.raises(FilterError, match="no document has a field 'numbr'") as caught:
        search_index(rows, encoder, "lamp", SearchOptions(where="year > 1 and numbr = 3"))
    assert caught.value.position == 13
    assert "number" in caught.value.hint


def test_of_many_fields_some_are_named_and_the_others_counted() -> None:
    metadata = {f"field {number:02}": 1 for number in range(30)}
    stored = StoredDocument("k", "k", "a.txt", "a.txt", "", "", "", "en", metadata)
    with pytest.raises(FilterError) as caught:
        match_documents(Filter.parse("colour = red"), [stored])
    assert caught.value.hint.startswith("known fields: field 00, field 01, ")
    assert caught.value.hint.endswith(f"field 19 and {10 + len(NAMES)} more")


def test_a_filter_that_nothing_matches_gives_no_hits(rows: LocalIndex, encoder: FakeEncoder) -> None:
    assert search_index(rows, encoder, "lamp", SearchOptions(where="number = 1000")).hits == ()


def test_an_empty_index_knows_no_field_and_minds_none(tmp_path: Path) -> None:
    index = LocalIndex.create(tmp_path / "index")
    assert index.snapshot().select(Filter.parse("whatever = 1")).count == 0


passages = st.builds(
    Passage,
    text=st.just("lamp pier"),
    start=st.just(0),
    end=st.just(9),
    heading=st.sampled_from([(), ("一、总则",), ("一、总则", "（一）机构"), ("二、附则",)]),
    page=st.sampled_from([None, 1, 2, 3]),
    language=st.sampled_from(["en", "zh", ""]),
)
corpora = st.dictionaries(
    st.sampled_from([f"d{number}" for number in range(8)]),
    st.tuples(st.sampled_from([{}, {"n": 1}, {"n": [2, 3]}, {"n": "x"}]), st.lists(passages, min_size=1, max_size=3)),
    max_size=6,
)
Holds = Callable[[StoredPassage], bool]


def numbers(stored: StoredPassage) -> list[Any]:
    value = stored.document.metadata.get("n", [])
    return value if isinstance(value, list) else [value]


CONDITIONS: dict[str, Holds] = {
    "language = zh": lambda stored: stored.passage.language == "zh",
    "language != zh": lambda stored: stored.passage.language in ("en", ""),
    "has language": lambda stored: stored.passage.language != "",
    "heading ~ 总则": lambda stored: "一、总则" in stored.passage.heading,
    "heading = （一）机构": lambda stored: "（一）机构" in stored.passage.heading,
    "has heading": lambda stored: stored.passage.heading != (),
    "page >= 2": lambda stored: (stored.passage.page or 0) >= 2,
    "not has page": lambda stored: stored.passage.page is None,
    "metadata.n < 3": lambda stored: any(isinstance(value, int) and value < 3 for value in numbers(stored)),
    "document in (d1, d3, d5)": lambda stored: stored.document.id in ("d1", "d3", "d5"),
}


def addition(name: str, metadata: dict[str, Any], held: list[Passage]) -> Addition:
    document = StoredDocument(name, name, f"{name}.txt", f"/{name}.txt", "", "", metadata={**metadata, "m": 0, "n.": 0})
    vectors = np.tile(np.array([[0.6, 0.8]], np.float32), (len(held), 1))
    return Addition(document, held, vectors, analyse(document, held))


@given(
    corpora,
    corpora,
    st.sets(st.sampled_from(["d1", "d2", "d3"])),
    st.lists(st.sampled_from([*CONDITIONS]), min_size=1, max_size=3),
    st.booleans(),
)
@settings(max_examples=settings.default.max_examples // 4)
def test_refs_are_those_of_the_live_passages_that_match(
    first: dict[str, Any], second: dict[str, Any], removed: set[str], conditions: list[str], every: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = LocalIndex.create(Path(folder) / "index")
        index.commit(Changes([], [addition("base", {"n": 9}, [Passage("lamp", 0, 4)])], None))
        for removals, corpus in ((set(), first), (removed, second)):
            index.commit(Changes(sorted(removals), [addition(name, *parts) for name, parts in corpus.items()], None))
        snapshot = index.snapshot()
        ids = [document.id for document in snapshot.stored_documents()]
        live = [stored for held in snapshot.find_documents(ids) for stored in held]
        assert len(live) == snapshot.passages
        of_all = all if every else any
        expected = sorted(stored.ref for stored in live if of_all(CONDITIONS[name](stored) for name in conditions))
        within = snapshot.select(Filter.parse((" and " if every else " or ").join(conditions)))
        assert within.count == len(expected)
        vector, weights = np.array([1, 0], np.float32), {"lamp": 1.0}
        for limit in (2, 100):
            found = snapshot.dense(vector, limit, within=within), snapshot.lexical(weights, limit, within=within)
            for candidates in found:
                refs = candidates.refs.tolist()
                assert set(refs) <= set(expected)
                assert len(set(refs)) == len(refs) >= min(limit, len(expected))
        index.close()
