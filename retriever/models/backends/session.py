"""Opens and shrinks ONNX sessions for inference on the CPU. Nothing is known here of tokens or vectors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.locks import WORK
from retriever.models.backends.failures import translate_errors

if TYPE_CHECKING:
    import onnxruntime

_ERRORS_ONLY = 3


@WORK.held
def open_session(path: Path, *, optimise: bool = True) -> onnxruntime.InferenceSession:
    """Open the model at ``path`` with one thread a run: callers run several at once instead.

    ``optimise=False`` is for graphs that are already written as they should run; they open faster.
    Raises ModelError when onnxruntime cannot load it.
    """
    # Read when it is imported: without this, its builds collect usage and send it to their makers.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    with translate_errors(f"onnxruntime cannot load {path}"):
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def shrink_session(session: onnxruntime.InferenceSession, shape: tuple[int, ...]) -> None:
    """Free the memory that the runs of a session left for later ones; it is kept for every shape that they had.

    That happens at the end of a run only, so the session is run on zeros, float32, of a small ``shape``.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    session.run(None, {session.get_inputs()[0].name: np.zeros(shape, np.float32)}, options)
