"""Reads from a model's folder what has to be known to use it: pooling, prefixes, length, dimension.

The files are those that Hugging Face and sentence-transformers write; what they leave open the catalogue answers.
No weights are read here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from retriever.errors import ModelError
from retriever.models.backends.failures import LONGEST_REASON, check_file, describe
from retriever.models.catalogue import ModelInfo, find_model
from retriever.models.interface import Pooling

DEFAULT_MAX_TOKENS = 512
MAX_SETTINGS_BYTES = 16 << 20
"""The largest file of settings that is read; those that models come with have some kilobytes."""
MAX_DIMENSION = 1 << 16
"""The longest vectors that are believed. Those of known models have up to some thousand numbers."""
_UNLIMITED = 10**6
"""Tokenizers without a limit state an astronomical one."""
_POOLING_FLAGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
}
_KNOWN_MODULES = {"Transformer", "Pooling", "Normalize"}


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """What a model's folder says of it."""

    name: str
    dimension: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    pooling: Pooling


def read_settings(folder: Path) -> FolderSettings:
    """The settings of the model in ``folder``.

    Raises ModelError for a broken file, an unknown pooling, or layers that only sentence-transformers can run.
    """
    config = _read(folder / "config.json")
    name = folder.resolve().name
    known = find_model(name) or find_model(str(config.get("_name_or_path", "")))
    pooling = _read(folder / _pooling_path(folder) / "config.json")
    query, passage = _prefixes(_read(folder / "config_sentence_transformers.json"), known)
    return FolderSettings(
        name=name,
        dimension=_dimension(folder, config, pooling),
        max_tokens=_max_tokens(folder, config),
        query_prefix=query,
        passage_prefix=passage,
        pooling=_pooling(folder, pooling, known),
    )


def prompts_of(prompts: dict[str, Any], known: ModelInfo | None) -> tuple[str, str]:
    """The prefixes of queries and passages among a model's prompts; the catalogue's where it names none."""
    query = prompts.get("query") or prompts.get("retrieval.query") or ""
    passage = prompts.get("passage") or prompts.get("document") or prompts.get("retrieval.passage") or ""
    if known and not query and not passage:
        return known.query_prefix, known.passage_prefix
    return str(query), str(passage)


def _prefixes(settings: dict[str, Any], known: ModelInfo | None) -> tuple[str, str]:
    prompts = settings.get("prompts") or {}
    return prompts_of(prompts if isinstance(prompts, dict) else {}, known)


def _read(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is no such file."""
    content = _read_json(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ModelError(f"cannot read {path}: it holds no object")
    return content


def _read_json(path: Path) -> Any:
    """What a JSON file holds; None where there is no such file. Raises ModelError."""
    try:
        check_file(path, MAX_SETTINGS_BYTES)
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"cannot read {path}: {describe(error)}") from error


def _pooling_path(folder: Path) -> str:
    """Where the pooling's settings are, below ``folder``."""
    path = folder / "modules.json"
    modules = _read_json(path)
    if modules is None:
        return "1_Pooling"
    try:
        kinds = {str(module["type"]).rpartition(".")[2]: str(module["path"]) for module in modules}
    except (TypeError, KeyError) as error:
        raise ModelError(f"cannot read {path}: it is not a list of modules with type and path") from error
    others = kinds.keys() - _KNOWN_MODULES
    if others:
        raise ModelError(
            f"{folder} has layers that an ONNX export leaves out: {', '.join(sorted(others))}",
            hint="use the folder of weights with sentence-transformers instead",
        )
    return kinds.get("Pooling", "1_Pooling")


def _pooling(folder: Path, settings: dict[str, Any], known: ModelInfo | None) -> Pooling:
    stated = settings.get("pooling_mode")
    named: list[Any] = (
        [stated]
        if stated
        else [
            _POOLING_FLAGS.get(flag, flag)
            for flag, on in settings.items()
            if flag.startswith("pooling_mode_") and on is True
        ]
    )
    if not named:
        return known.pooling if known else "mean"
    modes = {"lasttoken": "last"}
    mode = " + ".join(str(one)[:LONGEST_REASON] for one in named)
    mode = modes.get(mode, mode)
    poolings: tuple[Pooling, ...] = get_args(Pooling)
    for pooling in poolings:
        if mode == pooling:
            return pooling
    raise ModelError(f"{folder} pools by {mode}, which is not known here")


def _dimension(folder: Path, config: dict[str, Any], pooling: dict[str, Any]) -> int:
    places = (
        (pooling, "word_embedding_dimension"), (pooling, "embedding_dimension"),
        (config, "hidden_size"), (config, "d_model"), (config, "dim"),
    )  # fmt: skip
    for settings, key in places:
        value = settings.get(key)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_DIMENSION:
            raise ModelError(
                f"{folder} states vectors of {key} {str(value)[:40]!r}, not a length of 1 to {MAX_DIMENSION}"
            )
        return value
    raise ModelError(f"{folder} does not say how long its vectors are", hint="its config.json has to state hidden_size")


def _max_tokens(folder: Path, config: dict[str, Any]) -> int:
    stated = [
        _read(folder / "sentence_bert_config.json").get("max_seq_length"),
        _read(folder / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    ]
    for limit in stated:
        if isinstance(limit, int) and 0 < limit < _UNLIMITED:
            return limit
    return DEFAULT_MAX_TOKENS
