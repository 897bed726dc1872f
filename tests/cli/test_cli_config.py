"""Settings from variables and from the configuration file, which of them counts, and what is wrong with a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from cli_kit import Run, Work, environment

from retriever_cli.config import KEYS, Config, config_path

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_each_search_option_takes_its_default_from_the_file(run: Run, work: Work, file: Path) -> None:
    file.write_text('mode = "lexical"\nk = 1\ncontext = 1\nmin_score = 0.0\nformat = "json"\n')
    env = {"RETRIEVER_CONFIG": str(file)}
    found = json.loads(run("search", "library opens doors open", cwd=work.folder, env=env).out)
    assert (found["mode"], len(found["hits"])) == ("lexical", 1)
    # An option counts more.
    more = json.loads(run("search", "library opens doors open", "-k", "9", cwd=work.folder, env=env).out)
    assert len(more["hits"]) > 1
    file.write_text('mode = "lexical"\nmin_score = 1\n')
    assert run("search", "电梯", cwd=work.folder, env=env).code == 1
    assert run("search", "电梯", "--min-score", "0", cwd=work.folder, env=env).code == 0


def test_the_index_is_that_of_option_variable_file_in_this_order(
    run: Run, work: Work, file: Path, tmp_path: Path
) -> None:
    def find(*options: str, **env: str) -> str:
        done = run("status", "-f", "json", *options, cwd=work.folder, env={"RETRIEVER_CONFIG": str(file), **env})
        return str(json.loads(done.out)["index"]) if done.code == 0 else done.err

    for name in ("a", "b", "c"):
        shutil.copytree(work.index, tmp_path / name)
    file.write_text(f'index = "{tmp_path / "a"}"\n')
    assert find() == str(tmp_path / "a")
    assert find(RETRIEVER_INDEX=str(tmp_path / "b")) == str(tmp_path / "b")
    assert find("--index", str(tmp_path / "c"), RETRIEVER_INDEX=str(tmp_path / "b")) == str(tmp_path / "c")
    # An empty variable is none.
    assert find(RETRIEVER_INDEX="") == str(tmp_path / "a")
    file.unlink()
    assert "no configuration file at" in find()
    assert find(RETRIEVER_CONFIG="") == find(RETRIEVER_CONFIG=os.devnull) == str(work.folder / "indexes/default")


def test_a_default_index_is_never_deleted_unasked(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.index, tmp_path / "indexes" / "default")
    done = run("delete", "--yes", cwd=tmp_path, env={"RETRIEVER_INDEX": "default"})
    assert (done.code, done.err.splitlines()[0]) == (2, "error: missing argument INDEX")
    assert run("status", cwd=tmp_path).code == 0


def test_config_shows_what_holds_and_where_it_is_from(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_text('k = 3\npager = "more"\ncolour = false\n')
    env = {"RETRIEVER_CONFIG": str(file), "RETRIEVER_INDEX": "work"}
    found = json.loads(run("config", "--format", "json", cwd=tmp_path, env=env).out)
    assert (found["file"], found["home"]) == (str(file), {"value": "indexes", "from": "variable"})
    assert set(found["settings"]) == set(KEYS)
    assert found["settings"]["k"] == {"value": 3, "from": str(file)}
    assert found["settings"]["index"] == {"value": "work", "from": "$RETRIEVER_INDEX"}
    assert found["settings"]["mode"] == {"value": "hybrid", "from": "default"}
    # The variable of every program counts less than the file, that of this one more.
    assert found["settings"]["pager"]["value"] == "more"
    assert json.loads(run("config", "-f", "json", env={**env, "RETRIEVER_PAGER": ""}).out)["settings"]["pager"] == {
        "value": "",
        "from": "$RETRIEVER_PAGER",
    }
    text = run("config", cwd=tmp_path, env={**env, "NO_COLOR": "1"}).out
    rows = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert rows["k"] == f"3  ({file})"
    assert rows["index"] == "'work'  ($RETRIEVER_INDEX)"
    assert rows["colour"] == "false  ($NO_COLOR)"
    assert len({line.index(rows[line.split()[0]]) for line in text.splitlines()}) == 1, "values stand in one column"


def test_a_token_is_read_from_the_file_and_not_shown(run: Run, file: Path) -> None:
    file.write_text('milvus_token = "user:secret"\nmilvus_tls = true\n')
    for form in ("text", "json"):
        result = run("config", "--format", form, env={"RETRIEVER_CONFIG": str(file)})
        assert ("secret" in result.out, "milvus_token" in result.out) == (False, True)
    with mock.patch.dict(os.environ):
        for name in ("RETRIEVER_MILVUS_TOKEN", "RETRIEVER_MILVUS_TLS"):
            os.environ.pop(name, None)
        Config(file, {"milvus_token": "user:secret", "milvus_tls": False}).export()
        assert (os.environ["RETRIEVER_MILVUS_TOKEN"], os.environ["RETRIEVER_MILVUS_TLS"]) == ("user:secret", "0")
    file.write_text("milvus_token = 123454321\n")
    assert "123454321" not in run("config", env={"RETRIEVER_CONFIG": str(file)}).err


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("\nkk = 3\n", "unknown key 'kk' in {file}, line 2", "the keys are index, model"),
        ("[search]\nk = 3\n", "unknown key 'search' in {file}, line 1", "the keys are"),
        ("# k = 1\nk = true\n", "invalid value true of 'k' in {file}, line 2", "a whole number of at least 1"),
        ("k = 0\n", "invalid value 0 of 'k' in {file}, line 1", "a whole number of at least 1"),
        ('k = "3"\n', "invalid value '3' of 'k' in {file}, line 1", "a whole number of at least 1"),
        ('mode = "fast"\n', "invalid value 'fast' of 'mode' in {file}, line 1", "'hybrid', 'dense' or 'lexical'"),
        ("min_score = nan\n", "invalid value nan of 'min_score' in {file}, line 1", "a number from 0 to 1"),
        ("index = ''\n", "invalid value '' of 'index' in {file}, line 1", "the name, path or URI of an index"),
        ("colour = 'never'\n", "invalid value 'never' of 'colour' in {file}, line 1", "true or false"),
        ("mode = lexical\n", "the configuration file {file} is not valid TOML: invalid value (at line 1", "quotation"),
        ("k = " + "9" * 5000, "cannot read the configuration file {file}", "check it"),
        ("k = " + "[" * 5000, "cannot read the configuration file {file}", "check it"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(run: Run, file: Path, text: str, said: str, hint: str) -> None:
    file.write_text(text)
    done = run("status", env={"RETRIEVER_CONFIG": str(file)})
    assert (done.code, done.out) == (2, "")
    error, advice = done.err.splitlines()
    assert error.startswith("error: ")
    assert said.format(file=repr(str(file))) in error
    assert advice.startswith("hint: ")
    assert hint in advice


def test_a_byte_order_mark_is_passed_over(run: Run, file: Path) -> None:
    file.write_text("k = 3\n", encoding="utf-8-sig")
    shown = run("config", "--format", "json", env={"RETRIEVER_CONFIG": str(file)})
    assert (shown.code, '"value": 3' in shown.out) == (0, True)


def test_what_is_no_readable_file_is_refused(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"k = 1 # \xff\n")
    assert "is not UTF-8" in run("status", env={"RETRIEVER_CONFIG": str(file)}).err
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path / "pipe", tmp_path):
        done = run("status", env={"RETRIEVER_CONFIG": str(name)})
        assert (done.code, "is not a regular file" in done.err) == (2, True)
    assert run("--version", env={"RETRIEVER_CONFIG": str(file)}).code == 0
    os.truncate(file, 1 << 40)
    assert "has more than 1,048,576 bytes" in run("status", env={"RETRIEVER_CONFIG": str(file)}).err


def test_the_file_is_in_the_users_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RETRIEVER_CONFIG", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = config_path()
    assert found is not None
    assert (found.name, found.parent.name) == ("config.toml", "retriever")
    assert tmp_path in found.parents


def test_a_configured_model_is_that_of_new_indexes_only(run: Run, work: Work, file: Path, tmp_path: Path) -> None:
    shutil.copytree(work.folder, tmp_path / "all")
    file.write_text('model = "no-such-model"\n')
    env = {"RETRIEVER_CONFIG": str(file)}
    assert run("index", "docs", cwd=tmp_path / "all", env=env).code == 0
    new = run("index", "docs", "--index", "new", cwd=tmp_path / "all", env=env)
    assert (new.code, "no-such-model" in new.err) == (3, True)


def test_colour_is_turned_off(file: Path) -> None:
    def is_coloured(text: str) -> bool:
        file.write_text(text)
        code = (
            "import sys; from retriever_cli.main import *; from retriever_cli.console import make_console; "
            "config = read_config(); set_colour(bool(config.setting('colour').value)); "
            "make_console(sys.stdout).print('x', style='red')"
        )
        env = environment(RETRIEVER_CONFIG=str(file), FORCE_COLOR="1", PYTHONPATH=os.pathsep.join(sys.path))
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        return b"\x1b[31m" in done.stdout

    assert is_coloured("")
    assert not is_coloured("colour = false")


def test_every_key_and_variable_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in KEYS if f"| `{name}` |" not in page] == []
    variables = {"RETRIEVER_CONFIG", *(name for key in KEYS.values() for name in (key.variable, key.fallback) if name)}
    assert [name for name in sorted(variables) if f"`{name}`" not in page] == []
