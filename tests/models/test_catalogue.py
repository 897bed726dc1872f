"""The catalogue, and the page that describes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.models import ModelInfo, list_models
from retriever.models.bundled.load import DESCRIPTION
from retriever.models.catalogue import BUNDLED, find_model

PAGE = (Path(__file__).parents[2] / "models.md").read_text(encoding="utf-8")


def test_the_bundled_model_comes_first_and_is_described_as_it_runs() -> None:
    first = list_models()[0]
    for name in ("name", "dimension", "max_tokens", "query_prefix", "passage_prefix", "pooling"):
        assert getattr(first, name) == getattr(DESCRIPTION, name), name


def test_the_bundled_size_is_the_size_on_disk(bundled_folder: Path) -> None:
    size = sum(path.stat().st_size for path in bundled_folder.iterdir())
    assert round(size / 1e6) == BUNDLED.size_mb


def test_names_are_unique() -> None:
    names = [model.name.lower() for model in list_models()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("model", list_models(), ids=lambda model: model.name)
def test_a_model_is_found_by_its_name_and_stands_on_the_page(model: ModelInfo) -> None:
    short = model.name.rpartition("/")[2]
    assert find_model(model.name) is find_model(model.name.upper()) is find_model(short) is model
    assert find_model(f"somebody-else/{short}") is None
    cells = (model.name, model.languages, model.dimension, model.max_tokens, model.pooling, model.licence)
    assert f"| {' | '.join(map(str, cells))} |" in PAGE
    assert f"- **{model.name}**: {model.note}" in PAGE
    for prefix in (model.query_prefix, model.passage_prefix):
        assert not prefix or f"`{prefix}`".replace("\n", "⏎") in PAGE


def test_an_unknown_name_is_not_found() -> None:
    assert find_model("") is None
    assert find_model("no-such-model") is None
