"""One server process for the tests of a module, over an index of a few files, and a client that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_process import FILES, ServerProcess, build_index, start
from small_index import write


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and ``indexes/town``, which no test changes."""
    folder = tmp_path_factory.mktemp("served")
    build_index(folder / "indexes" / "town", write(folder / "docs", FILES))
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    with start(folder, "--index", "town") as running:
        yield running


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client
