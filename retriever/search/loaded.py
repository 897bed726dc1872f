"""The models of one retriever, each loaded when it is first needed and kept until another one is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import ModelError
from retriever.models import load, load_reranker
from retriever.models.scoring.language_centering import centering_of
from retriever.paths import user_path
from retriever.reports import Progress
from retriever.search.late import LateInteraction

if TYPE_CHECKING:
    from retriever.index.settings import IndexSettings
    from retriever.models.interface import Reranker


class LoadedModels:
    """``model`` and ``reranker`` are names or folders; without ``model`` it is that of the index. Safe with threads."""

    def __init__(self, model: str | Path | None, reranker: str | Path | None) -> None:
        """Raises UsageError and ModelError for names that no folder can have."""
        self.model = None if model is None else _model_name(model)
        self._reranker_name = None if reranker is None else _model_name(reranker)
        self._late: tuple[str, LateInteraction] | None = None
        self._reranker: Reranker | None = None
        # One each: fetching a reranker must not hold up searches that need none.
        self._late_loading = threading.Lock()
        self._reranker_loading = threading.Lock()
        self._closed = False

    def late(self, model: str, on_progress: Callable[[Progress], None] | None = None) -> LateInteraction:
        """The embedding model of that name."""
        with self._late_loading:
            late = self._late
            if late is None or late[0] != model:
                late = (model, LateInteraction(load(model, on_progress=on_progress)))
                # What a search that is still running needs after close, it has for itself.
                self._late = None if self._closed else late
            return late[1]

    def late_for(self, settings: IndexSettings, where: str) -> LateInteraction:
        """The embedding model, refused where the index at ``where`` was built with another one."""
        late = self.late(self.model or settings.model)
        description = late.encoder.description
        parts = {"model_name": description.name, "encoder": description.fingerprint}
        settings.require(where, {**parts, "centering": centering_of(description).fingerprint})
        return late

    @property
    def reranker(self) -> Callable[[], Reranker] | None:
        """Gives the reranker; None where there is none."""
        return self._load_reranker if self._reranker_name else None

    def _load_reranker(self) -> Reranker:
        with self._reranker_loading:
            reranker = self._reranker
            if reranker is None:
                reranker = load_reranker(str(self._reranker_name))
                self._reranker = None if self._closed else reranker
            return reranker

    def close(self) -> None:
        """Let go of the models; from now on none is kept."""
        self._closed = True
        with self._late_loading:
            self._late = None
        with self._reranker_loading:
            self._reranker = None


def _model_name(model: str | Path) -> str:
    """A name as it is, a folder by its absolute path, so that the index finds it from anywhere."""
    folder = user_path(model, too_long=ModelError)
    return str(folder.resolve()) if os.path.isdir(folder) else str(model)
