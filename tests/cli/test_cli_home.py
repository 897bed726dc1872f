from __future__ import annotations

from pathlib import Path

import pytest
from cli_kit import Run, Work

from retriever.errors import UsageError
from retriever_cli.home import home, index_path, list_indexes


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETRIEVER_HOME", raising=False)
    return tmp_path


def test_a_name_is_in_the_home_even_beside_a_folder_of_that_name(working_folder: Path) -> None:
    (working_folder / "reports").mkdir()
    assert index_path("reports") == Path("indexes/reports")


def test_the_home_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_HOME", "~/all")
    assert home() == Path.home() / "all"
    assert index_path("work") == Path.home() / "all" / "work"


@pytest.mark.parametrize("name", ["a/b", "./a", ".", "..", "/srv/index", "../x"])
def test_a_path_is_itself(name: str) -> None:
    assert index_path(name) == Path(name)


def test_a_tilde_is_the_home_folder() -> None:
    assert index_path("~/x") == Path.home() / "x"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        index_path(name)


def test_indexes_are_the_folders_with_a_generation(working_folder: Path) -> None:
    assert list_indexes() == []
    for name in ("b", "a", "no-index"):
        (working_folder / "indexes" / name).mkdir(parents=True)
    for name in ("b", "a"):
        (working_folder / "indexes" / name / "CURRENT").write_text("{}")
    assert list_indexes() == ["a", "b"]


def test_an_unknown_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no such user"):
        index_path("~nobody-of-this-name/x")
    monkeypatch.setenv("RETRIEVER_HOME", "~nobody-of-this-name")
    with pytest.raises(UsageError, match="no such user"):
        index_path("work")


def test_a_uri_is_no_path(run: Run, work: Work) -> None:
    """As a path it would lose a slash."""
    assert index_path("milvus://host/reports") == "milvus://host/reports"
    result = run("search", "lift", "--index", "milvus://host/reports", cwd=work.folder)
    assert (result.code, "milvus://host/reports" in result.err) == (2, True)
    local = run("search", "lift", "--index", f"file://{work.index}", cwd=work.folder)
    assert local.code == 0
    assert run("compact", "--index", "milvus://host/reports", cwd=work.folder).code == 2
