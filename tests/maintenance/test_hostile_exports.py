"""Exports that a stranger has made: importing one ends in an error, and leaves no index."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, write

from retriever import export_index
from retriever.errors import ReadError, UsageError
from retriever.maintenance import exchange, parquet_process
from retriever.maintenance.transfer import import_with
from retriever.models.embedding_model import EmbeddingModel

DEEP = "[" * 100_000
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    docs = write(folder / "docs", {"a.txt": "The heron stands in the pond.", "b.txt": "The lamp burns at dusk."})
    create_index(folder / "index", FakeEncoder(), docs).close()
    return folder / "index"


@pytest.fixture(scope="module")
def sound(index: Path) -> bytes:
    file = index.with_name("sound.jsonl")
    export_index(index, file)
    return file.read_bytes()


@pytest.fixture
def lines(sound: bytes) -> list[bytes]:
    return sound.splitlines(keepends=True)


def load(file: Path) -> Path:
    """Import a file, with a model of a stranger's choice."""
    root = file.with_name("new")
    import_with(root, file, lambda _: EmbeddingModel.of(FakeEncoder()))
    return root


def refuse(file: Path, match: str = "is damaged") -> None:
    with pytest.raises(ReadError, match=match):
        load(file)
    assert not file.with_name("new").exists()


def set_passage(name: str, value: object) -> Change:
    return lambda document: document["passages"][0].update({name: value})


DOCUMENTS: dict[str, Change] = {
    "no passages": lambda document: document.pop("passages"),
    "passages that are a number": lambda document: document.update(passages=5),
    "passages of nothing": lambda document: document.update(passages=[None]),
    "a key of bytes": lambda document: document.update(key=[1]),
    "metadata of text": lambda document: document.update(metadata="x"),
    "no metadata": lambda document: document.pop("metadata"),
    "a negative start": set_passage("start", -1),
    "an end beyond all": set_passage("end", 1 << 60),
    "a page of text": set_passage("page", "x"),
    "a line that is true": set_passage("line", True),
    "a heading of numbers": set_passage("heading", [1]),
    "breaks of text": set_passage("breaks", ["x"]),
    "places without an offset": set_passage("places", ["x"]),
    "places that are a number": set_passage("places", 5),
    "a vector of another size": set_passage("vector", "AAAA"),
    "a vector of nothing": set_passage("vector", None),
    "a vector that is no base64": set_passage("vector", "§"),
}
HEADERS: dict[str, Change] = {
    "settings of text": lambda header: header.update(settings="x"),
    "settings without a model": lambda header: header["settings"].pop("model"),
    "a model of numbers": lambda header: header["settings"].update(model=5),
    "a huge dimension": lambda header: header.update(dimension=10**12),
    "another dimension": lambda header: header.update(dimension=5),
    "a dimension of text": lambda header: header.update(dimension="x"),
    "vectors of text": lambda header: header.update(vectors="x"),
    "sources of numbers": lambda header: header.update(sources=[5]),
    "sources of nothing": lambda header: header.update(sources=None),
}


@pytest.mark.parametrize("change", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_of_wrong_values_is_refused(lines: list[bytes], tmp_path: Path, change: Change) -> None:
    document = json.loads(lines[1])
    change(document)
    lines[1] = json.dumps(document).encode() + b"\n"
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    refuse(tmp_path / "x.jsonl")


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_a_header_of_wrong_values_is_refused(lines: list[bytes], tmp_path: Path, change: Change) -> None:
    header = json.loads(lines[0])
    del header["checksum"]
    change(header)
    lines[0] = json.dumps({**header, "checksum": exchange._checksum(header)}).encode() + b"\n"
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    refuse(tmp_path / "x.jsonl")


@pytest.mark.parametrize("place", [0, 1, -1])
@pytest.mark.parametrize("text", [DEEP, '{"key":' * 100_000, '{"key":' + "9" * 5000 + "}", "[]", "\udcff", ""])
def test_a_line_that_is_no_object_is_refused(lines: list[bytes], tmp_path: Path, place: int, text: str) -> None:
    lines[place] = text.encode("utf-8", "surrogateescape") + b"\n"
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    refuse(tmp_path / "x.jsonl", "is damaged|is not an exported index")


@pytest.mark.parametrize("name", ["metadata", "exact"])
@pytest.mark.parametrize("text", [DEEP, "5", "{"])
def test_json_in_parquet_is_bounded(index: Path, tmp_path: Path, name: str, text: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow, which reads and writes Parquet, is not installed")
    from pyarrow import parquet

    file = tmp_path / "x.parquet"
    export_index(index, file)
    known = parquet.ParquetFile(file)
    rows = [{**row, name: text} for row in known.read().to_pylist()]
    parquet.write_table(pyarrow.Table.from_pylist(rows, known.schema_arrow), file)
    refuse(file)


def write_bomb(index: Path, file: Path, letters: int) -> None:
    """An export whose 1,000 passages share one long text, which is stored once."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow, which reads and writes Parquet, is not installed")
    from pyarrow import parquet

    export_index(index, file)
    known = parquet.ParquetFile(file)
    first, rows = known.read().to_pylist()[0], 1000
    columns = {name: pyarrow.array([first[name]] * rows, known.schema_arrow.field(name).type) for name in first}
    columns["key"] = pyarrow.array([f"{number}" for number in range(rows)])
    one = pyarrow.array([json.dumps({"x": "x" * letters})])
    columns["metadata"] = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, pyarrow.int32()), one)
    table = pyarrow.table(columns)
    with parquet.ParquetWriter(
        file, table.schema, compression="zstd", store_schema=False, dictionary_pagesize_limit=1 << 28
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(known.metadata.metadata)


def test_what_unpacks_to_gigabytes_ends_within_limits(index: Path, tmp_path: Path) -> None:
    write_bomb(index, tmp_path / "x.parquet", 4_000_000)
    assert (tmp_path / "x.parquet").stat().st_size < 100_000
    refuse(tmp_path / "x.parquet", "cannot be unpacked: there is not enough memory")


def test_what_becomes_much_more_than_it_was_is_refused(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bomb(index, tmp_path / "x.parquet", 10_000)
    monkeypatch.setattr(parquet_process, "OUTPUT", 100_000)
    refuse(tmp_path / "x.parquet", "cannot be unpacked: it becomes more than")


def test_a_process_that_dies_is_an_error_of_the_file(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_index(index, tmp_path / "x.parquet")
    monkeypatch.setattr(parquet_process, "START", "import os; os.abort()")
    refuse(tmp_path / "x.parquet", "cannot be unpacked: it takes more than")


def test_a_process_of_a_later_version_is_not_asked(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_index(index, tmp_path / "x.parquet")
    monkeypatch.setattr(parquet_process, "CODE", parquet_process.CODE + 1)
    refuse(tmp_path / "x.parquet", "Retriever was upgraded while this program ran")


def test_without_a_process_parquet_is_read_here(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_index(index, tmp_path / "x.parquet")
    monkeypatch.setattr(sys, "executable", "")
    assert (load(tmp_path / "x.parquet") / "CURRENT").exists()


@pytest.mark.parametrize("header", [DEEP.encode(), b"5", b"{", b"\xff"])
def test_a_header_in_parquet_is_bounded(index: Path, tmp_path: Path, header: bytes) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow, which reads and writes Parquet, is not installed")
    from pyarrow import parquet

    file = tmp_path / "x.parquet"
    export_index(index, file)
    table = parquet.read_table(file)
    parquet.write_table(table.replace_schema_metadata({b"retriever": header}), file)
    refuse(file, "is damaged|cannot be read as Parquet|is not an exported index")


def test_only_a_file_is_imported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "holes").touch()
    os.truncate(tmp_path / "holes", 1 << 40)
    for name in ("pipe", "device", "holes"):
        with pytest.raises((UsageError, ReadError)):
            load(tmp_path / name)
        assert not (tmp_path / "new").exists()
