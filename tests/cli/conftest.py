"""The command, and one small index that the tests of the command line share."""

from __future__ import annotations

import pytest
from cli_kit import Run, Work, run_command, run_here, write_documents


@pytest.fixture(scope="session")
def run() -> Run:
    """The command in this process, for what does not depend on a process of its own."""
    return run_here


@pytest.fixture(scope="session")
def run_apart() -> Run:
    """The installed command in a process of its own."""
    return run_command


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Documents and their index, made once by the command. Tests that change an index copy it."""
    folder = tmp_path_factory.mktemp("work")
    write_documents(folder / "docs")
    return Work(folder, run_command("index", "docs", cwd=folder))
