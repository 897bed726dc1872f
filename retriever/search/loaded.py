"""The models of one retriever, loaded on first use and cached until another one is requested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.frozen import dataclass
from retriever.index.settings import fingerprints
from retriever.locks import ForkSafeLock
from retriever.models import checks, load, load_reranker, prepare_named, share
from retriever.models.bundled.load import import_early
from retriever.models.loading import OBJECT, resolve_name
from retriever.models.named import bundled_name, remember_model, require_named
from retriever.reports import Progress

if TYPE_CHECKING:
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder, Reranker


class LoadedModels:
    """The embedding model and the reranker of one retriever. Safe to use from many threads."""

    def __init__(
        self, model: str | Path | Encoder | EmbeddingModel | None, reranker: str | Path | Reranker | None
    ) -> None:
        """``model`` and ``reranker`` are names, folders or objects; by default the model is that of the index.

        Raises UsageError for an object that lacks a capability, UsageError and ModelError for invalid paths.
        """
        self._given: EmbeddingModel | None = None
        self._make_reranker: Callable[[], Reranker] | None = None
        if model is None or isinstance(model, str | Path):
            self.model = None if model is None else resolve_name(model)
        else:
            self._given = share(model)
            self.model = OBJECT + self._given.description.name
        if isinstance(reranker, str | Path):
            name = resolve_name(reranker)
            self._make_reranker = lambda: load_reranker(name)
        elif reranker is not None:
            checks.check_reranker(reranker)
            checked = CheckedReranker(reranker)
            self._make_reranker = lambda: checked
        if self._given is None:
            import_early()
        self._loaded: tuple[str, EmbeddingModel] | None = None
        self._reranker: Reranker | None = None
        # Two locks: fetching a reranker must not block searches without one.
        self._model_lock = ForkSafeLock()
        self._reranker_lock = ForkSafeLock()
        self._closed = False

    @property
    def are_given(self) -> bool:
        """Whether a model or a reranker was passed in."""
        return self.model is not None or self._make_reranker is not None

    @property
    def are_immediate(self) -> bool:
        """Whether the model is loaded and computes in this process, and no reranker was passed in."""
        model = self._given or (self._loaded and self._loaded[1])
        return bool(model and model.is_immediate) and self._make_reranker is None

    def embedding_model(self, name: str, on_progress: Callable[[Progress], None] | None = None) -> EmbeddingModel:
        """The model that was passed in, else the one called ``name``.

        ``on_progress`` hears of the bundled model being prepared, and is called without a lock of this process.
        """
        if self._given:
            return self._given
        if on_progress:
            prepare_named(name, on_progress)
        with self._model_lock.hold():
            loaded = self._loaded
            if loaded is None or loaded[0] != name:
                loaded = (name, load(name))
                # A search that is still running after close keeps its own reference.
                self._loaded = None if self._closed else loaded
            return loaded[1]

    def embedding_model_for(self, settings: IndexSettings, where: object) -> EmbeddingModel:
        """The embedding model.

        Raises FingerprintMismatchError if the index at ``where`` was built with another one, ModelError for one that
        the user has not named.
        """
        model = self.embedding_model(self.find_name(settings, where))
        settings.require(where, fingerprints(model=model))
        return model

    def find_name(self, settings: IndexSettings | None, where: object) -> str:
        """What to load the model of the index at ``where`` by; ``settings`` are None for a new index.

        Raises ModelError for one that the user did not name.
        """
        if self.model is not None:
            return self.model
        if settings is None:
            return "bundled"
        if settings.model.startswith(OBJECT):
            return settings.model  # refused when it is loaded
        return require_named(str(where), settings.model, settings.encoder)

    def remember(self, settings: IndexSettings | None, where: object) -> None:
        """Remember that the user named the model that the index at ``where`` was built with, if that is so."""
        with self._model_lock.hold():
            loaded = self._loaded
        if settings is None or loaded is None or self.model != settings.model or bundled_name(settings.model):
            return
        if loaded[1].description.fingerprint == settings.encoder:
            remember_model(str(where), settings.model, settings.encoder)

    @property
    def reranker(self) -> Callable[[], Reranker] | None:
        """Returns the reranker when called; None without one."""
        return self._load_reranker if self._make_reranker else None

    def _load_reranker(self) -> Reranker:
        assert self._make_reranker
        with self._reranker_lock.hold():
            reranker = self._reranker
            if reranker is None:
                reranker = self._make_reranker()
                self._reranker = None if self._closed else reranker
            return reranker

    def close(self) -> None:
        """Release the models; none is cached from now on."""
        self._closed = True
        with self._model_lock.hold():
            self._loaded = None
        with self._reranker_lock.hold():
            self._reranker = None


@dataclass(frozen=True, slots=True)
class CheckedReranker:
    """Checks what a reranker that was passed in as an object returns."""

    reranker: Reranker

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """A score from 0 to 1 for each passage. Raises ModelError for anything else."""
        name = type(self.reranker).__name__
        return checks.check_scores(name, checks.call(name, self.reranker.scores, question, passages), len(passages))
