"""Preparing the bundled model: whole or not at all, once, repaired when broken, refused with a remedy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fork_server import ForkedPopen

from retriever.errors import ModelError
from retriever.models.bundled import cache, load
from retriever.models.interface import Encoder

PREPARE = """
import json, resource
from retriever.models import prepare_model
steps = []
folder = prepare_model(on_progress=steps.append)
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(json.dumps([str(folder), [(step.stage, step.done, step.total) for step in steps], most]))
"""
FILES = {"graph": b"the graph", "weights": bytes(range(256))}


def build_small(folder: Path, on_progress: cache.Progress) -> None:
    """A builder of ``FILES``: how a cache keeps a model does not depend on what is in it."""
    for place, (name, content) in enumerate(FILES.items()):
        on_progress("preparing", place / len(FILES))
        (folder / name).write_bytes(content)
    on_progress("preparing", 1.0)


def prepare_small(parent: Path, *, check: bool = False) -> Path:
    return cache.prepare_cached("small", build_small, cache=parent, check=check)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.fixture
def prepared(bundled_folder: Path, tmp_path: Path) -> Path:
    """A cache that holds the model, made of links to it: a file of it is replaced, never written into."""
    folder = tmp_path / bundled_folder.name
    folder.mkdir()
    for file in bundled_folder.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def damage(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != cache.MANIFEST}


def test_two_processes_that_prepare_it_at_once_build_it_once_and_as_ever(tmp_path: Path, bundled_folder: Path) -> None:
    environment = {**os.environ, cache.ENVIRONMENT: str(tmp_path)}
    command = [sys.executable, "-c", PREPARE]
    processes = [ForkedPopen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [json.loads(process.communicate()[0]) for process in processes]
    folder = tmp_path / bundled_folder.name
    assert [place for place, _, _ in outputs] == [str(folder)] * 2
    waited, steps = sorted((steps for _, steps, _ in outputs), key=len)
    assert waited == []
    assert {(stage, total) for stage, _, total in steps} == {("model", 100)}
    done = [done for _, done, _ in steps]
    assert (done, done[-1]) == (sorted(done), 100)
    assert names(tmp_path) == [folder.name]
    assert cache.is_complete(folder, check=True)
    # In MiB, of which the process had a hundred when it began: neither graph is in memory as a whole.
    assert max(most for _, _, most in outputs) < 400
    # The files are the same every time.
    assert (folder / cache.MANIFEST).read_bytes() == (bundled_folder / cache.MANIFEST).read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_kill_leaves_nothing_that_counts_and_the_next_start_builds_it(tmp_path: Path, share: float) -> None:
    def kill(_what: str, done: float) -> None:
        if done >= share:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        try:
            cache.prepare_cached("small", build_small, cache=tmp_path, on_progress=kill)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert names(tmp_path) == [f"small.{child}.partial"]
    folder = prepare_small(tmp_path)
    assert cache.is_complete(folder, check=True)
    assert names(tmp_path) == [folder.name]


def test_a_prepared_model_is_not_built_again(prepared: Path) -> None:
    calls: list[float] = []
    load.prepare(cache=prepared.parent, on_progress=lambda what, share: calls.append(share), check=True)
    assert calls == []


@pytest.mark.parametrize("name", [load.PASSAGE_WEIGHTS_FILE, "tokenizer.json", cache.MANIFEST])
def test_a_file_cut_short_is_noticed(prepared: Path, name: str) -> None:
    damage(prepared / name, (prepared / name).read_bytes()[:-9])
    assert not cache.is_complete(prepared)


def test_a_missing_file_is_noticed(prepared: Path) -> None:
    (prepared / "piece_ids.npy").unlink()
    assert not cache.is_complete(prepared)


def test_what_is_cut_short_and_what_is_missing_is_repaired_at_the_next_start(tmp_path: Path) -> None:
    folder = prepare_small(tmp_path)
    damage(folder / "weights", FILES["weights"][:-9])
    (folder / "graph").unlink()
    assert prepare_small(tmp_path) == folder
    assert read_all(folder) == FILES


def test_an_altered_byte_is_found_by_digest(tmp_path: Path) -> None:
    folder = prepare_small(tmp_path)
    damage(folder / "weights", FILES["weights"][::-1])
    assert cache.is_complete(folder)
    prepare_small(tmp_path, check=True)
    assert read_all(folder) == FILES


def test_a_graph_that_does_not_open_is_rebuilt(prepared: Path, bundled: Encoder) -> None:
    from retriever.models.bundled.load import QUESTION_FILE, load_bundled

    damage(prepared / QUESTION_FILE, b"\0" * (prepared / QUESTION_FILE).stat().st_size)
    vector = load_bundled(cache=prepared.parent).encode_queries(["harbour"])
    np.testing.assert_array_equal(vector, bundled.encode_queries(["harbour"]))


def test_a_prepared_model_is_used_where_nothing_can_be_written(prepared: Path) -> None:
    """No lock is taken either: a lock file would be the first thing that fails to be written."""
    prepared.parent.chmod(0o555)
    try:
        assert load.prepare(cache=prepared.parent) == prepared
        assert names(prepared.parent) == [prepared.name]
        assert not list(prepared.parent.glob("*.lock"))
    finally:
        prepared.parent.chmod(0o755)


def test_a_cache_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ModelError, match="cannot prepare the model in") as caught:
        load.prepare(cache=blocked / "cache")
    assert cache.ENVIRONMENT in caught.value.hint


def test_a_full_disk_is_an_error_that_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path, on_progress: cache.Progress) -> None:
        (folder / "graph").write_bytes(b"some")
        with open("/dev/full", "wb", buffering=0) as file:
            file.write(b"more")

    with pytest.raises(ModelError, match="no space left"):
        cache.prepare_cached("model", build, cache=tmp_path)
    assert names(tmp_path) == []


def test_the_environment_chooses_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path / "elsewhere"))
    assert cache.cache_folder() == tmp_path / "elsewhere"
    monkeypatch.setenv(cache.ENVIRONMENT, "")
    assert "retriever" in cache.cache_folder().name


def test_others_may_read_the_files(bundled_folder: Path) -> None:
    assert all(os.stat(path).st_mode & 0o444 == 0o444 for path in bundled_folder.iterdir())
