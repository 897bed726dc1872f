"""What an export may be written to: a new file, or with consent in place of one; never anything else."""

from __future__ import annotations

import os

import pytest
from small_index import paragraph, sync_index, write

from retriever import export_index, import_index
from retriever.errors import UsageError
from retriever.index.local.index import LocalIndex


@pytest.fixture
def path(tmp_path, encoder):
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, encoder, write(tmp_path / "docs", {"a.txt": paragraph(1)}))
    index.close()
    return tmp_path / "index"


def test_what_is_no_file_is_never_replaced(path, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        before = (tmp_path / name).stat()
        with pytest.raises(UsageError, match="not a regular file"):
            export_index(path, tmp_path / name, overwrite=True)
        assert (tmp_path / name).stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["CURRENT", "new.jsonl"])
def test_the_index_itself_is_never_written_to(path, tmp_path, name):
    (tmp_path / "link").symlink_to(path)
    for folder in (path, tmp_path / "link"):
        with pytest.raises(UsageError, match="lies in the index"):
            export_index(path, folder / name, overwrite=True)
    assert not (path / "new.jsonl").exists()
    index = LocalIndex.open(path)
    assert index.verify(deep=True) == []
    index.close()


def test_a_link_stays_a_link(path, tmp_path):
    (tmp_path / "file.jsonl").write_text("old")
    (tmp_path / "link.jsonl").symlink_to("file.jsonl")
    export_index(path, tmp_path / "link.jsonl", overwrite=True)
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "file.jsonl").read_text().startswith('{"export"')


def test_an_import_into_a_file_is_refused(path, tmp_path):
    export_index(path, tmp_path / "x.jsonl")
    with pytest.raises(UsageError, match="not a folder"):
        import_index(tmp_path / "x.jsonl", tmp_path / "x.jsonl")


def test_arguments_in_the_places_of_each_other_are_told(path, tmp_path):
    export_index(path, tmp_path / "x.jsonl")
    with pytest.raises(UsageError, match="not the place of an index") as caught:
        import_index(tmp_path / "x.jsonl", tmp_path / "new")
    assert "import_index(NEW, FILE)" in caught.value.hint
    with pytest.raises(UsageError, match="not a regular file"):
        export_index(tmp_path / "y.jsonl", path, overwrite=True)
    assert not (tmp_path / "new").exists()


def test_an_unknown_format_is_refused(path, tmp_path):
    with pytest.raises(UsageError, match="unknown format"):
        export_index(path, tmp_path / "x.jsonl", format="xml")
    assert not (tmp_path / "x.jsonl").exists()
