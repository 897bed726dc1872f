"""What is read from a model's folder, in the forms that different versions of other programs write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retriever.errors import ModelError
from retriever.models.backends.model_folder import read_settings


def write(folder: Path, **files: Any) -> Path:
    """JSON files by name, with ``__`` for the slash and without their ending."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


CONFIG = {"hidden_size": 32, "max_position_embeddings": 77}


def test_a_bare_folder_gets_the_usual_defaults(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path / "some-model", config=CONFIG))
    assert (settings.name, settings.dimension, settings.max_tokens) == ("some-model", 32, 77)
    assert (settings.query_prefix, settings.passage_prefix, settings.pooling) == ("", "", "mean")


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode": "lasttoken"}, "last"),
        ({"pooling_mode": "cls"}, "cls"),
    ],
)
def test_pooling_in_each_form(tmp_path: Path, pooling: dict[str, Any], expected: str) -> None:
    assert read_settings(write(tmp_path, config=CONFIG, **{"1_Pooling__config": pooling})).pooling == expected


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode": "max"},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
    ],
)
def test_other_poolings_are_refused(tmp_path: Path, pooling: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="pools by"):
        read_settings(write(tmp_path, config=CONFIG, **{"1_Pooling__config": pooling}))


@pytest.mark.parametrize("passage", ["passage", "document"])
def test_prefixes_are_the_prompts(tmp_path: Path, passage: str) -> None:
    prompts = {"query": "ask: ", passage: "tell: ", "sts": "same? "}
    settings = read_settings(write(tmp_path, config=CONFIG, config_sentence_transformers={"prompts": prompts}))
    assert (settings.query_prefix, settings.passage_prefix) == ("ask: ", "tell: ")


def test_the_catalogue_answers_what_a_known_model_leaves_open(tmp_path: Path) -> None:
    known = read_settings(write(tmp_path / "bge-m3", config=CONFIG))
    assert (known.pooling, known.query_prefix) == ("cls", "")
    known = read_settings(write(tmp_path / "x", config={**CONFIG, "_name_or_path": "intfloat/multilingual-e5-base"}))
    assert (known.query_prefix, known.passage_prefix) == ("query: ", "passage: ")


def test_the_length_is_the_first_that_is_stated(tmp_path: Path) -> None:
    tokenizer = {"model_max_length": 10**30}
    assert read_settings(write(tmp_path, config=CONFIG, tokenizer_config=tokenizer)).max_tokens == 77
    assert read_settings(write(tmp_path, tokenizer_config={"model_max_length": 64})).max_tokens == 64
    assert read_settings(write(tmp_path, sentence_bert_config={"max_seq_length": 48})).max_tokens == 48
    write(tmp_path, config={"d_model": 8}, tokenizer_config={}, sentence_bert_config={})
    assert read_settings(tmp_path).max_tokens == 512


def test_layers_that_an_onnx_export_lacks_are_refused(tmp_path: Path) -> None:
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": kind} for kind in ("Transformer", "Dense")]
    with pytest.raises(ModelError, match="Dense"):
        read_settings(write(tmp_path, config=CONFIG, modules=modules))


@pytest.mark.parametrize(
    "files", [{"config": "{"}, {"config": "[]"}, {"config": {}}, {"config": CONFIG, "modules": [{"type": 1}]}]
)
def test_broken_settings_are_errors(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        read_settings(write(tmp_path, **files))
