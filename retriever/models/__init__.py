"""Embedding models: the bundled one, ONNX exports, and whatever sentence-transformers loads."""

from retriever.models.loading import load

__all__ = ["load"]
