from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from object_server import BUCKET, ObjectServer, serving_objects
from remote_places import Machine, Place

from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings


@pytest.fixture(scope="session")
def server() -> Iterator[ObjectServer]:
    with serving_objects() as server:
        yield server


@pytest.fixture(autouse=True)
def environment(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def place(server: ObjectServer) -> Place:
    return Place(RemoteLocation(BUCKET, f"of tests/{secrets.token_hex(4)}"), server.client())


@pytest.fixture
def settings(tmp_path: Path) -> RemoteSettings:
    return RemoteSettings(tmp_path / "cache" / "s3")


@pytest.fixture
def machine(place: Place, tmp_path: Path, settings: RemoteSettings) -> Machine:
    """Opens the index as the machine of a name does: each has a cache of its own."""

    def open_on(name: str = "one", *, create: bool = True, **options: Any) -> RemoteIndex:
        own = replace(settings, folder=tmp_path / name / "s3", **options)
        return RemoteIndex(place.location, create=create, settings=own)

    return open_on
