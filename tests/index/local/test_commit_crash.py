"""A commit that is killed at any marked instant leaves the last generation, and the next commit goes through."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from index_corpus import Oracle, build, changes, contents, open_index, ranking, sums
from index_process import run

from retriever.index.interface import Addition, Changes
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits

# A second commit that flushes several segments, merges, marks deletions, and collects an older generation.
SCRIPT = """
from dataclasses import replace

index = open_index(root, replace(SMALL_SEGMENTS, generations=1))
seen = 0

def stop(name):
    global seen
    seen += 1
    tell(name)
    if seen == STOP:
        os.kill(os.getpid(), signal.SIGKILL)

durable.checkpoint = stop
index.commit(changes(REMOVALS, ADDITIONS))
"""
REMOVALS = ["a", "e"]
ADDITIONS = {"b": ["new tea", "new sky"], "n": ["red"] * 5, "m": ["lead roof"] * 3}
AFTER_CURRENT = "current:durable"


def _script(stop: int) -> str:
    return f"STOP, REMOVALS, ADDITIONS = {stop}, {REMOVALS}, {ADDITIONS}\n{SCRIPT}"


def _corpus() -> dict[str, list[str]]:
    return {
        "a": ["red green", "tea"],
        "b": ["tea leaves"],
        "c": ["sky", "roof and sky", "lead"],
        "d": ["green"] * 6,
        "e": ["red"] * 2,
        "f": ["lead"],
    }


def _build(root: Path) -> None:
    """Two segments: one will lose a few passages and keep the rest, the other most and be written anew."""
    corpus = _corpus()
    small = {key: corpus.pop(key) for key in "ef"}
    build(root, corpus).commit(changes(additions=small))


def _expected() -> dict[str, list[str]]:
    return {key: texts for key, texts in {**_corpus(), **ADDITIONS}.items() if key not in REMOVALS}


def _checkpoints(folder: Path) -> list[str]:
    code, out, err = run(_script(0), folder)
    assert code == 0, err
    return out.split()


def test_every_marked_instant(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    _build(whole)
    names = _checkpoints(shutil.copytree(whole, tmp_path / "undisturbed"))
    assert {name.split(":")[0] for name in names} >= {
        "segment",
        "merge",
        "tombstones",
        "manifest",
        "current",
        "garbage",
    }
    for stop in range(1, len(names) + 1):
        root = shutil.copytree(whole, tmp_path / f"killed-{stop}")
        code, out, err = run(_script(stop), root)
        assert code == -9, err
        assert out.split() == names[:stop]

        renamed = AFTER_CURRENT in names[:stop] or names[stop - 1] == AFTER_CURRENT
        index = open_index(root)
        assert index.verify(deep=True) == []
        assert index.snapshot().generation == (3 if renamed else 2)
        assert contents(index) == (_expected() if renamed else _corpus())

        del index  # It would keep its generation from being collected.
        _finish_and_compare(root)


def _finish_and_compare(root: Path) -> None:
    """The next writer goes on as if nothing had happened, and takes the leftovers away."""
    index = open_index(root)
    index.commit(changes(REMOVALS, ADDITIONS))
    assert contents(index) == _expected()
    assert index.verify(deep=True) == []
    oracle = Oracle(_expected())
    weights = {"tea": 2.0, "sky": 1.0, "new": 0.5}
    snapshot = index.snapshot()
    assert ranking(snapshot, snapshot.lexical(weights, 10)) == oracle.lexical(weights, 10)
    assert sums(snapshot) == oracle.languages()
    del snapshot
    with LocalIndex.create(root, limits=Limits(generations=1)).writing():
        manifest = index.snapshot().manifest
    listed = {segment.id for segment in manifest.segments}
    assert {path.name for path in (root / SEGMENTS).iterdir()} == listed
    names = {Path(segment.tombstones.path).name for segment in manifest.segments if segment.tombstones}
    assert {path.name for path in (root / GENERATIONS).iterdir()} == {Path(manifest.path).name} | names


@pytest.mark.parametrize("stop", [1, 2])
def test_a_kill_while_an_index_is_made(tmp_path: Path, stop: int) -> None:
    root = tmp_path / "index"
    script = f"""
from retriever.index.files import durable
seen = 0

def stop(name):
    global seen
    seen += 1
    if seen == {stop}:
        os.kill(os.getpid(), signal.SIGKILL)

durable.checkpoint = stop
create(root)
"""
    assert run(script, root)[0] == -9
    index = build(root, _corpus())
    assert contents(index) == _corpus()


def test_an_addition_that_fails_leaves_nothing_behind(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    root = tmp_path / "index"
    index = build(root, corpus, Limits(flush_rows=2))
    before = set(root.rglob("*"))

    def failing() -> Iterator[Addition]:
        yield from changes(additions={"n": ["red"] * 3, "m": ["tea"] * 3}).additions
        raise RuntimeError("the source went away")

    broken = changes(["a"])
    with pytest.raises(RuntimeError, match="went away"):
        index.commit(Changes(broken.removals, failing(), broken.settings))
    assert set(root.rglob("*")) == before
    assert contents(index) == corpus
    assert index.commit(changes(["a"])) == 2
