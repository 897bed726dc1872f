"""A model folder whose graph is small enough to work out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

TABLE = np.array([[0, 0], [3, 4], [6, 8], [0, 5]], dtype=np.float32)
WORDS = {"[UNK]": 0, "red": 1, "green": 2, "blue": 3}


def write_model(folder: Path, *, inputs: tuple[str, ...] = ("input_ids",), rank: int = 3) -> Path:
    """A model whose token vectors are the rows of a table: [tokens, 2]."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["hidden" if rank < 3 else "last_hidden_state"])]
    if rank < 3:
        nodes.append(helper.make_node("ReduceMean", ["hidden"], ["sentence"], axes=[1], keepdims=0))
    output = ("sentence", ["b", 2]) if rank < 3 else ("last_hidden_state", ["b", "t", 2])
    graph = helper.make_graph(
        nodes,
        "table",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in inputs],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(TABLE, "table")],
    )
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx"
    )
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"hidden_size": 2}))
    return folder
