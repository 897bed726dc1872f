"""Retriever: local-first, multilingual semantic search with exact citations.

``Retriever`` is the engine; the other names are the values it takes and returns. Importing this package
loads no heavy library: those come with the first call that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retriever.errors import RetrieverError
from retriever.types import (
    Duplicate,
    Duplicates,
    Hit,
    IndexStatus,
    Mode,
    Neighbour,
    Notice,
    Problem,
    Progress,
    SearchResponse,
    SkippedSource,
    Span,
    SyncReport,
)

if TYPE_CHECKING:
    from retriever.engine import Retriever, verify_index
    from retriever.models import ModelInfo, export_model, list_models, prepare_model

__all__ = [
    "Duplicate",
    "Duplicates",
    "Hit",
    "IndexStatus",
    "Mode",
    "ModelInfo",
    "Neighbour",
    "Notice",
    "Problem",
    "Progress",
    "Retriever",
    "RetrieverError",
    "SearchResponse",
    "SkippedSource",
    "Span",
    "SyncReport",
    "__version__",
    "export_model",
    "list_models",
    "prepare_model",
    "verify_index",
]
__version__ = "0.1.0"


_ENGINE = ("Retriever", "verify_index")
_MODELS = ("ModelInfo", "export_model", "list_models", "prepare_model")


def __getattr__(name: str) -> Any:
    if name in _ENGINE:
        from retriever import engine

        return getattr(engine, name)
    if name in _MODELS:
        from retriever import models

        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
