"""What the tests of several packages share."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from unittest import mock

import pytest
from example_index import ExampleIndex, index_examples
from fake_encoder import FakeEncoder
from fork_server import forking
from hypothesis import HealthCheck, settings
from memory_folder import use_memory_for_files

from retriever.models import load, share
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder
from retriever.models.scoring import score_baseline
from retriever.models.scoring.token_codes import TokenCodec
from retriever.system import give_back_memory

# No timing in tests: a busy machine is not a failure. A search for rare counterexamples takes its time:
# ``pytest --hypothesis-profile thorough``.
settings.register_profile("thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000)
settings.register_profile("retriever", settings.get_profile("thorough"), max_examples=40)
settings.load_profile("retriever")

# No test cuts the power, so none has to wait for the disk: tantivy syncs every file that it writes.
use_memory_for_files()

# Garbage is looked for among what was made since, not each time among all that was imported and collected.
gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


# Which models were named for which index is remembered, but not beyond the tests.
_STATE = tempfile.TemporaryDirectory(prefix="retriever-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name

# What processes print is buffered as it is for users: set here and there for logs, this hides what is never written.
os.environ.pop("PYTHONUNBUFFERED", None)

# What is started in the background ignores interruptions, and so would the processes that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def held_model() -> EmbeddingModel:
    """The bundled model, which every index that is opened in this process shares as long as it is held here."""
    return load()


@pytest.fixture(scope="session")
def held_object(held_model: EmbeddingModel) -> EmbeddingModel:
    """The model that all share who are handed ``bundled``: what is found of unrelated texts is measured once."""
    return share(held_model.encoder)


@pytest.fixture(scope="session")
def bundled(held_object: EmbeddingModel) -> Encoder:
    """The encoder of the bundled model, from the user's cache."""
    return held_object.encoder


@pytest.fixture(scope="session")
def examples(held_model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleIndex]:
    """The example corpus, indexed with the bundled model."""
    made = index_examples(tmp_path_factory.mktemp("examples") / "index")
    yield made
    made.retriever.close()


@pytest.fixture(autouse=True, scope="module")
def freed() -> Iterator[None]:
    """What a module has let go of is given back to the system: vocabularies above all, made of many small pieces."""
    yield
    give_back_memory()


@pytest.fixture(autouse=True, scope="session")
def _forked_readers() -> Iterator[None]:
    """Files are read in processes that need not start; what tests of these processes ask for is ``fresh_readers``."""
    with mock.patch("retriever.documents.process.subprocess", forking):
        yield


@pytest.fixture(autouse=True, scope="session")
def _measured_once() -> Iterator[None]:
    """What ``FakeEncoder`` finds of unrelated texts is measured once: each test has one of its own."""
    measure, known = score_baseline._measure, {}

    def remember(model: EmbeddingModel, codec: TokenCodec | None) -> tuple[float, ...]:
        if type(model.encoder) is not FakeEncoder:
            return measure(model, codec)
        key = model.description, codec and codec.name
        if key not in known:
            known[key] = measure(model, codec)
        return known[key]

    with mock.patch.object(score_baseline, "_measure", remember):
        yield


@pytest.fixture(scope="package")
def fresh_readers() -> Iterator[None]:
    """Files are read in fresh interpreters, as in all programs."""
    with mock.patch("retriever.documents.process.subprocess", subprocess):
        yield


@pytest.fixture(scope="module")
def read_here() -> Iterator[None]:
    """Files are read in this process, for tests of something else: to start another takes longer than they do."""
    with mock.patch("retriever.documents.isolated._is_harmless", return_value=True):
        yield


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()
