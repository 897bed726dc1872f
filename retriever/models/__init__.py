"""Embedding models: the bundled one, ONNX exports, whatever sentence-transformers loads, and objects handed in."""

from retriever.models.catalogue import ModelInfo, list_models
from retriever.models.interface import (
    BatchEncoder,
    Encoder,
    IndexingEncoder,
    ModelDescription,
    PassageEncoder,
    Reranker,
    TokenEncoder,
    Tokenizer,
    TokenVectors,
)
from retriever.models.loading import (
    export_model,
    load,
    load_encoder,
    load_model,
    load_reranker,
    prepare_model,
    prepare_named,
    share,
)

__all__ = [
    "BatchEncoder",
    "Encoder",
    "IndexingEncoder",
    "ModelDescription",
    "ModelInfo",
    "PassageEncoder",
    "Reranker",
    "TokenEncoder",
    "TokenVectors",
    "Tokenizer",
    "export_model",
    "list_models",
    "load",
    "load_encoder",
    "load_model",
    "load_reranker",
    "prepare_model",
    "prepare_named",
    "share",
]
