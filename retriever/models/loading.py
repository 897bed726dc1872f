"""Decides which backend runs a model that the user names. Nothing heavy is imported before it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import ModelError

if TYPE_CHECKING:
    from retriever.models.cache import Progress
    from retriever.models.interface import Encoder

BUNDLED_NAMES = ("bundled", "multilingual-e5-small", "intfloat/multilingual-e5-small")


def load(name_or_path: str | Path | None = None, *, on_progress: Progress | None = None) -> Encoder:
    """The encoder for a model's name or folder; None is the bundled model.

    Raises ModelError when there is no such model or it cannot be used.
    """
    if name_or_path is None or str(name_or_path) in BUNDLED_NAMES:
        from retriever.models.bundled import load_bundled

        return load_bundled(on_progress=on_progress)
    raise ModelError(f"no model {name_or_path}")
