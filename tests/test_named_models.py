"""A model is loaded only if it is the bundled one, or if the user of this machine has named it for this index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_model import TABLE, write_model

from retriever import Retriever, export_index, import_index, repair_index
from retriever.errors import ModelError, RetrieverError
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of the user, who has named nothing yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def index(tmp_path: Path, machine: Path, model: Path) -> Path:
    """An index that a stranger built, who named that model on another machine."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("red green blue")
    with Retriever.open(tmp_path / "index", create=True, model=model) as retriever:
        retriever.sync(tmp_path / "texts")
    shutil.rmtree(machine)
    return tmp_path / "index"


def rename_model(index: Path, name: str) -> None:
    """Make the index say that it was built with another model."""
    local = LocalIndex.open(index)
    settings = local.snapshot().settings
    assert settings
    local.commit(Changes([], [], replace(settings, model=name)))
    local.close()


def test_a_model_that_was_not_named_here_is_not_loaded(index: Path, model: Path) -> None:
    with Retriever.open(index) as retriever:
        for call in (lambda: retriever.search("red"), retriever.sync, retriever.warm, lambda: retriever.add([])):
            with pytest.raises(ModelError, match="was not named on this machine") as refused:
                call()
        assert f"retriever index --model {model} --index {index}" in refused.value.hint
        assert f"Retriever.open({str(index)!r}, model={str(model)!r})" in refused.value.hint
        assert retriever.search("red", mode="lexical")
        assert retriever.status().model


def test_a_model_that_was_named_in_the_call_is_named_for_this_process_only(index: Path, model: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        assert retriever.search("red")
    with Retriever.open(index) as retriever, pytest.raises(ModelError, match="was not named"):
        retriever.search("red")


def test_a_model_that_was_named_while_indexing_is_named_for_good(index: Path, model: Path, machine: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        assert not retriever.sync().committed
    os.chmod(index.parent, 0o755)
    (index.parent / "link").symlink_to(index)
    for location in (index, index.parent / "link"):
        with Retriever.open(location) as retriever:
            assert retriever.search("red")
            assert not retriever.sync().committed
    [record] = (machine / "retriever" / "models").iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert record.parent.stat().st_mode & 0o777 == 0o700


def test_a_dry_run_names_nothing(index: Path, model: Path, machine: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        retriever.sync(dry_run=True)
    assert not machine.exists()


def test_another_index_or_another_state_of_the_model_is_not_meant(index: Path, model: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        retriever.sync()
    shutil.copytree(index, index.parent / "copy")
    with Retriever.open(index.parent / "copy") as copy, pytest.raises(ModelError, match="was not named"):
        copy.search("red")
    local = LocalIndex.open(index)
    settings = local.snapshot().settings
    assert settings
    local.commit(Changes([], [], replace(settings, encoder="of a stranger")))
    local.close()
    with Retriever.open(index) as retriever, pytest.raises(ModelError, match="has changed since"):
        retriever.search("red")


def test_a_model_that_has_changed_on_the_disk_does_not_fit(index: Path, model: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        retriever.sync()
    graph = model / "model.onnx"
    graph.write_bytes(graph.read_bytes().replace(TABLE.tobytes(), (TABLE + 1).tobytes()))
    with Retriever.open(index) as retriever, pytest.raises(RetrieverError, match="was built with another model"):
        retriever.search("red")


@pytest.mark.parametrize("name", ["bundled", "multilingual-e5-small", "intfloat/multilingual-e5-small"])
def test_a_folder_with_the_name_of_the_bundled_model_is_not_taken_for_it(
    index: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(index.parent / "here" / name)
    monkeypatch.chdir(index.parent / "here")
    rename_model(index, name)
    with Retriever.open(index) as retriever, pytest.raises(RetrieverError, match="multilingual-e5-small here"):
        retriever.search("red")


SEARCH = """
import json, socket, sys
from retriever import Retriever
from retriever.errors import RetrieverError
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") else None)
try:
    Retriever.open(sys.argv[1]).search("red")
except RetrieverError as error:
    message = str(error)
print(json.dumps([message, opened, sorted({"sentence_transformers", "huggingface_hub", "torch"} & sys.modules.keys())]))
"""


def test_a_model_of_the_hub_is_neither_asked_for_nor_its_library_imported(index: Path) -> None:
    rename_model(index, "stranger/model")
    ended = subprocess.run(
        [sys.executable, "-c", SEARCH, index], capture_output=True, text=True, timeout=60, check=True
    )
    message, opened, imported = json.loads(ended.stdout)
    assert "'stranger/model', which was not named" in message
    assert (opened, imported) == ([], [])


def test_an_export_and_a_repair_load_no_model_that_was_not_named(index: Path, model: Path, tmp_path: Path) -> None:
    file = tmp_path / "exported.jsonl"
    export_index(index, file, vectors=False)
    with pytest.raises(ModelError, match="which has to compute its vectors") as refused:
        import_index(tmp_path / "copy", file)
    assert f"--model {model}" in refused.value.hint
    assert import_index(tmp_path / "copy", file, model=model).embedded == 1
    (index / "cache.sqlite").unlink()
    [vectors] = index.glob("segments/*/dense.faiss")
    vectors.write_bytes(b"damaged")
    with pytest.raises(ModelError, match="was not named"):
        repair_index(index)


def test_records_of_another_form_are_not_believed(index: Path, model: Path, machine: Path) -> None:
    with Retriever.open(index, model=model) as retriever:
        retriever.sync()
    [record] = (machine / "retriever" / "models").iterdir()
    whole = record.read_bytes()
    for content in (b"", b"[]", b"[" * 50_000, b"{", whole.replace(b"index", b"Index"), b"\xff", whole + b" " * 70_000):
        record.write_bytes(content)
        if content.startswith(whole):
            continue
        with Retriever.open(index) as retriever, pytest.raises(ModelError, match="was not named"):
            retriever.search("red")


def test_a_state_folder_that_cannot_be_written_is_named(index: Path, model: Path, machine: Path) -> None:
    machine.write_text("a file")
    with Retriever.open(index, model=model) as retriever:
        retriever.sync()
        assert retriever.search("red")
    with Retriever.open(index) as retriever, pytest.raises(ModelError) as refused:
        retriever.search("red")
    assert "set XDG_STATE_HOME" in refused.value.hint


def test_a_model_object_has_to_be_passed_as_before(tmp_path: Path, machine: Path) -> None:
    (tmp_path / "a.txt").write_text("red")
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as retriever:
        retriever.sync(tmp_path / "a.txt")
    with Retriever.open(tmp_path / "index") as retriever, pytest.raises(ModelError, match="model object 'fake'"):
        retriever.search("red")
    assert not machine.exists()
