"""Export and import: the new index answers as the old one, score for score, whatever the form of the file."""

from __future__ import annotations

import builtins
import json
import shutil
import sys
from base64 import b64encode
from contextlib import suppress
from unittest import mock

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hit_values import describe_hits
from small_index import ask, paragraph, run_sync, sync_index, write

from retriever import export_index, import_index
from retriever.errors import (
    FingerprintMismatchError,
    IndexNotFoundError,
    IndexWriteError,
    MissingExtraError,
    ReadError,
    UsageError,
    install_command,
)
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.maintenance import json_lines, parquet
from retriever.maintenance.transfer import import_with
from retriever.models.embedding_model import EmbeddingModel

pytestmark = pytest.mark.usefixtures("read_here")

FORMATS = ["jsonl", "parquet"]
QUESTIONS = ["ember1 fjord2 kelp", "heron4", paragraph(101), "海"]


@pytest.fixture
def docs(tmp_path):
    return write_documents(tmp_path / "docs")


def write_documents(folder):
    files = {f"{number}.txt": paragraph(number) for number in range(8)}
    rows = [{"id": f"r{number}", "text": f"海 的 {number} grove", "year": 2000 + number} for number in range(3)]
    files["rows.jsonl"] = "\n".join(json.dumps(row) for row in rows)
    return write(folder, files)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "late"])
def made(request, tmp_path_factory):
    """Two segments, deletions, a document without passages and one whose name is not valid Unicode."""
    folder, encoder = tmp_path_factory.mktemp("made"), FakeEncoder()
    docs = write_documents(folder / "docs")
    index = LocalIndex.create(folder / "index")
    sync_index(index, encoder, docs, token_vectors=request.param)
    write(docs, {"0.txt": paragraph(100), "more.jsonl": json.dumps({"id": "\udcff", "text": "jetty heron4"})})
    sync_index(index, encoder, docs)
    index.close()
    return folder


@pytest.fixture(scope="module")
def answers(made):
    return _answers(made / "index", FakeEncoder())


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made / "index", tmp_path / "index")


def _answers(path, encoder):
    index = LocalIndex.open(path)
    return [describe_hits(ask(index, encoder, question, k=20)) for question in QUESTIONS]


def _import(root, file, encoder):
    return import_with(root, file, lambda _: EmbeddingModel.of(encoder))


@pytest.mark.parametrize("format", FORMATS)
def test_the_round_trip_answers_score_for_score(path, answers, tmp_path, encoder, format):
    file = tmp_path / f"export.{format}"
    report = export_index(path, file)
    assert (report.generation, report.documents, report.vectors) == (2, 12, True)
    assert report.bytes == file.stat().st_size
    done = _import(tmp_path / "new", file, FakeEncoder(weights="never asked"))
    assert (done.documents, done.passages, done.embedded) == (report.documents, report.passages, 0)
    assert _answers(tmp_path / "new", encoder) == answers
    new = LocalIndex.open(tmp_path / "new")
    assert new.verify(deep=True) == []
    assert new.snapshot().settings == LocalIndex.open(path).snapshot().settings


@pytest.mark.parametrize("format", FORMATS)
def test_without_vectors_the_model_computes_them(path, answers, tmp_path, encoder, format):
    file = tmp_path / "export"
    export_index(path, file, format=format, vectors=False)
    done = _import(tmp_path / "new", file, FakeEncoder())
    assert (done.vectors, done.embedded) == (False, done.passages)
    assert _answers(tmp_path / "new", encoder) == answers


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("early", [0, 1])
def test_pending_documents_stay_pending(tmp_path, docs, encoder, monkeypatch, format, late, early):
    """Of an index that is still being embedded, and of one in which nothing is yet."""
    index = LocalIndex.create(tmp_path / "index")
    if early:
        sync_index(index, encoder, docs / "0.txt", token_vectors=late)
    monkeypatch.setattr("retriever.ingest.sync.FEW", 0)
    run_sync(index, encoder, docs, options=SyncOptions(token_vectors=late, wait_for="words"))
    waiting = index.snapshot().pending
    assert waiting > 0
    assert (waiting < index.snapshot().passages) is bool(early)
    file = tmp_path / "export"
    assert export_index(index.location, file, format=format).pending == waiting
    assert _import(tmp_path / "new", file, FakeEncoder(weights="never asked")).pending == waiting
    new = LocalIndex.open(tmp_path / "new")
    assert new.verify(deep=True) == []
    assert sync_index(new, encoder, docs).pending == sync_index(index, encoder, docs).pending == 0
    assert _answers(tmp_path / "new", encoder) == _answers(tmp_path / "index", encoder)


def test_a_sync_of_the_imported_index_finds_nothing_to_do(path, made, tmp_path, encoder):
    export_index(path, tmp_path / "x.jsonl")
    _import(tmp_path / "new", tmp_path / "x.jsonl", encoder)
    assert sync_index(LocalIndex.open(tmp_path / "new"), encoder, made / "docs").committed is False


def test_another_model_is_refused_and_no_index_is_left(path, tmp_path):
    export_index(path, tmp_path / "x.jsonl", vectors=False)
    with pytest.raises(FingerprintMismatchError):
        _import(tmp_path / "new", tmp_path / "x.jsonl", FakeEncoder(weights="2"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_truncations_and_flips_are_refused_or_harmless(path, answers, tmp_path, encoder, format, monkeypatch):
    """No altered file makes another index: it is refused, and leaves none."""
    # Parquet is read in this process, since to start one for each file takes a minute.
    monkeypatch.setattr(sys, "executable", "")
    file = tmp_path / "export"
    export_index(path, file, format=format)
    whole = file.read_bytes()
    chance = np.random.default_rng(3)
    for at in chance.integers(0, len(whole), 12).tolist():
        flipped = whole[:at] + bytes([whole[at] ^ 1 << (at % 8)]) + whole[at + 1 :]
        for damaged in (whole[:at], flipped):
            file.write_bytes(damaged)
            with suppress(ReadError):
                _import(tmp_path / "new", file, encoder)
                assert format == "parquet", "some bytes of it mean nothing"
                assert _answers(tmp_path / "new", encoder) == answers
                (tmp_path / "new").rename(tmp_path / f"made{at}")
            assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("form", [json_lines, parquet], ids=FORMATS)
def test_an_altered_header_is_never_acted_on(path, tmp_path, form):
    """Settings name the model to load: they are used before the seal at the file's end has been compared."""
    file = tmp_path / "export"
    export_index(path, file, format="parquet" if form is parquet else "jsonl")
    whole = file.read_bytes()
    expected, _ = form.read(file)
    start = whole.index(b'"model_name"')
    refused = 0
    # Parquet has the header twice, and the second copy counts.
    for at in range(start, min(start + 2000, len(whole) - 8), 7):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 7]) + whole[at + 1 :])
        try:
            assert form.read(file)[0] == expected
        except ReadError:
            refused += 1
    assert refused > 0


def test_a_vector_that_is_not_finite_is_damage(path, tmp_path, encoder, monkeypatch):
    """And no other error: of a long file it is met before the seal."""
    monkeypatch.setattr("retriever.maintenance.reembed.BATCH", 1)
    file = tmp_path / "export.jsonl"
    export_index(path, file)
    header, first, *rest = file.read_bytes().splitlines(keepends=True)
    document = json.loads(first)
    document["passages"][0]["vector"] = b64encode(np.full(32, np.inf, "<f2").tobytes()).decode()
    file.write_bytes(b"".join([header, json.dumps(document).encode() + b"\n", *rest]))
    with pytest.raises(ReadError, match="not finite"):
        _import(tmp_path / "new", file, encoder)
    assert not (tmp_path / "new").exists()


def test_refusals(path, tmp_path, docs, encoder):
    file = tmp_path / "x.jsonl"
    export_index(path, file)
    with pytest.raises(UsageError, match="already exists"):
        export_index(path, file)
    export_index(path, file, overwrite=True)
    with pytest.raises(UsageError, match="an index already exists"):
        import_index(path, file)
    with pytest.raises(UsageError, match="is not empty"):
        import_index(docs, file)
    with pytest.raises(UsageError, match="cannot be read"):
        import_index(tmp_path / "new", tmp_path / "nowhere.jsonl")
    with pytest.raises(ReadError, match="is not an exported index"):
        import_index(tmp_path / "new", docs / "rows.jsonl")
    with pytest.raises(ReadError, match="is not an exported index"):
        import_index(tmp_path / "new", docs / "1.txt")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(ReadError, match="is not an exported index"):
        import_index(tmp_path / "new", tmp_path / "empty.jsonl")
    (tmp_path / "cut.jsonl").write_bytes(file.read_bytes()[:40])
    with pytest.raises(ReadError, match="is damaged"):
        import_index(tmp_path / "new", tmp_path / "cut.jsonl")
    with pytest.raises(IndexNotFoundError):
        export_index(tmp_path / "nowhere", tmp_path / "y.jsonl")
    with pytest.raises(UsageError, match="there is no folder"):
        export_index(path, tmp_path / "no folder" / "y.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"version":1', b'"version":7', 1))
    with pytest.raises(ReadError, match="version 7") as caught:
        import_index(tmp_path / "new", file)
    assert "upgrade" in caught.value.hint
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "y.jsonl").exists()


def test_an_export_that_fails_leaves_what_was_there(path, tmp_path):
    file = tmp_path / "x.jsonl"
    file.write_text("mine")
    with (
        mock.patch("retriever.maintenance.transfer.os.fsync", side_effect=OSError(28, "No space left on device")),
        pytest.raises(IndexWriteError, match="No space left"),
    ):
        export_index(path, file, overwrite=True)
    assert file.read_text() == "mine"
    assert [item.name for item in tmp_path.iterdir() if "tmp" in item.name] == []


def test_parquet_without_pyarrow_names_the_extra(path, tmp_path):
    real = builtins.__import__

    def missing(name, *arguments, **options):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    with mock.patch("builtins.__import__", missing), pytest.raises(MissingExtraError) as caught:
        export_index(path, tmp_path / "x.parquet")
    assert caught.value.hint == install_command("parquet")


def test_parquet_is_a_table_for_others(path, tmp_path):
    import pyarrow.parquet

    export_index(path, tmp_path / "x.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "x.parquet").to_pylist()
    row = next(row for row in table if row["id"] == "r1")
    assert json.loads(row["metadata"])["year"] == 2001
    assert (row["text"], row["position"], len(row["vector"])) == ("海 的 1 grove", 0, 32)


def test_an_empty_index(tmp_path, encoder):
    LocalIndex.create(tmp_path / "empty").close()
    for name in ("x.jsonl", "x.parquet"):
        export_index(tmp_path / "empty", tmp_path / name)
        assert _import(tmp_path / f"from {name}", tmp_path / name, encoder).documents == 0
