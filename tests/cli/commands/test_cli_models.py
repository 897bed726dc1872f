from __future__ import annotations

import json
from pathlib import Path

from cli_kit import Run


def test_the_catalogue_names_the_bundled_model_first(run: Run) -> None:
    result = run("models")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("multilingual-e5-small\n  384 dimensions, 512 tokens, ")


def test_the_catalogue_as_json(run: Run) -> None:
    models = json.loads(run("models", "--format", "json").out)["models"]
    keys = {"name", "dimension", "max_tokens", "languages", "licence", "size_mb", "source", "note"}
    assert all(keys <= set(model) for model in models)


def test_prepare_prints_the_folder(run: Run) -> None:
    result = run("models", "prepare")
    assert result.code == 0
    assert Path(result.out.strip()).is_dir()


def test_export_refuses_a_folder_that_is_in_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run("models", "export", tmp_path)
    assert result.code in (2, 3)
    assert str(tmp_path) in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
