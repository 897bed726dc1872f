"""The int8 graph stays within what every CPU multiplies exactly; ``test_backends.py`` has how close it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from retriever.errors import ModelError
from retriever.models.backends.session import open_session
from retriever.models.bundled.graph import WEIGHT_LIMIT
from retriever.models.bundled.load import PASSAGE_FILE


def test_weights_stay_within_seven_bits(bundled_folder: Path) -> None:
    """Two products of an unsigned byte and a weight have to fit into 16 bits."""
    graph = onnx.load(bundled_folder / PASSAGE_FILE).graph
    matrices = [
        tensor for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
    ]
    assert len(matrices) == 12 * 4
    assert max(int(np.abs(numpy_helper.to_array(matrix).astype(int)).max()) for matrix in matrices) == WEIGHT_LIMIT
    assert 2 * 255 * WEIGHT_LIMIT < 2**15


def test_a_missing_graph_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot load"):
        open_session(tmp_path / "absent.onnx")
