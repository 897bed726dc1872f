"""Paths that cannot name a file are refused by every entry point, never with a system error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, write

from retriever import (
    Retriever,
    compact_index,
    export_index,
    import_index,
    index_history,
    read_queries,
    repair_index,
    rollback_index,
    verify_index,
)
from retriever.errors import IndexNotFoundError, ModelError, RetrieverError, UsageError
from retriever.models import export_model, load
from retriever.paths import user_path

TOO_LONG = ["n" * 300, "a/" * 3000 + "b"]
IMPOSSIBLE = ["~nobody-is-called-so/a", "a\0b", "a\ud800b"]
READS: list[Callable[[str], object]] = [
    Retriever.open,
    verify_index,
    index_history,
    rollback_index,
    compact_index,
    repair_index,
    partial(export_index, file="out.jsonl"),
]
USES: list[Callable[[str], object]] = [
    partial(Retriever.open, create=True),
    lambda path: Retriever.open("new", create=True).sync(path),
    lambda path: Retriever.open("new", create=True).sync(f"{path}/**/*.txt"),
    lambda path: import_index(path, "in.jsonl"),
    lambda path: import_index("new", path),
    lambda path: export_index("new", path),
    read_queries,
    export_model,
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", [*IMPOSSIBLE, *TOO_LONG], ids=range(5))
@pytest.mark.parametrize("use", USES)
def test_an_impossible_path_is_a_usage_error(use: Callable[[str], object], path: str) -> None:
    with pytest.raises(UsageError):
        use(path)
    assert not list(Path().iterdir())


@pytest.mark.parametrize("path", [*IMPOSSIBLE, *TOO_LONG], ids=range(5))
@pytest.mark.parametrize("read", READS)
def test_there_is_no_index_at_an_impossible_path(read: Callable[[str], object], path: str) -> None:
    with pytest.raises(IndexNotFoundError if path in TOO_LONG else UsageError) as caught:
        read(path)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("path", [*IMPOSSIBLE, *TOO_LONG], ids=range(5))
def test_there_is_no_model_at_an_impossible_path(path: str) -> None:
    expected: type[RetrieverError] = ModelError if path in TOO_LONG else UsageError
    with pytest.raises(expected):
        load(path)
    with pytest.raises(expected):
        Retriever.open("new", create=True, reranker=path)


# The locale has ASCII only; the index at "index" has a source of another name.
ASCII = """
from retriever import Retriever
from retriever.errors import USE_UTF_8, UsageError
here, new = Retriever.open("index"), Retriever.open("new", create=True)
assert here.documents()[0].source.endswith("\\u8d44\\u6599/a.txt")
for read in (here.status, lambda: new.sync("\\u8d44\\u6599"), lambda: Retriever.open("\\u7d22", create=True)):
    try:
        read()
    except UsageError as error:
        assert str(error).endswith("cannot be written in ascii") and error.hint == USE_UTF_8, ascii(str(error))
    else:
        raise AssertionError("accepted")
print([ascii(skipped) for skipped in new.sync("files", dry_run=True).skipped])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the encoding of file names is that of the locale on Linux only")
def test_paths_that_the_locale_cannot_write_are_refused_with_what_to_do(tmp_path: Path, encoder: FakeEncoder) -> None:
    write(tmp_path, {"资料/a.txt": "text", "files/资料.txt": "text"})
    create_index(tmp_path / "index", encoder, tmp_path / "资料").close()
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", ASCII], cwd=tmp_path, env={**os.environ, **locale}, capture_output=True, check=False
    )
    assert done.stderr == b""
    assert b"its name is not valid ascii: set LANG to a locale in UTF-8" in done.stdout


def test_any_other_path_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert user_path("~/reports") == Path("/somewhere/reports")
    # A file name need not be text: Python represents such bytes as lone surrogates.
    assert user_path("\udcff") == Path("\udcff")
    assert user_path(Path("missing/at/all")) == Path("missing/at/all")
