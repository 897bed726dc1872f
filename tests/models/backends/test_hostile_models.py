"""Folders of models that strangers made: each is refused with a ModelError, soon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper
from small_model import write_model

from retriever.errors import ModelError
from retriever.models import load_encoder, load_reranker

DEEP = "[" * 200_000
SETTINGS = (
    "config.json",
    "modules.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
)


def put(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("name", [*SETTINGS, "tokenizer.json"])
@pytest.mark.parametrize("content", [DEEP, '{"a":' * 200_000, "\\x00", '"text"', "7"])
def test_settings_that_are_none(tmp_path: Path, name: str, content: str) -> None:
    folder = write_model(tmp_path)
    put(folder / name, content)
    with pytest.raises(ModelError) as caught:
        load_encoder(folder)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("dimension", ["2", 2.5, True, [2], {}, 0, -1, 10**12])
def test_a_dimension_that_is_none(tmp_path: Path, dimension: Any) -> None:
    folder = write_model(tmp_path)
    put(folder / "config.json", {"hidden_size": dimension})
    with pytest.raises(ModelError, match="hidden_size"):
        load_encoder(folder)


@pytest.mark.parametrize("mode", [["mean"], {"mean": 1}, 7])
def test_a_pooling_that_is_none(tmp_path: Path, mode: Any) -> None:
    folder = write_model(tmp_path)
    put(folder / "1_Pooling" / "config.json", {"pooling_mode": mode})
    with pytest.raises(ModelError, match="pools by"):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx", "model.onnx_data", "x/pipe"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "model")
    (folder / name).unlink(missing_ok=True)
    (folder / name).parent.mkdir(exist_ok=True)
    os.mkfifo(folder / name)
    for load in (load_encoder, load_reranker):
        with pytest.raises(ModelError):
            load(folder)


def test_a_device_behind_a_link_is_not_read(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/dev/zero")
    with pytest.raises(ModelError, match="neither a file nor a folder"):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx"])
def test_an_endless_file_is_not_read(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path)
    with (folder / name).open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(ModelError, match="at most"):
        load_encoder(folder)


def write_graph(folder: Path, *nodes: onnx.NodeProto) -> None:
    """A graph that onnxruntime loads, whose output has the shape of token vectors as far as it says."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "t"])],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", "t", "d"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")


def constant(name: str, values: list[int]) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=helper.make_tensor(name, TensorProto.INT64, [3], values))


@pytest.mark.parametrize("shape", [[1, 1, 3], [1, 7, 2], [1, 0, 2]])
def test_vectors_of_another_shape_than_stated(tmp_path: Path, shape: list[int]) -> None:
    folder = write_model(tmp_path)
    write_graph(folder, constant("shape", shape), helper.make_node("ConstantOfShape", ["shape"], ["last_hidden_state"]))
    with pytest.raises(ModelError, match="shape"):
        load_encoder(folder).encode_queries(["red"])


def test_a_graph_that_fails_when_it_runs(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    write_graph(
        folder,
        constant("shape", [1, 5, 1000]),
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "shape"], ["last_hidden_state"]),
    )
    for encode in (load_encoder(folder).encode_queries, load_encoder(folder).encode_passages):
        with pytest.raises(ModelError, match="the ONNX model failed"):
            encode(["red", "green blue"])


def test_a_graph_that_asks_for_a_terabyte(tmp_path: Path) -> None:
    """In a process with limited memory, as the documentation advises: a system may promise memory that it lacks."""
    folder = write_model(tmp_path)
    write_graph(
        folder,
        constant("shape", [1, 1, 1 << 38]),
        helper.make_node("ConstantOfShape", ["shape"], ["last_hidden_state"]),
    )
    script = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from retriever.errors import ModelError
from retriever.models import load_encoder
try:
    load_encoder(sys.argv[1]).encode_queries(["red"])
except ModelError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, folder], capture_output=True, text=True, check=True, timeout=60
    )
    assert "onnx" in done.stdout.lower()
