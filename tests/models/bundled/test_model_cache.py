"""Preparing the bundled model: whole or not at all, once, repaired when broken, refused with a remedy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retriever.errors import ModelError
from retriever.models import prepare_model
from retriever.models.bundled import cache, load
from retriever.models.interface import Encoder
from retriever.reports import Progress

PREPARE = """
import sys
from pathlib import Path
from retriever.models.bundled.load import prepare
calls = []
print(prepare(cache=Path(sys.argv[1]), on_progress=lambda what, share: calls.append(share)))
print(len(calls))
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from retriever.models.bundled.load import prepare
def on_progress(what, share):
    if share >= float(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
prepare(cache=Path(sys.argv[1]), on_progress=on_progress)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


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


def test_two_processes_at_once_build_it_once(tmp_path: Path) -> None:
    processes = [start(PREPARE, str(tmp_path)) for _ in range(2)]
    outputs = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0][0] == outputs[1][0]
    assert sorted(output[1] == "0" for output in outputs) == [False, True]
    folder = Path(outputs[0][0])
    assert cache.is_complete(folder, check=True)
    assert names(tmp_path) == [folder.name]


def test_kills_leave_nothing_that_counts_and_the_next_start_builds_it(tmp_path: Path) -> None:
    for share in (0.0, 0.5, 1.0):
        process = start(KILLED, str(tmp_path), str(share))
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert all(name.endswith(".partial") for name in names(tmp_path))
    folder = load.prepare(cache=tmp_path)
    assert cache.is_complete(folder, check=True)
    assert names(tmp_path) == [folder.name]


def test_preparing_and_its_progress_by_the_public_name(
    tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    steps: list[Progress] = []
    assert prepare_model(on_progress=steps.append) == tmp_path / bundled_folder.name
    assert {(step.stage, step.total) for step in steps} == {("model", 100)}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == 100
    # The files are the same every time.
    manifests = [folder / bundled_folder.name / cache.MANIFEST for folder in (tmp_path, bundled_folder.parent)]
    assert manifests[0].read_bytes() == manifests[1].read_bytes()


def test_a_prepared_model_is_not_built_again(prepared: Path) -> None:
    calls: list[float] = []
    load.prepare(cache=prepared.parent, on_progress=lambda what, share: calls.append(share), check=True)
    assert calls == []


@pytest.mark.parametrize("name", [load.WEIGHTS_FILE, "tokenizer.json", cache.MANIFEST])
def test_a_file_cut_short_is_noticed(prepared: Path, name: str) -> None:
    damage(prepared / name, (prepared / name).read_bytes()[:-9])
    assert not cache.is_complete(prepared)


def test_a_missing_file_is_noticed(prepared: Path) -> None:
    (prepared / "piece_ids.npy").unlink()
    assert not cache.is_complete(prepared)


def test_what_is_cut_short_and_what_is_missing_is_repaired_at_the_next_start(prepared: Path) -> None:
    damage(prepared / load.WEIGHTS_FILE, (prepared / load.WEIGHTS_FILE).read_bytes()[:-9])
    (prepared / "piece_ids.npy").unlink()
    load.prepare(cache=prepared.parent)
    assert cache.is_complete(prepared, check=True)


def test_an_altered_byte_is_found_by_digest(prepared: Path) -> None:
    content = bytearray((prepared / "tokenizer.json").read_bytes())
    content[4321] ^= 1
    damage(prepared / "tokenizer.json", bytes(content))
    assert cache.is_complete(prepared)
    load.prepare(cache=prepared.parent, check=True)
    assert cache.is_complete(prepared, check=True)


def test_a_graph_that_does_not_open_is_rebuilt(prepared: Path, bundled: Encoder) -> None:
    from retriever.models.bundled.load import MODEL_FILE, load_bundled

    damage(prepared / MODEL_FILE, b"\0" * (prepared / MODEL_FILE).stat().st_size)
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
