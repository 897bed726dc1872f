"""The temporary folder of links: gone after use, and after a kill with the next use; never while it is in use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from index_process import ask, start

from retriever.index.local.stores import links
from retriever.index.local.stores.links import link_files

HOLDER = """
from retriever.index.local.stores import links
links._SHARED_MEMORY = sys.argv[1]
with links.link_files({"a": b"b"}, []) as folder:
    sys.stdin.readline()
    tell(folder.name)
    sys.stdin.readline()
"""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(links, "_SHARED_MEMORY", str(tmp_path))
    return tmp_path


def test_it_is_there_while_it_is_used(memory: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("files") / "file"
    file.write_text("x")
    with link_files({"meta": b"y"}, [file]) as folder:
        assert folder.parent == memory
        assert {path.name: path.read_text() for path in folder.iterdir()} == {"meta": "y", "file": "x"}
    assert list(memory.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(memory: Path) -> None:
    strangers = ["retriever-flips-1", "else"]
    for name in strangers:
        (memory / name).mkdir()
    target = memory / "else"
    (memory / "retriever-links-link").symlink_to(target)
    killed, living = (start(HOLDER, memory) for _ in range(2))
    gone, kept = ask(killed), ask(living)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert (memory / gone).exists()
    with link_files({}, []):
        assert not (memory / gone).exists()
        assert (memory / kept / "a").read_text() == "b"
    assert set(os.listdir(memory)) == {*strangers, kept, "retriever-links-link"}
    living.communicate("\n")
    assert set(os.listdir(memory)) == {*strangers, "retriever-links-link"}


def test_without_shared_memory_it_is_where_temporary_files_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(links, "_SHARED_MEMORY", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with link_files({}, []) as folder:
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
