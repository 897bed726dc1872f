"""Decides which backend runs a model that the user names. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from retriever.errors import ModelError
from retriever.models.catalogue import BUNDLED, find
from retriever.paths import user_path
from retriever.reports import Progress

if TYPE_CHECKING:
    from retriever.models.interface import Encoder, Reranker

OnProgress: TypeAlias = Callable[[Progress], None]

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def load(name_or_path: str | Path | None = None, *, on_progress: OnProgress | None = None) -> Encoder:
    """The encoder for a model's name or folder; None and "bundled" are the bundled model.

    A folder with an ONNX graph runs in onnxruntime, anything else in sentence-transformers. A folder goes before
    a name. ``on_progress`` hears of the bundled model being prepared. Raises ModelError when there is no such
    model or it cannot be used, MissingExtraError when it needs an extra that is not installed.
    """
    if name_or_path is None or name_or_path == "bundled":
        return _bundled(on_progress)
    name = str(name_or_path)
    folder = user_path(name_or_path, too_long=ModelError)
    if name and os.path.isdir(folder):
        return _folder(folder)
    known = find(name)
    if known is BUNDLED:
        return _bundled(on_progress)
    if known is None and (os.path.exists(folder) or folder.is_absolute() or not _HUB_NAME.fullmatch(name)):
        raise ModelError(
            f"there is no model {name!r}: it is neither a folder nor a known name",
            hint="`retriever models` lists the known names; a name of the hub has the form owner/name.",
        )
    from retriever.models.backends.st_model import load_sentence_transformers

    return load_sentence_transformers(known.name if known else name)


def load_reranker(name_or_path: str | Path) -> Reranker:
    """The cross-encoder of a folder or a name of the hub.

    Raises MissingExtraError without the extra, ModelError when there is no such model or it is no reranker.
    """
    from retriever.models.backends.cross_encoder import load_cross_encoder

    return load_cross_encoder(name_or_path)


def prepare_model(*, on_progress: OnProgress | None = None) -> Path:
    """Prepare the bundled model now instead of at its first use, and return its folder in the cache.

    A model that is there already is checked byte for byte and built again where it is broken. Raises ModelError
    when its weights are missing or altered, or the cache cannot be written.
    """
    from retriever.models.bundled.load import prepare

    return prepare(on_progress=_shares(on_progress), check=True)


def export_model(folder: str | Path, *, on_progress: OnProgress | None = None) -> Path:
    """Write the bundled model as a Hugging Face, sentence-transformers and ONNX folder, and return the folder.

    Raises UsageError when the folder is not new or empty, ModelError when it cannot be written.
    """
    from retriever.models.bundled.export import export_bundled

    path = user_path(folder)
    export_bundled(path, on_progress=_shares(on_progress))
    return path


def _bundled(on_progress: OnProgress | None) -> Encoder:
    from retriever.models.bundled.load import load_bundled

    return load_bundled(on_progress=_shares(on_progress))


def _shares(on_progress: OnProgress | None) -> Callable[[str, float], None] | None:
    """Progress as the builders of models tell it: what is being done, and the share that is done."""
    if on_progress is None:
        return None
    return lambda what, share: on_progress(Progress("model", round(share * 100), 100, "%", what))


def _folder(folder: Path) -> Encoder:
    from retriever.models.backends.onnx_model import find_graph, load_onnx

    if find_graph(folder):
        return load_onnx(folder)
    from retriever.models.backends.st_model import load_sentence_transformers

    return load_sentence_transformers(folder)
