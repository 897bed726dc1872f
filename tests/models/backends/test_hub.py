"""Models of the hub that were fetched before are loaded without asking it. The hub is a small server here."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import fork_server
import pytest
from encoder_apart import apart, end_apart, hub_apart
from hub_server import Hub
from test_cross_encoder import tiny

from retriever.models import load_encoder, load_reranker

COMMIT = "a" * 40
RERANKER = """
from retriever.models import load_reranker
print(len(load_reranker("made/reranker").scores("the lamp", ["the boat", "the fish"])))
"""
ENCODER = """
from retriever.models import load_encoder
print(len(load_encoder("made/encoder").encode_queries(["the lamp", "the boat"])))
"""


@pytest.fixture(scope="module", autouse=True)
def _process_ended() -> Iterator[None]:
    """These are the last tests that use the process with the libraries."""
    yield
    end_apart()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a reranker and an encoder, made in the process that has the libraries."""
    folder = tmp_path_factory.mktemp("made")
    apart().submit(make_models, folder).result()
    return folder


def make_models(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(tiny(folder / "reranker"))).save(str(folder / "encoder"))


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.shutdown()
    server.server_close()


def fetch(name: str, made: Path, home: Path) -> Path:
    """Put the files of a model where they lie in the layout of the hub's cache."""
    model = home / "hub" / f"models--made--{name}"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text(COMMIT)
    return Path(shutil.copytree(made / name, model / "snapshots" / COMMIT))


def run(script: str, home: Path, hub: Hub) -> tuple[str, str]:
    """What a process prints, and its errors."""
    environment = {**os.environ, **hub.environment(str(home))}
    command = [sys.executable, "-c", script]
    _, out, errors = fork_server.run(command, b"", timeout=300, env=environment)
    return out.decode(), errors.decode()


def test_models_that_were_fetched(made: Path) -> None:
    home, hub = hub_apart()
    fetch("encoder", made, Path(home.name))
    folder = fetch("reranker", made, Path(home.name))
    # As the library notes that a model has no such file.
    missing = folder.parent.parent / ".no_exist" / COMMIT / "modules.json"
    missing.parent.mkdir(parents=True)
    missing.touch()
    assert (apart().submit(use_models).result(), hub.asked) == ((2, 2), [])


def use_models() -> tuple[int, int]:
    vectors = load_encoder("made/encoder").encode_queries(["the lamp", "the boat"])
    return len(vectors), len(load_reranker("made/reranker").scores("the lamp", ["the boat", "the fish"]))


def test_what_is_not_known_to_be_whole_is_asked_for(made: Path, tmp_path: Path, hub: Hub) -> None:
    fetch("reranker", made, tmp_path)
    _, errors = run(RERANKER, tmp_path, hub)
    assert hub.asked, errors


def test_a_model_that_is_not_there(tmp_path: Path, hub: Hub) -> None:
    for name, script in {"encoder": ENCODER, "reranker": RERANKER}.items():
        hub.asked.clear()
        _, errors = run(script, tmp_path, hub)
        assert hub.asked == [f"/api/models/made/{name}"]
        assert f"ModelError: cannot load the model made/{name}: it is neither" in errors


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
    out, errors = run(script, tmp_path, hub)
    first, second, imported = out.splitlines()
    assert first == second
    assert first.startswith("ModelError: cannot load the model made/tiny: it was not fetched before, and the hub does")
    assert (imported, errors) == ("False", "")
