"""What is named by a relative path stays the same place when the working folder changes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from retriever import Retriever, compact_index, export_index, import_index, index_history, load_model, verify_index
from retriever.errors import UsageError
from retriever.models.bundled.cache import cache_folder
from retriever.models.loading import resolve_name

# Enough that one sync merges segments, and others follow.
FOLDERS = 12


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a text and further folders."""
    for number in range(FOLDERS):
        (tmp_path / f"elsewhere {number}").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("The lamp on the pier is lit at dusk.")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_index_that_was_opened_by_a_relative_path_works_from_any_folder(home: Path) -> None:
    retriever = Retriever.open("made/index", create=True, model=FakeEncoder())
    os.chdir(home / "elsewhere 0")
    with pytest.raises(UsageError, match="no such file"):
        retriever.sync("texts")
    retriever.sync("../texts")
    for number in range(FOLDERS):
        os.chdir(home / f"elsewhere {number}")
        (home / "texts" / f"{number}.txt").write_text(f"Boat {number} lies at the quay.")
        assert retriever.sync().added == 1
        [hit] = retriever.search(f"boat {number} quay", k=1)
        assert hit.path == str(home / "texts" / f"{number}.txt")
        assert Path(hit.citation.rpartition(":")[0]).resolve() == Path(hit.path)
        assert retriever.status().documents == number + 2
    assert retriever.verify() == []
    assert sorted(path.name for path in home.iterdir() if not path.name.startswith("elsewhere")) == ["made", "texts"]
    assert not any(any(folder.iterdir()) for folder in home.glob("elsewhere *"))


def test_an_index_works_where_the_working_folder_is_gone(home: Path) -> None:
    retriever = Retriever.open("index", create=True, model=FakeEncoder())
    retriever.sync("texts")
    os.chdir(home / "elsewhere 1")
    (home / "elsewhere 1").rmdir()
    (home / "texts" / "b.txt").write_text("The ferry leaves at noon.")
    assert retriever.sync().added == 1
    [hit] = retriever.search("lamp", k=1)
    assert hit.citation == f"{home / 'texts' / 'a.txt'}:1"
    with pytest.raises(UsageError, match="cannot tell where 'index' is"):
        Retriever.open("index")
    with pytest.raises(UsageError, match=r"cannot tell where '\.' is"):
        retriever.sync(".")


def test_the_bundled_model_loads_where_the_working_folder_is_gone(home: Path) -> None:
    Retriever.open("index", create=True).sync("texts")
    os.chdir(home / "elsewhere 1")
    (home / "elsewhere 1").rmdir()
    for model in (None, "bundled", load_model().description.name):
        with Retriever.open(home / "index", model=model) as retriever:
            assert retriever.search("lamp", k=1)[0].path == str(home / "texts" / "a.txt")


def test_the_name_of_the_bundled_model_is_never_a_folder(home: Path) -> None:
    (home / "bundled").mkdir()
    assert resolve_name("bundled") == "bundled"
    assert resolve_name("texts") == str(home / "texts")


def test_watching_goes_on_where_it_began(home: Path) -> None:
    stop = threading.Event()
    retriever = Retriever.open("index", create=True, model=FakeEncoder())
    reports = retriever.watch("texts", stop=stop)
    os.chdir(home / "elsewhere 2")
    assert next(reports).added == 1
    os.chdir(home / "elsewhere 3")
    (home / "texts" / "b.txt").write_text("The ferry leaves at noon.")
    assert next(reports).added == 1
    stop.set()


def test_the_functions_for_an_index_name_the_same_place_while_they_run(home: Path) -> None:
    with Retriever.open("index", create=True, model=FakeEncoder()) as retriever:
        retriever.sync("texts")
        assert retriever.location == str(home / "index")
    export_index("index", "exported.jsonl")
    os.chdir(home / "elsewhere 4")
    import_index("../copy", "../exported.jsonl")
    compact_index("../copy")
    assert len(index_history("../copy")) == 1
    assert verify_index("../copy") == []


def test_a_relative_cache_stays_where_it_was_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_CACHE", "of the models")
    assert cache_folder() == home / "of the models"
    os.chdir(home / "elsewhere 5")
    assert cache_folder() == home / "of the models"


def test_the_command_line_and_a_link_in_the_path(home: Path) -> None:
    (home / "link").symlink_to(home / "elsewhere 6")
    code = (
        "import os, sys\nfrom retriever import Retriever\n"
        "retriever = Retriever.open('link/../index', create=True)\nos.chdir('/')\nprint(retriever.location)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == f"{home / 'index'}\n"
