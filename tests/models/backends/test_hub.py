"""Models of the hub that were fetched before are loaded without asking it. The hub is a small server here."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from test_cross_encoder import tiny

COMMIT = "a" * 40
RERANKER = """
from retriever.models import load_reranker
print(len(load_reranker("made/tiny").scores("the lamp", ["the boat", "the fish"])))
"""
ENCODER = """
from retriever.models import load_encoder
print(len(load_encoder("made/tiny").encode_queries(["the lamp", "the boat"])))
"""


class Hub(ThreadingHTTPServer):
    """Knows no model, and remembers what it was asked for of made/tiny."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        if "made/tiny" in self.path:
            self.server.asked.append(self.path)
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def cached(home: Path) -> Path:
    """Where the files of the model made/tiny lie, in the layout of the hub's cache."""
    model = home / "hub" / "models--made--tiny"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text(COMMIT)
    (model / "snapshots").mkdir()
    return model / "snapshots" / COMMIT


def run(script: str, home: Path, hub: Hub) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}"}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_reranker_that_was_fetched(tmp_path: Path, hub: Hub) -> None:
    folder = tiny(cached(tmp_path))
    # As the library notes that a model has no such file.
    missing = folder.parent.parent / ".no_exist" / COMMIT / "modules.json"
    missing.parent.mkdir(parents=True)
    missing.touch()
    done = run(RERANKER, tmp_path, hub)
    assert (done.stdout, hub.asked) == ("2\n", []), done.stderr


def test_a_model_that_was_fetched(tmp_path: Path, hub: Hub) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(tiny(tmp_path / "tiny"))).save(str(cached(tmp_path)))
    done = run(ENCODER, tmp_path, hub)
    assert (done.stdout, hub.asked) == ("2\n", []), done.stderr


def test_what_is_not_known_to_be_whole_is_asked_for(tmp_path: Path, hub: Hub) -> None:
    tiny(cached(tmp_path))
    done = run(RERANKER, tmp_path, hub)
    assert hub.asked, done.stderr


def test_a_model_that_is_not_there(tmp_path: Path, hub: Hub) -> None:
    for script in (ENCODER, RERANKER):
        hub.asked.clear()
        done = run(script, tmp_path, hub)
        assert hub.asked == ["/api/models/made/tiny"]
        assert "ModelError: cannot load the model made/tiny: it is neither" in done.stderr


def test_a_hub_that_cannot_be_reached_is_asked_once(tmp_path: Path, hub: Hub) -> None:
    # Nothing listens at that port; the heavy libraries, whose retries take a minute, are not even imported.
    hub.server_close()
    script = """
import sys
from retriever.models import load_encoder, load_reranker
for load in (load_encoder, load_reranker):
    try:
        load("made/tiny")
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
print("sentence_transformers" in sys.modules)
"""
    done = run(script, tmp_path, hub)
    first, second, imported = done.stdout.splitlines()
    assert first == second
    assert first.startswith("ModelError: cannot load the model made/tiny: it was not fetched before, and the hub does")
    assert (imported, done.stderr) == ("False", "")
