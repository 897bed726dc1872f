"""A disk that is full, read-only, out of bounds or shared: a clear error, and the index as it was before."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from index_corpus import build, changes, contents, open_index
from index_process import run

from retriever.errors import IndexWriteError
from retriever.index.files import durable
from retriever.index.local.index import LocalIndex
from retriever.types import Source

REASONS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES)


@pytest.mark.parametrize("limit", [1, 200, 1000, 3000, 20000, 50000, 80000])
def test_a_limit_on_the_size_of_files(tmp_path: Path, corpus: dict[str, list[str]], limit: int) -> None:
    root = tmp_path / "index"
    build(root, corpus)
    code, out, err = run(
        f"""
import resource
from retriever.errors import IndexWriteError
index = open_index(root)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    index.commit(changes(["a"], {{"n": [f"word{{i}} " * 40 for i in range(400)]}}))
except IndexWriteError as error:
    tell(error.hint and "refused")
""",
        root,
    )
    assert (code, out.strip()) == (0, "refused"), err
    index = open_index(root)
    assert contents(index) == corpus
    assert index.verify(deep=True) == []
    assert len(list((root / "segments").iterdir())) == 1
    assert index.commit(changes(["a"])) == 2


@pytest.mark.parametrize(
    ("said", "shown", "remedy"),
    [
        ('IoError { code: 24, kind: TooManyOpenFiles, message: "Too many open files" }', "files", "ulimit -n"),
        ("database or disk is full", "No space left on device", "free some space"),
        ("disk I/O error", "disk I/O error", "check the disk"),
        ("attempt to write a readonly database", "Permission denied", "no permission to write there"),
    ],
)
def test_what_a_library_says_of_the_disk_has_its_remedy(said: str, shown: str, remedy: str) -> None:
    error = durable.write_error(Path("a"), ValueError(said))
    assert str(error).startswith("cannot write a: ")
    assert str(error).endswith(shown)
    assert remedy in error.hint


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_write_that_fails_at_any_point(
    index: LocalIndex, corpus: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """For each of several reasons in turn, and at the few points where a file takes its place, for all of them."""
    real = getattr(os, function)
    for allowed, code in _attempts(every=function == "replace"):
        calls = iter(range(allowed))

        def failing(*arguments: Any, calls: Iterator[int] = calls, code: int = code) -> Any:
            if next(calls, None) is None:
                raise OSError(code, os.strerror(code), str(arguments[0]))
            return real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(durable.os, function, failing)
            refusal = _refusal(index)
        if refusal is None:
            break
        assert os.strerror(code) in str(refusal)
        assert refusal.hint
        # After CURRENT has been renamed only the sync of its folder can fail, and then the commit is there.
        if contents(open_index(index.path)) != corpus:
            break
    else:
        pytest.fail("the commit never went through")
    assert allowed > 0
    assert open_index(index.path).verify(deep=True) == []
    assert set(contents(open_index(index.path))) == {"a", "c", "n"}


def _attempts(*, every: bool) -> Iterator[tuple[int, int]]:
    """How many calls go through, and the reason why the next one fails: one of REASONS in turn, or ``every`` one."""
    for allowed in range(100):
        for code in REASONS if every else [REASONS[allowed % len(REASONS)]]:
            yield allowed, code


def _refusal(index: LocalIndex) -> IndexWriteError | None:
    try:
        index.commit(changes(["b"], {"n": ["tea", "sky"]}))
    except IndexWriteError as error:
        return error
    return None


def test_a_read_only_folder_is_searched_and_not_written(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    """As a user without rights, since root has them all."""
    root = tmp_path / "index"
    build(root, corpus)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in root.parents:
        if parent.stat().st_uid == os.getuid() and os.access(parent, os.W_OK) and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    before = sorted(str(path) for path in root.rglob("*"))
    code, out, err = run(
        """
from retriever.errors import IndexWriteError
import encodings.cp437  # Of the archives of arrays; without rights it may be out of reach.
import faiss, tantivy
import retriever.index.local.index, retriever.text.analyzer
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
index = open_index(root)
snapshot = index.snapshot()
tell(len(snapshot.lexical({"tea": 1.0}, 10).refs))
tell(len(snapshot.dense(vector("tea"), 4).refs) >= 4)
tell(len(index.verify(deep=True)))
try:
    index.commit(changes(["a"]))
except IndexWriteError as error:
    tell("refused")
""",
        root,
    )
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert (code, out.split()) == (0, ["3", "True", "0", "refused"]), err
    assert sorted(str(path) for path in root.rglob("*")) == before


def test_new_folders_are_made_to_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose name is only in memory takes a whole index with it when the power fails."""
    synced: list[Path] = []
    monkeypatch.setattr("retriever.index.local.creation.sync_folder", synced.append)
    LocalIndex.create(tmp_path / "home" / "index")
    assert {tmp_path, tmp_path / "home"} <= set(synced)


def test_a_file_of_another_program_among_what_is_committed(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    """A manifest that lists it would be refused by every reader, so that the whole index would be lost."""
    root = tmp_path / "index"
    index = build(root, corpus)
    made = changes(["a"], {"n": ["new"]})

    def additions() -> Iterator[Any]:
        yield from made.additions
        for folder in (root / "segments").iterdir():
            (folder / "Thumbs.db").write_bytes(b"x")

    with pytest.raises(IndexWriteError, match=r"Thumbs\.db") as refused:
        index.commit(replace(made, additions=additions()))
    assert refused.value.hint
    assert contents(open_index(root)) == corpus
    assert index.commit(changes(["a"])) == 2


def test_more_sources_than_a_manifest_may_hold(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    """No reader would accept it: neither more bytes, nor more values."""
    index = build(tmp_path / "index", corpus)
    for count, name in ((300_100, "s"), (2_000, "s" * 10_000)):
        sources = tuple(Source(f"/{number}", name) for number in range(count))
        with pytest.raises(IndexWriteError, match="more than a manifest may hold") as refused:
            index.commit(replace(changes(), sources=sources))
        assert "name folders" in refused.value.hint
    assert contents(open_index(index.path)) == corpus
