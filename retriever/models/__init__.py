"""Embedding models: the bundled one, ONNX exports, and whatever sentence-transformers loads."""

from retriever.models.catalogue import ModelInfo, list_models
from retriever.models.loading import export_model, load, load_reranker, prepare_model

__all__ = ["ModelInfo", "export_model", "list_models", "load", "load_reranker", "prepare_model"]
