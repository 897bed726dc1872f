"""Every test of the contract runs over every engine; none is left out for any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import ENGINES, Engine, engine_of
from index_corpus import SMALL_SEGMENTS

from retriever.index.interface import Index
from retriever.index.local.limits import DEFAULT_LIMITS, Limits


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    small = "small_segments" in request.fixturenames
    return engine_of(request.param, tmp_path / "engine", SMALL_SEGMENTS if small else DEFAULT_LIMITS)


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Index]]:
    """Makes an index on an engine once for all tests of a module, which then only read it."""
    kept: dict[str, Index] = {}

    def find(engine: Engine, make: Callable[[Engine], Index], limits: Limits = DEFAULT_LIMITS) -> Index:
        if engine.name not in kept:
            kept[engine.name] = make(engine_of(engine.name, tmp_path_factory.mktemp(engine.name), limits))
        return kept[engine.name]

    yield find
    for index in kept.values():
        index.close()


@pytest.fixture
def other(engine: Engine, tmp_path: Path) -> Engine:
    """Another engine than the one under test."""
    name = next(name for name in ENGINES if name != engine.name)
    return engine_of(name, tmp_path / "other")


@pytest.fixture
def index(engine: Engine) -> Index:
    """An index that nothing was committed to. Shadows the local index of the folder above."""
    return engine.create()
