"""Every test of the contract runs over every engine; none is left out for any."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import ENGINES, Engine, engine_of
from index_corpus import SMALL_SEGMENTS

from retriever.index.interface import Index
from retriever.index.local.limits import DEFAULT_LIMITS


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    small = "small_segments" in request.fixturenames
    return engine_of(request.param, tmp_path / "engine", SMALL_SEGMENTS if small else DEFAULT_LIMITS)


@pytest.fixture
def other(engine: Engine, tmp_path: Path) -> Engine:
    """Another engine than the one under test."""
    name = next(name for name in ENGINES if name != engine.name)
    return engine_of(name, tmp_path / "other")


@pytest.fixture
def index(engine: Engine) -> Index:
    """An index that nothing was committed to. Shadows the local index of the folder above."""
    return engine.create()
