"""Indexes that older versions wrote, stored in tests/data: they open, answer, verify and take commits."""

from __future__ import annotations

import json
import runpy
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from retriever.errors import IndexCorruptError, IndexVersionError
from retriever.filters import Filter
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.interface import Changes, PassageTerms
from retriever.index.local.history import list_generations
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.manifest import Manifest, read_manifest
from retriever.index.local.migrations import FORMAT, STEPS, migrate
from retriever.index.local.snapshot import LocalSnapshot
from retriever.index.terms import analyse
from retriever.text.analyzer import VERSION_1
from retriever.types import Passage, StoredDocument

ROOT = Path(__file__).parents[3]
STORED = sorted((ROOT / "tests" / "data").glob("index-format-*.zip"))
MADE = runpy.run_path(str(ROOT / "scripts" / "make_stored_index.py"))

Terms: TypeAlias = Callable[[StoredDocument, Sequence[Passage]], list[PassageTerms]]


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def archive(request: pytest.FixtureRequest) -> Path:
    stored: Path = request.param
    return stored


@pytest.fixture
def root(archive: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def terms(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Terms:
    """What terms the passages of the archive were given; segments before format 3 do not say."""
    if archive.stem != "index-format-1":
        return _analyse_1
    # That one was made without the analyzer, before titles were looked for.
    monkeypatch.setattr("retriever.index.local.stores.passages.analyse", _split)
    return _split


def _analyse_1(document: StoredDocument, passages: Sequence[Passage]) -> list[PassageTerms]:
    return analyse(document, passages, VERSION_1)


def _split(document: StoredDocument, passages: Sequence[Passage], _: object = None) -> list[PassageTerms]:
    words = [passage.text.split() for passage in passages]
    return [PassageTerms(tuple(dict.fromkeys(own)), len(own)) for own in words]


def _texts(snapshot: LocalSnapshot) -> dict[str, list[str]]:
    found = snapshot.find_documents([document.id for document in snapshot.stored_documents()])
    return {passages[0].document.id: [stored.passage.text for stored in passages] for passages in found}


def _check_statistics(snapshot: LocalSnapshot, terms: Mapping[str, Terms]) -> None:
    """Counts, lengths and sums are those of the passages that are there, each analysed as its document was."""
    held: list[PassageTerms] = []
    vectors: dict[str, list[npt.NDArray[np.float64]]] = {}
    for passages in snapshot.find_documents(list(terms)):
        document = passages[0].document
        held += terms[document.id](document, [stored.passage for stored in passages])
        for stored in snapshot.fetch([stored.ref for stored in passages], vectors=True):
            assert stored.vector is not None
            np.testing.assert_array_equal(stored.vector, MADE["vector"](stored.passage.text))
            vectors.setdefault(stored.passage.language, []).append(stored.vector.astype(np.float64))
    counts = Counter(term for one in held for term in one.distinct)
    names = [*counts, "frogs", "grinds", "barley", "Pond"]
    statistics = snapshot.term_statistics(names)
    assert statistics.document_frequency == {name: counts[name] for name in names}
    assert statistics.passages == snapshot.passages == len(held)
    assert statistics.mean_length == pytest.approx(sum(one.length for one in held) / len(held))
    assert {code: (one.passages, one.vectors.tolist()) for code, one in snapshot.languages.items()} == {
        code: (len(own), np.sum(own, axis=0).tolist()) for code, own in vectors.items()
    }
    assert dict(snapshot.statistics().languages) == {code: len(own) for code, own in vectors.items()}


def test_every_older_format_is_stored_and_has_a_step() -> None:
    assert [int(path.stem.rsplit("-", 1)[1]) for path in STORED] == list(range(1, FORMAT))
    assert list(STEPS) == list(range(1, FORMAT))
    assert sum(path.stat().st_size for path in STORED) < 200_000


def test_it_opens_and_holds_what_it_held(root: Path) -> None:
    index = LocalIndex.open(root)
    assert _texts(index.snapshot()) == MADE["contents"]()
    assert (index.snapshot().settings, index.snapshot().sources) == (MADE["SETTINGS"], ())
    assert index.last_settings() == MADE["SETTINGS"]
    assert index.verify(deep=True) == []
    assert [(one.generation, one.added, one.changed, one.removed) for one in list_generations(root)] == [
        (2, 1, 1, 1),
        (1, 3, 0, 0),
    ]


def test_it_answers(root: Path) -> None:
    snapshot = LocalIndex.open(root).snapshot()
    texts = [text for texts in MADE["contents"]().values() for text in texts]
    query = np.linspace(-1, 1, MADE["DIMENSION"]).astype(np.float32)
    found = snapshot.dense(query, 3)
    expected = sorted((float(MADE["vector"](text).astype(np.float64) @ query) for text in texts), reverse=True)[:3]
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5)
    best = snapshot.fetch(found.refs.tolist())[0].passage.text
    assert best == max(texts, key=lambda text: float(MADE["vector"](text) @ query))
    words = snapshot.fetch(snapshot.lexical({"rye": 2.0, "slate": 1.0}, 5).refs.tolist())
    assert [stored.passage.text for stored in words] == ["rye is bought elsewhere", "slate is cut in the quarry"]
    assert snapshot.term_statistics(["rye", "the"]).document_frequency == {"rye": 1, "the": 3}
    chosen = snapshot.select(Filter.parse("heading = mill and year = 2024"))
    assert snapshot.lexical({"the": 1.0}, 9, within=chosen).refs.size == 1


def test_its_statistics_are_right_before_and_after_deletions(root: Path, terms: Terms) -> None:
    # Nothing is rewritten by a commit, then all is.
    index = LocalIndex.open(root, limits=Limits(deleted_share=1.0))
    known = dict.fromkeys(MADE["contents"](), terms)
    _check_statistics(index.snapshot(), known)
    index.commit(Changes(["/docs/mill.txt"], MADE["additions"]({"dune": ["sand drifts"]}), MADE["SETTINGS"]))
    del known["mill"]
    known["dune"] = analyse
    _check_statistics(index.snapshot(), known)
    index.commit(Changes([], MADE["additions"]({"ferry": ["the ferry is gone", "船"]}), MADE["SETTINGS"]))
    known["ferry"] = analyse
    _check_statistics(LocalIndex.open(root).snapshot(), known)
    assert index.verify(deep=True) == []
    index.compact()
    _check_statistics(index.snapshot(), known)
    assert index.verify(deep=True) == []
    index.commit(Changes(["/docs/quarry.txt"], [], MADE["SETTINGS"]))
    del known["quarry"]
    _check_statistics(index.snapshot(), known)


def test_it_is_copied_by_its_contents(root: Path, terms: Terms, tmp_path: Path) -> None:
    copy = LocalIndex.create(tmp_path / "copy")
    copy.commit(Changes([], LocalIndex.open(root).snapshot().additions(), MADE["SETTINGS"]))
    assert _texts(copy.snapshot()) == MADE["contents"]()
    _check_statistics(copy.snapshot(), dict.fromkeys(MADE["contents"](), terms))


def test_it_takes_commits_which_are_of_the_present_format(root: Path) -> None:
    index = LocalIndex.open(root)
    index.commit(Changes(["/docs/mill.txt"], MADE["additions"]({"dune": ["sand drifts"]}), MADE["SETTINGS"]))
    assert _texts(index.snapshot()) == {
        "ferry": MADE["FIRST"]["ferry"],
        "quarry": MADE["SECOND"]["quarry"],
        "dune": ["sand drifts"],
    }
    assert index.verify(deep=True) == []
    assert json.loads((root / "generations" / "00000003.json").read_bytes())["format"] == FORMAT
    index.rollback(2)
    assert _texts(index.snapshot()) == MADE["contents"]()


def test_its_embeddings_are_still_known(root: Path) -> None:
    text = MADE["FIRST"]["pond"][0]
    key = blake2b(text.encode(), digest_size=16).digest()
    with closing(EmbeddingCache(root / CACHE)) as cache:
        found = cache.get(MADE["SETTINGS"].encoder, [key])
    np.testing.assert_array_equal(found[key], MADE["vector"](text))


def test_operating_points_had_another_name_before_format_3() -> None:
    point = {"results": 10, "probes": 3, "recall": 0.99}
    value = {"format": 2, "settings": {}, "segments": [{"id": "s", "efforts": [point], "languages": {"en": 1}}]}
    migrated = migrate(value)
    assert migrated["segments"] == [{"id": "s", "operating_points": [point]}]
    assert (migrated["settings"], migrated["sources"]) == (None, [])


def test_steps_are_pure_and_end_at_the_present_format(root: Path) -> None:
    path = root / "generations" / "00000002.json"
    value = json.loads(path.read_bytes())
    before = json.dumps(value)
    migrate(value)
    assert json.dumps(value) == before
    manifest = Manifest.from_bytes(path.read_bytes(), path)
    assert Manifest.from_bytes(manifest.to_bytes(), path) == manifest


def test_a_manifest_that_nothing_points_to_is_checked_as_well(root: Path) -> None:
    index = LocalIndex.open(root)
    index.commit(Changes([], MADE["additions"]({"dune": ["sand drifts"]}), MADE["SETTINGS"]))
    path = root / "generations" / "00000003.json"
    whole = path.read_bytes()
    for at in range(0, len(whole) - 1, 7):
        for bit in (1, 2, 8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            with pytest.raises((IndexCorruptError, IndexVersionError)):
                read_manifest(root, 3)
    path.write_bytes(whole)
    assert read_manifest(root, 3).generation == 3
