"""Models of the hub that were fetched before are loaded without asking it. The hub is a small server here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from encoder_apart import apart
from test_cross_encoder import tiny

COMMIT = "a" * 40
RERANKER = """
from retriever.models import load_reranker
print(len(load_reranker("made/reranker").scores("the lamp", ["the boat", "the fish"])))
"""
ENCODER = """
from retriever.models import load_encoder
print(len(load_encoder("made/encoder").encode_queries(["the lamp", "the boat"])))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a reranker and an encoder, made in the process that has the libraries."""
    folder = tmp_path_factory.mktemp("made")
    apart().submit(make_models, folder).result()
    return folder


def make_models(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(tiny(folder / "reranker"))).save(str(folder / "encoder"))


class Hub(ThreadingHTTPServer):
    """Knows no model, and remembers what it was asked for of those of ``made``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        if "made/" in self.path:
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


def fetch(name: str, made: Path, home: Path) -> Path:
    """Put the files of a model where they lie in the layout of the hub's cache."""
    model = home / "hub" / f"models--made--{name}"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text(COMMIT)
    return Path(shutil.copytree(made / name, model / "snapshots" / COMMIT))


def run(script: str, home: Path, hub: Hub) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}"}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_models_that_were_fetched(made: Path, tmp_path: Path, hub: Hub) -> None:
    fetch("encoder", made, tmp_path)
    folder = fetch("reranker", made, tmp_path)
    # As the library notes that a model has no such file.
    missing = folder.parent.parent / ".no_exist" / COMMIT / "modules.json"
    missing.parent.mkdir(parents=True)
    missing.touch()
    done = run(ENCODER + RERANKER, tmp_path, hub)
    assert (done.stdout, hub.asked) == ("2\n2\n", []), done.stderr


def test_what_is_not_known_to_be_whole_is_asked_for(made: Path, tmp_path: Path, hub: Hub) -> None:
    fetch("reranker", made, tmp_path)
    done = run(RERANKER, tmp_path, hub)
    assert hub.asked, done.stderr


def test_a_model_that_is_not_there(tmp_path: Path, hub: Hub) -> None:
    for name, script in {"encoder": ENCODER, "reranker": RERANKER}.items():
        hub.asked.clear()
        done = run(script, tmp_path, hub)
        assert hub.asked == [f"/api/models/made/{name}"]
        assert f"ModelError: cannot load the model made/{name}: it is neither" in done.stderr


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
