"""Decides which backend runs a model that the user names, and lets all who use a model in this process share it.

Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from retriever.arguments import quote, require_callback
from retriever.errors import EXHAUSTED, ModelError, UsageError
from retriever.locks import WORK
from retriever.models.catalogue import BUNDLED, find_model
from retriever.models.sharing import SharedObjects
from retriever.paths import absolute_path, user_path
from retriever.reports import Progress

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder, Reranker

OnProgress: TypeAlias = Callable[[Progress], None]

OBJECT = "object:"
"""What an index keeps as the name of a model that was handed in as an object, before the object's own name."""
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

_MODELS: SharedObjects[EmbeddingModel] = SharedObjects()
_RERANKERS: SharedObjects[Reranker] = SharedObjects()


def load(name_or_path: str | Path | None = None) -> EmbeddingModel:
    """The model of a name or folder; None and "bundled" are the bundled model.

    All who ask for the same model share one, as long as any of them holds it; a folder whose files have changed is
    another model. Raises as ``load_encoder``.
    """
    from retriever.models.embedding_model import EmbeddingModel

    def open_model() -> EmbeddingModel:
        model = EmbeddingModel(load_encoder(name_or_path), checked=False)
        model.loaded_by = (load, () if name_or_path is None else (resolve_name(name_or_path),))
        return model

    return _MODELS.get(_identify(name_or_path), open_model)


def load_model(model: str | Path | None = None) -> EmbeddingModel:
    """The model of a name or folder, by default the bundled one, which whoever asks for it shares.

    Raises UsageError, ModelError.
    """
    if not (model is None or isinstance(model, str | Path)):
        raise UsageError(f"a model has a name or a folder, not {quote(model)}", hint="list_models() has names")
    return load(model)


def share(encoder: Encoder | EmbeddingModel) -> EmbeddingModel:
    """The model of an encoder object, the same to all who hand in this object. Raises UsageError."""
    from retriever.models.embedding_model import EmbeddingModel

    if isinstance(encoder, EmbeddingModel):
        return encoder
    # The model holds the object, so no other one has its number as long as the model is there.
    return _MODELS.get((OBJECT, id(encoder)), lambda: EmbeddingModel(encoder))


def load_encoder(name_or_path: str | Path | None = None) -> Encoder:
    """The encoder of a model's name or folder, not shared; None and "bundled" are the bundled model.

    A folder with an ONNX graph runs in onnxruntime, anything else in sentence-transformers. A folder goes before
    a name. Raises ModelError when there is no such model or it cannot be used, MissingExtraError when it needs an
    extra that is not installed.
    """
    try:
        return _load_encoder(name_or_path)
    except OSError as error:
        hint = EXHAUSTED.get(error.errno or 0, "check its files and the disk")
        reason = (error.strerror or str(error)).lower()
        raise ModelError(f"the model {name_or_path or 'bundled'} cannot be loaded: {reason}", hint=hint) from error


def _load_encoder(name_or_path: str | Path | None) -> Encoder:
    if _is_bundled(name_or_path):
        from retriever.models.bundled.load import load_bundled

        return load_bundled()
    name = str(name_or_path)
    if name.startswith(OBJECT):
        raise ModelError(
            f"the index was built with the model object {name[len(OBJECT) :]!r}, which cannot be loaded by name",
            hint="search it by words with --mode lexical, or rebuild it with --model NAME --rebuild "
            "(in Python: pass it again: Retriever.open(..., model=...))",
        )
    folder = user_path(name, too_long=ModelError)
    if os.path.isdir(folder):
        return _load_folder(absolute_path(folder))
    known = find_model(name)
    if known is None and (os.path.exists(folder) or folder.is_absolute() or not _HUB_NAME.fullmatch(name)):
        raise _unknown_model(name)
    from retriever.models.backends.st_model import load_sentence_transformers

    return load_sentence_transformers(known.name if known else name)


def resolve_name(model: str | Path) -> str:
    """A folder as its absolute path, so that an index finds it from anywhere; a name unchanged.

    Raises UsageError, ModelError for a path that no folder can have.
    """
    if str(model) in ("", "bundled"):
        return str(model)  # the empty name is refused when it is loaded
    folder = user_path(model, too_long=ModelError)
    return str(absolute_path(folder).resolve()) if os.path.isdir(folder) else str(model)


def _unknown_model(name: str) -> ModelError:
    message = f"there is no model {name!r}: it is neither a folder nor a known name"
    if os.path.isabs(name):  # as an index remembers a folder
        return ModelError(
            message,
            hint="`retriever models` lists the known names (in Python: list_models); a folder that has moved is named "
            "once where it is now: retriever index --model FOLDER (in Python: model=FOLDER)",
        )
    return ModelError(
        message,
        hint="`retriever models` lists the known names (in Python: list_models); "
        "a name of the hub has the form owner/name",
    )


def load_reranker(name_or_path: str | Path) -> Reranker:
    """The cross-encoder of a folder or a name of the hub, shared like the models of ``load``.

    Raises MissingExtraError without the extra, ModelError when there is no such model or it is not a reranker.
    """
    if not os.path.exists(absolute_path(name_or_path, too_long=ModelError)) and not _HUB_NAME.fullmatch(
        str(name_or_path)
    ):
        raise ModelError(
            f"there is no reranker {str(name_or_path)!r}: it is not a folder",
            hint="name a folder, or a model of the hub as owner/name, such as BAAI/bge-reranker-v2-m3",
        )
    from retriever.models.backends.cross_encoder import load_cross_encoder

    return _RERANKERS.get(_identify(name_or_path), lambda: load_cross_encoder(name_or_path))


def prepare_model(*, on_progress: OnProgress | None = None) -> Path:
    """Prepare the bundled model now instead of at its first use, and return its folder in the cache.

    A model that is there already is checked byte for byte and built again where it is broken. Raises ModelError
    when its weights are missing or altered, or the cache cannot be written.
    """
    from retriever.models.bundled.load import prepare

    return prepare(on_progress=_report_shares(on_progress), check=True)


def prepare_named(name_or_path: str | Path | None, on_progress: OnProgress) -> None:
    """Prepare the bundled model for ``load`` where the name is its and it is still to be prepared.

    ``on_progress`` is called with it, without a lock of this process. Raises ModelError.
    """
    from retriever.models.bundled.load import prepare

    if _is_bundled(name_or_path):
        prepare(on_progress=_report_shares(on_progress))


def export_model(folder: str | Path, *, on_progress: OnProgress | None = None) -> Path:
    """Write the bundled model as a Hugging Face, sentence-transformers and ONNX folder, and return the folder.

    Raises UsageError when the folder is not new or empty, ModelError when it cannot be written.
    """
    from retriever.models.bundled.export import export_bundled

    path = absolute_path(folder)
    export_bundled(path, on_progress=_report_shares(on_progress))
    return path


def _identify(name_or_path: str | Path | None) -> Hashable:
    """What two names have in common that mean the same model: one name, or one folder in one state."""
    from retriever.models.bundled.cache import cache_folder

    if _is_bundled(name_or_path):
        return "bundled", cache_folder()
    name = str(name_or_path)
    folder = user_path(name, too_long=ModelError)
    if os.path.isdir(folder):
        return _file_states(absolute_path(folder).resolve())
    known = find_model(name)
    return "hub", known.name if known else name


def _is_bundled(name_or_path: str | Path | None) -> bool:
    """Whether a name is that of the bundled model, which a folder of that name goes before."""
    if name_or_path is None or name_or_path == "bundled":
        return True
    if not str(name_or_path):
        raise _unknown_model("")
    return find_model(str(name_or_path)) is BUNDLED and not os.path.isdir(user_path(name_or_path, too_long=ModelError))


def _file_states(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Size and time of change of each file of a model, which lie in its folder and one level below."""
    states = []
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        with suppress(OSError):
            if path.is_file():
                state = path.stat()
                states.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(sorted(states))


def _report_shares(on_progress: OnProgress | None) -> Callable[[str, float], None] | None:
    """A callback for the builders of models, which report what is being done and the share that is done."""
    require_callback("on_progress", on_progress)
    if on_progress is None:
        return None

    def report(what: str, share: float) -> None:
        WORK.outside(on_progress, Progress("model", round(share * 100), 100, "%", what))

    return report


def _load_folder(folder: Path) -> Encoder:
    from retriever.models.backends.failures import check_folder
    from retriever.models.backends.onnx_model import find_graph, load_onnx

    check_folder(folder)
    if find_graph(folder):
        return load_onnx(folder)
    from retriever.models.backends.st_model import load_sentence_transformers

    return load_sentence_transformers(folder)
