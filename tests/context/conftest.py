from __future__ import annotations

import pytest
from example_index import ExampleIndex

from retriever import Retriever


@pytest.fixture(scope="session")
def index(examples: ExampleIndex) -> Retriever:
    """The index of the example corpus."""
    return examples.retriever
