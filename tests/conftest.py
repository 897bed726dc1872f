"""What the tests of several rooms share."""

from __future__ import annotations

import pytest
from fake_encoder import FakeEncoder

from retriever.models.bundled import load_bundled
from retriever.models.interface import Encoder


@pytest.fixture(scope="session")
def bundled() -> Encoder:
    """The bundled model, from the user's cache."""
    return load_bundled()


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()
