"""Rerankers: cross-encoders that read a question and a passage together, with the extra sentence-transformers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from retriever.errors import ModelError
from retriever.locks import ForkSafeLock
from retriever.models.backends.failures import check_folder, require_library, translate_errors
from retriever.models.backends.hub import from_folder_or_hub
from retriever.paths import absolute_path

_BATCH = 8


class CrossEncoderReranker:
    """A Reranker over a CrossEncoder. Several threads may call it; they take turns."""

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self._lock = ForkSafeLock()  # its tokenizer changes state while it works

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """0 to 1 for each passage, the logistic of the model's output. What is too long for the model is cut."""
        if not passages:
            return []
        from torch.nn import Sigmoid

        pairs = [(question, passage) for passage in passages]
        with self._lock.hold():
            outputs = self._model.predict(pairs, batch_size=_BATCH, activation_fn=Sigmoid(), show_progress_bar=False)
        return [float(score) for score in outputs]


def load_cross_encoder(name_or_path: str | Path) -> CrossEncoderReranker:
    """The cross-encoder of a folder or a name of the hub.

    Raises MissingExtraError without the extra, ModelError when there is no such model or it is not a reranker.
    """
    require_library(f"the reranker {name_or_path}")
    folder = absolute_path(name_or_path, too_long=ModelError)
    if os.path.exists(folder) and not (folder / "config.json").is_file():
        raise ModelError(f"{folder} is not the folder of a reranker: it has no config.json")
    if os.path.isdir(folder):
        check_folder(folder)
    with translate_errors(f"cannot load the reranker {name_or_path}", "check the name or folder"):
        model = from_folder_or_hub(_import_class, folder if os.path.exists(folder) else name_or_path)
    if model.num_labels != 1:
        raise ModelError(
            f"{name_or_path} is not a reranker: it has {model.num_labels} outputs, not one score",
            hint="choose a cross-encoder for retrieval, such as BAAI/bge-reranker-v2-m3",
        )
    return CrossEncoderReranker(model, str(name_or_path))


def _import_class() -> Callable[..., Any]:
    from sentence_transformers import CrossEncoder

    imported: Callable[..., Any] = CrossEncoder
    return imported
