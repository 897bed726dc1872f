from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest
from cli_kit import Run, Work

from retriever.errors import UsageError
from retriever.models.bundled.cache import cache_folder
from retriever_cli.home import describe_home, find_home, find_indexes, home, index_path, name_indexes, show_indexes


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder below ``tmp_path``, and a home folder without indexes beside it."""
    folder = tmp_path / "project" / "reports"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RETRIEVER_HOME", raising=False)
    # The model would be prepared anew in another home.
    monkeypatch.setenv("RETRIEVER_CACHE", str(cache_folder()))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return folder


@pytest.fixture
def user_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the user's indexes are if no folder has any."""
    from platformdirs import user_data_path

    folder = user_data_path("retriever", appauthor=False) / "indexes"
    assert tmp_path in folder.parents
    return folder


def make_index(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "CURRENT").write_text("{}")
    return folder


def test_a_name_is_in_the_home_even_beside_a_folder_of_that_name(working_folder: Path) -> None:
    (working_folder / "indexes").mkdir()
    (working_folder / "work").mkdir()
    assert index_path("work") == Path("indexes/work")


def test_the_home_can_be_moved(monkeypatch: pytest.MonkeyPatch, working_folder: Path) -> None:
    make_index(working_folder / "indexes" / "work")
    monkeypatch.setenv("RETRIEVER_HOME", "~/all")
    assert home() == Path.home() / "all"
    assert index_path("work") == Path.home() / "all" / "work"


def test_the_nearest_folder_upwards_is_the_home(working_folder: Path, tmp_path: Path) -> None:
    make_index(tmp_path / "indexes" / "far")
    assert index_path("far") == tmp_path / "indexes" / "far"
    make_index(tmp_path / "project" / "indexes" / "near")
    assert (find_home().folder, find_home().origin) == (tmp_path / "project" / "indexes", "folder")
    (working_folder / "indexes").mkdir()
    (working_folder / "indexes" / ".gitignore").write_text("*")
    (working_folder / "indexes" / "README.md").write_text("where the indexes of this project go")
    assert home() == Path("indexes")


def test_a_folder_of_another_program_is_passed_over(working_folder: Path, tmp_path: Path) -> None:
    make_index(tmp_path / "indexes" / "far")
    (working_folder / "indexes").mkdir()
    (working_folder / "indexes" / "orders.sql").write_text("create index")
    (tmp_path / "project" / "indexes").write_text("a file")
    assert home() == tmp_path / "indexes"


def test_without_such_a_folder_it_is_in_the_users_data(user_home: Path, working_folder: Path) -> None:
    assert (find_home().folder, find_home().origin) == (user_home, "user")
    assert describe_home() == [
        f"no indexes in {user_home}",
        f"looked for a folder 'indexes' in {working_folder} and above it first, and found none",
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("indexes/work", "work"),
        ("indexes/年报 2023", "'年报 2023'"),
        ("indexes/below/work", "{}/indexes/below/work"),
        ("work", "{}/work"),
    ],
)
def test_advice_calls_an_index_by_its_name(working_folder: Path, path: str, shown: str) -> None:
    (working_folder / "indexes").mkdir()
    for advice in ("create one with `retriever index SOURCE... --index {}` (again)", "add: retriever index --index {}"):
        given, expected = shlex.quote(str(working_folder / path)), shown.format(working_folder)
        assert name_indexes(advice.format(given)) == advice.format(expected)


def test_indexes_are_called_as_the_user_may_name_them(user_home: Path, working_folder: Path) -> None:
    here, above = working_folder / "work", working_folder.parent / "other"
    places = [user_home / "work", user_home / "below" / "work", here, above, "milvus://host/work"]
    shown = ["work", user_home / "below" / "work", "./work", above, "milvus://host/work"]
    assert list(show_indexes(map(str, places)).values()) == list(map(str, shown))


def test_a_working_folder_that_was_removed_has_none_above(
    user_home: Path, working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working_folder.rmdir()
    assert find_home().folder == user_home
    monkeypatch.setenv("RETRIEVER_HOME", "relative")
    assert name_indexes("as it is") == "as it is"
    assert show_indexes(["/as/it/is"]) == {"/as/it/is": "/as/it/is"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_passed_over(
    working_folder: Path, user_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = working_folder / "indexes"
    make_index(strange / "default")
    os.chown(strange, 4321, 4321)
    assert find_home().foreign == (strange,)
    assert index_path("default") == user_home / "default"
    assert f"passing over {strange}: it belongs to another user" in capsys.readouterr().err
    # Named, it may be used.
    monkeypatch.setenv("RETRIEVER_HOME", "indexes")
    assert index_path("default") == Path("indexes/default")
    # A link of another user leads to indexes that the user did not choose, even to their own.
    monkeypatch.delenv("RETRIEVER_HOME")
    os.chown(strange, os.geteuid(), -1)
    assert home() == Path("indexes")
    strange.rename(working_folder / "elsewhere")
    strange.symlink_to("elsewhere")
    os.lchown(strange, 4321, 4321)
    assert find_home().foreign == (strange,)


@pytest.mark.parametrize("name", ["a/b", "./a", ".", "..", "/srv/index", "../x"])
def test_a_path_is_itself(name: str) -> None:
    assert index_path(name) == Path(name)


def test_a_tilde_is_the_home_folder() -> None:
    assert index_path("~/x") == Path.home() / "x"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        index_path(name)


def test_indexes_are_the_folders_with_a_generation(working_folder: Path, user_home: Path) -> None:
    assert find_indexes() == []
    (working_folder / "indexes" / "no-index").mkdir(parents=True)
    for name in ("b", "a"):
        make_index(working_folder / "indexes" / name)
    assert [name for name, _ in find_indexes()] == ["a", "b"]
    make_index(user_home / "mine")
    assert describe_home() == ["indexes in indexes: a, b", f"indexes in {user_home}: mine (name these by their path)"]


def test_an_unknown_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no such user"):
        index_path("~nobody-of-this-name/x")
    monkeypatch.setenv("RETRIEVER_HOME", "~nobody-of-this-name")
    with pytest.raises(UsageError, match="no such user"):
        index_path("work")


def test_a_uri_is_no_path(run: Run, work: Work) -> None:
    """As a path it would lose a slash."""
    assert index_path("weaviate://host/reports") == "weaviate://host/reports"
    result = run("search", "lift", "--index", "weaviate://host/reports", cwd=work.folder)
    assert (result.code, "weaviate://host/reports" in result.err) == (2, True)
    local = run("search", "lift", "--index", f"file://{work.index}", cwd=work.folder)
    assert local.code == 0
    assert run("compact", "--index", "weaviate://host/reports", cwd=work.folder).code == 2


def test_a_question_from_a_folder_below_finds_the_index(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.folder, tmp_path / "all")
    below = tmp_path / "all" / "docs"
    found = run("search", "电梯", "--mode", "lexical", "--short", cwd=below, env={"RETRIEVER_HOME": ""})
    assert (found.code, "电梯.txt" in found.out) == (0, True)
    missing = run("search", "电梯", "--index", "other", cwd=below, env={"RETRIEVER_HOME": ""})
    assert missing.code == 3
    assert f"indexes in {tmp_path / 'all' / 'indexes'}: default" in missing.err


def test_the_first_index_goes_to_the_users_data(run: Run, work: Work, tmp_path: Path, user_home: Path) -> None:
    env = {"RETRIEVER_HOME": "", "HOME": str(Path.home())}
    made = run("index", work.folder / "docs", "--dry-run", cwd=tmp_path / "project", env=env)
    assert made.code == 0
    looked = run("status", cwd=tmp_path / "project", env=env)
    assert f"there is no index at {user_home / 'default'}" in looked.err
