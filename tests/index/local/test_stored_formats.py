"""Indexes that older versions wrote, stored in tests/data: they open, answer, verify and take commits."""

from __future__ import annotations

import json
import runpy
import zipfile
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

from retriever.errors import IndexCorruptError, IndexVersionError
from retriever.index.interface import Changes
from retriever.index.local.history import history
from retriever.index.local.index import LocalIndex
from retriever.index.local.manifest import Manifest, read_manifest
from retriever.index.local.migrations import FORMAT, STEPS, migrate

ROOT = Path(__file__).parents[3]
STORED = sorted((ROOT / "tests" / "data").glob("index-format-*.zip"))
MADE = runpy.run_path(str(ROOT / "scripts" / "make_stored_index.py"))


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def root(request, tmp_path):
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path / "index")
    return tmp_path / "index"


def _open(root):
    return LocalIndex.open(root, analyze=MADE["analyze"])


def _contents(index):
    snapshot = index.snapshot()
    return {
        document.id: [stored.passage.text for stored in snapshot.passages(refs.tolist())]
        for refs, document in snapshot.documents()
    }


def test_every_older_format_is_stored_and_has_a_step():
    assert [int(path.stem.rsplit("-", 1)[1]) for path in STORED] == list(range(1, FORMAT))
    assert list(STEPS) == list(range(1, FORMAT))
    assert sum(path.stat().st_size for path in STORED) < 200_000


def test_it_opens_and_holds_what_it_held(root):
    index = _open(root)
    assert _contents(index) == MADE["contents"]()
    assert index.snapshot().settings == MADE["SETTINGS"]
    assert index.verify(deep=True) == []
    assert [(one.generation, one.added, one.changed, one.removed) for one in history(root)] == [
        (2, 1, 1, 1),
        (1, 3, 0, 0),
    ]


def test_it_answers(root):
    snapshot = _open(root).snapshot()
    texts = [text for texts in MADE["contents"]().values() for text in texts]
    query = np.linspace(-1, 1, MADE["DIMENSION"]).astype(np.float32)
    found = snapshot.dense(query, 3)
    expected = sorted((float(MADE["vector"](text).astype(np.float64) @ query) for text in texts), reverse=True)[:3]
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5)
    best = snapshot.passages(found.refs.tolist())[0].passage.text
    assert best == max(texts, key=lambda text: float(MADE["vector"](text) @ query))
    words = snapshot.passages(snapshot.lexical({"rye": 2.0, "slate": 1.0}, 5).refs.tolist())
    assert [stored.passage.text for stored in words] == ["rye is bought elsewhere", "slate is cut in the quarry"]
    assert snapshot.term_statistics(["rye", "the"]).document_frequency == {"rye": 1, "the": 3}


def test_it_takes_commits_which_are_of_the_present_format(root):
    index = _open(root)
    index.commit(Changes(["/docs/mill.txt"], MADE["additions"]({"dune": ["sand drifts"]}), MADE["SETTINGS"]))
    assert _contents(index) == {
        "ferry": MADE["FIRST"]["ferry"],
        "quarry": MADE["SECOND"]["quarry"],
        "dune": ["sand drifts"],
    }
    assert index.verify(deep=True) == []
    assert json.loads((root / "generations" / "00000003.json").read_bytes())["format"] == FORMAT
    index.rollback(2)
    assert _contents(index) == MADE["contents"]()


def test_its_embeddings_are_still_known(root):
    text = MADE["FIRST"]["pond"][0]
    key = blake2b(text.encode(), digest_size=16).digest()
    index = _open(root)
    np.testing.assert_array_equal(index.cache.get(MADE["SETTINGS"]["encoder"], [key])[key], MADE["vector"](text))
    index.close()


def test_steps_are_pure_and_end_at_the_present_format(root):
    path = root / "generations" / "00000002.json"
    value = json.loads(path.read_bytes())
    before = json.dumps(value)
    migrate(value)
    assert json.dumps(value) == before
    manifest = Manifest.from_bytes(path.read_bytes(), path)
    assert Manifest.from_bytes(manifest.to_bytes(), path) == manifest


def test_a_manifest_that_nothing_points_to_is_checked_as_well(root):
    index = _open(root)
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
