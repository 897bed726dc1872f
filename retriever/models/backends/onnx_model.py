"""Opens any ONNX export: a folder with tokenizer.json and model.onnx (or onnx/model.onnx)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from retriever.errors import ModelError
from retriever.models.backends.failures import check_file
from retriever.models.backends.hub_tokens import HubInputs, read_tokenizer
from retriever.models.backends.model_folder import read_settings
from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.session import open_session
from retriever.models.interface import ModelDescription

_PLACES = ("model.onnx", "onnx/model.onnx")
_CHUNK = 1 << 20
MAX_GRAPH_BYTES = 2 << 30
"""No file in the format of graphs can be larger; larger models keep their weights beside it."""


def find_graph(folder: Path) -> Path | None:
    """The ONNX graph in a model's folder, None where there is none."""
    return next((folder / place for place in _PLACES if (folder / place).is_file()), None)


def load_onnx(folder: Path) -> OnnxEncoder:
    """The encoder for the export in ``folder``. Raises ModelError when something it needs is missing or broken."""
    graph = find_graph(folder)
    tokenizer = folder / "tokenizer.json"
    if graph is None or not tokenizer.is_file():
        raise ModelError(f"{folder} needs a tokenizer.json and a model.onnx")
    check_file(graph, MAX_GRAPH_BYTES)
    settings = read_settings(folder)
    inputs = HubInputs(read_tokenizer(tokenizer), settings.max_tokens)  # which looks at its size, before the digest
    description = ModelDescription(
        name=settings.name,
        dimension=settings.dimension,
        max_tokens=settings.max_tokens,
        query_prefix=settings.query_prefix,
        passage_prefix=settings.passage_prefix,
        pooling=settings.pooling,
        normalise=True,
        weights=digest_files([tokenizer, *sorted(graph.parent.glob(f"{graph.name}*"))]),
    )
    return OnnxEncoder(description, inputs, partial(open_session, graph))


def digest_files(paths: list[Path]) -> str:
    """The contents of files as 32 hexadecimal digits (XXH3); fast enough for gigabytes, not against forgery."""
    import xxhash

    state = xxhash.xxh3_128()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                state.update(chunk)
    return state.hexdigest()
