"""The command, and one small index that the tests of the command line share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
import typer.main
from cli_kit import Run, Work, run_command, run_here, write_documents

from retriever.models.embedding_model import EmbeddingModel


@pytest.fixture(scope="session", autouse=True)
def _one_model(held_model: EmbeddingModel) -> None:
    """Each command that runs in this process would load the model anew."""


@pytest.fixture(scope="session", autouse=True)
def _signatures_evaluated_once() -> Iterator[None]:
    """Each command that runs in this process would evaluate the annotations of all its options anew, twice."""
    once = cache(typer.main.get_params_from_function)
    with mock.patch.object(typer.main, "get_params_from_function", once):
        yield


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs the command in this process, for tests that do not need a process of their own."""
    return run_here


@pytest.fixture(scope="session")
def run_apart() -> Run:
    """Runs the installed command in its own process."""
    return run_command


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Documents and their index, built once by the command. Tests that change the index copy it."""
    folder = tmp_path_factory.mktemp("work")
    write_documents(folder / "docs")
    return Work(folder, run_command("index", "docs", cwd=folder))


@pytest.fixture
def grown(work: Work, run: Run, tmp_path: Path) -> Path:
    """The shared index with a second generation, which has one more document in a segment of its own."""
    folder = tmp_path / "work"
    shutil.copytree(work.folder, folder)
    (folder / "more").mkdir()
    (folder / "more" / "pond.txt").write_text("The heron stands in the pond at dawn and waits for frogs.")
    assert run("index", "more", cwd=folder).code == 0
    return folder
