"""Runs any model that sentence-transformers can load, with the extra of that name.

A name of the hub is fetched only because the user named it; a folder needs no network. Code that a model brings
along is never run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import ModelError
from retriever.locks import ForkSafeLock
from retriever.models.backends.failures import require_library, translate_errors
from retriever.models.backends.hub import from_folder_or_hub
from retriever.models.backends.hub_tokens import HubInputs, share_vocabulary
from retriever.models.backends.model_folder import DEFAULT_MAX_TOKENS, prompts_of
from retriever.models.backends.onnx_model import digest_files
from retriever.models.catalogue import find_model
from retriever.models.interface import ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

_BATCH = 8
"""Texts run at once: on a CPU small batches are the faster ones, on a GPU they are not far behind."""


def load_sentence_transformers(name_or_path: str | Path) -> SentenceTransformersEncoder:
    """The encoder for a folder or a name of the hub.

    Raises MissingExtraError without the extra, ModelError when there is no such model or it cannot be loaded.
    """
    require_library(f"the model {name_or_path}")
    with translate_errors(
        f"cannot load the model {name_or_path}",
        "check the name or folder; `retriever models` lists what is known to work (in Python: list_models)",
    ):
        model = from_folder_or_hub(_import_class, name_or_path)
    return SentenceTransformersEncoder(model, str(name_or_path))


def _import_class() -> Callable[..., Any]:
    from sentence_transformers import SentenceTransformer

    imported: Callable[..., Any] = SentenceTransformer
    return imported


class SentenceTransformersEncoder:
    """An Encoder over a SentenceTransformer.

    Texts share batches: padding is masked and nothing is quantised, so a text's neighbours change its vector by
    rounding only (below 1e-6), and one at a time would waste a GPU.
    """

    def __init__(self, model: Any, name: str) -> None:
        if getattr(model.tokenizer, "backend_tokenizer", None) is None:
            raise ModelError(f"the model {name} has no fast tokenizer", hint="choose one with a tokenizer.json")
        self._model = model
        self._lock = ForkSafeLock()  # its tokenizer changes state while it works
        self._description = _describe(model, name)
        own = share_vocabulary(model.tokenizer.backend_tokenizer)
        self._inputs = HubInputs(own, self._description.max_tokens)

    @property
    def description(self) -> ModelDescription:
        return self._description

    @property
    def passage_limit(self) -> int:
        return self._description.max_tokens - self._inputs.count_overhead(self._description.passage_prefix)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._description.query_prefix)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))  # similar lengths, little padding
        vectors = np.empty((len(texts), self._description.dimension), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            vectors[places] = self._encode([texts[place] for place in places], self._description.passage_prefix)
        return vectors

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self._encode_tokens(text, self._description.query_prefix)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self._encode_tokens(text, self._description.passage_prefix) for text in texts]

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return self._inputs.find_spans(text)

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self._description.dimension), dtype=np.float32)
        with self._lock.hold():
            vectors: Vectors = self._model.encode(
                list(texts),
                prompt=prefix or None,
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return vectors.astype(np.float32, copy=False)

    def _encode_tokens(self, text: str, prefix: str) -> TokenVectors:
        import torch

        item = self._inputs.build([text], prefix)[0]
        ids = torch.from_numpy(item.ids)[None, :].to(self._model.device)
        with self._lock.hold(), torch.no_grad():
            output = self._model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        hidden: Vectors = output["token_embeddings"][0].float().cpu().numpy()
        return TokenVectors(hidden[item.own], item.spans)


def _describe(model: Any, name: str) -> ModelDescription:
    known = find_model(name) or find_model(Path(name).name)
    query, passage = prompts_of(model.prompts, known)
    return ModelDescription(
        name=Path(name).name if Path(name).is_dir() else name,
        dimension=_dimension(model),
        max_tokens=int(model.max_seq_length or DEFAULT_MAX_TOKENS),
        query_prefix=query,
        passage_prefix=passage,
        pooling=known.pooling if known else "mean",
        normalise=True,
        weights=_weights(model, name),
    )


def _dimension(model: Any) -> int:
    """The method has another name from version 6 on."""
    for name in ("get_embedding_dimension", "get_sentence_embedding_dimension"):
        if hasattr(model, name):
            return int(getattr(model, name)())
    raise ModelError("this version of sentence-transformers does not tell a model's dimension")


def _weights(model: Any, name: str) -> str:
    """Identifies the state of the weights: a digest of a folder's files, a commit of the hub."""
    folder = Path(name)
    if folder.is_dir():
        names = (
            "*.safetensors",
            "pytorch_model*.bin",
            "*/*.safetensors",
            "tokenizer.json",
            "config.json",
            "*/config.json",
        )
        return digest_files(sorted({path for pattern in names for path in folder.glob(pattern)}))
    return str(getattr(model[0].auto_model.config, "_commit_hash", None) or "")
