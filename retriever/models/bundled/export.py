"""Writes the bundled model out as the folder other programs expect: Hugging Face, sentence-transformers, ONNX.

The weights are the 4-bit ones, unpacked to fp32. Nothing here is needed to search.
"""

from __future__ import annotations

import json
import math
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import ModelError, UsageError
from retriever.models.bundled import e5_file, vocabulary
from retriever.models.bundled.cache import Progress
from retriever.models.bundled.graph import fp32_graph
from retriever.models.bundled.load import DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Tensors = Mapping[str, npt.NDArray[np.float32] | e5_file.QuantisedMatrix]

_GRAPH_DATA = "model.onnx_data"
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def export_bundled(folder: Path, *, on_progress: Progress | None = None) -> None:
    """Write the bundled model into ``folder``, which must not exist or be empty. Takes 1 GB of disk.

    ``on_progress`` is called with what is being done and the share that is done, 0 to 1.
    Raises UsageError when the folder holds something, ModelError when it cannot be written or the weights are
    missing.
    """
    import onnx

    if os.path.exists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(f"{folder} is in use: it has to be new or an empty folder", hint="name another folder")
    report = on_progress or _ignore
    message = f"writing {DESCRIPTION.name}"
    report(message, 0.0)
    weights = e5_file.read(e5_file.locate())
    report(message, 0.1)
    try:
        (folder / "onnx").mkdir(parents=True, exist_ok=True)
        tokenizer = vocabulary.tokenizer_json(weights.pieces, weights.scores.tolist(), specials=True)
        (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        for name, content in _settings(weights).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        (folder / "2_Normalize").mkdir()
        _write_safetensors(folder / "model.safetensors", _bert_tensors(weights))
        report(message, 0.5)
        with (folder / "onnx" / _GRAPH_DATA).open("wb") as data:
            graph = fp32_graph(weights, data, _GRAPH_DATA)
        onnx.save_model(graph, folder / "onnx" / "model.onnx")
        report(message, 1.0)
    except OSError as error:
        raise ModelError(f"cannot write {folder}: {error.strerror or error}", hint="it takes 1 GB of disk") from error


def _ignore(_message: str, _share: float) -> None:
    return None


def _settings(weights: e5_file.E5File) -> dict[str, Any]:
    """The JSON files of the folder, by name."""
    modules = [("", "models.Transformer"), ("1_Pooling", "models.Pooling"), ("2_Normalize", "models.Normalize")]
    return {
        "config.json": _config(weights),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": DESCRIPTION.max_tokens,
            **_special_tokens(),
        },
        "special_tokens_map.json": _special_tokens(),
        "modules.json": [
            {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.{kind}"}
            for place, (path, kind) in enumerate(modules)
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": weights.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "sentence_bert_config.json": {"max_seq_length": DESCRIPTION.max_tokens, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {
                "query": DESCRIPTION.query_prefix,
                "document": DESCRIPTION.passage_prefix,
                "passage": DESCRIPTION.passage_prefix,
            },
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _config(weights: e5_file.E5File) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": weights.hidden,
        "num_hidden_layers": weights.layers,
        "num_attention_heads": weights.heads,
        "intermediate_size": weights.inner,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": weights.positions,
        "type_vocab_size": weights.types,
        "vocab_size": len(weights.matrices["emb.word"].nibbles),
        "pad_token_id": vocabulary.SPECIALS["<pad>"],
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
    }


def _special_tokens() -> dict[str, str]:
    roles = {"bos": "<s>", "eos": "</s>", "unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>", "mask": "<mask>"}
    return {f"{role}_token": token for role, token in roles.items()}


def _bert_tensors(weights: e5_file.E5File) -> Tensors:
    """The weights under the names that Hugging Face's BertModel gives them."""
    hidden, vectors = weights.hidden, weights.vectors
    tensors: dict[str, npt.NDArray[np.float32] | e5_file.QuantisedMatrix] = {
        "embeddings.word_embeddings.weight": weights.matrices["emb.word"],
        "embeddings.position_embeddings.weight": vectors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": vectors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": vectors["emb.ln.w"],
        "embeddings.LayerNorm.bias": vectors["emb.ln.b"],
        # Never used, since sentences are pooled from tokens, but BertModel expects it.
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    for layer in range(weights.layers):
        for short, long in _LAYER_NAMES.items():
            ours, theirs = f"l{layer}.{short}", f"encoder.layer.{layer}.{long}"
            weight = f"{ours}.w"
            tensors[f"{theirs}.weight"] = weights.matrices[weight] if weight in weights.matrices else vectors[weight]
            tensors[f"{theirs}.bias"] = vectors[f"{ours}.b"]
    return tensors


def _write_safetensors(path: Path, tensors: Tensors) -> None:
    """The safetensors format: the header's length in 8 bytes, the header as JSON, the raw tensors."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in tensors.items():
        size = 4 * math.prod(tensor.shape)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for tensor in tensors.values():
            parts = tensor.dequantised_parts() if isinstance(tensor, e5_file.QuantisedMatrix) else [tensor]
            for part in parts:
                file.write(np.ascontiguousarray(part, dtype="<f4").tobytes())
