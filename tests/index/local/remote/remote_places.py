"""Places on an object server, and processes that are killed at a point of reading or writing one."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from index_process import run
from object_server import BUCKET

from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation

Machine = Callable[..., RemoteIndex]


@dataclass(frozen=True)
class Place:
    """A prefix of its own on the server, looked at behind the library's back."""

    location: RemoteLocation
    client: Any

    def names(self) -> list[str]:
        answer = self.client.list_objects_v2(Bucket=BUCKET, Prefix=self.location.prefix)
        return [item["Key"].removeprefix(f"{self.location.prefix}/") for item in answer.get("Contents", ())]

    def read(self, name: str) -> bytes:
        data: bytes = self.client.get_object(Bucket=BUCKET, Key=self.location.key(name))["Body"].read()
        return data

    def write(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=self.location.key(name), Body=data)


def kill_at(point: str, place: Place, index: RemoteIndex, statement: str) -> None:
    """Run a statement about ``index`` in another process of its machine, which is killed at a checkpoint."""
    script = f"""
from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings
durable.checkpoint = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == {point!r} else None
index = RemoteIndex(RemoteLocation.parse({str(place.location)!r}), create=True, settings=RemoteSettings(root))
{statement}
"""
    code, _, errors = run(script, index._mirror.folder.parent)
    assert code == -signal.SIGKILL, errors
