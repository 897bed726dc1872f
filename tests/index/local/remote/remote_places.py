"""Places on an object server, and processes that are killed at a point of reading or writing one."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from object_server import BUCKET

from retriever.index.files import durable
from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings

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


def kill_at(point: str, place: Place, index: RemoteIndex, act: Callable[[RemoteIndex], object]) -> None:
    """Do something in a forked process of the index's machine, which is killed at a checkpoint."""
    child = os.fork()
    if not child:
        try:
            durable.checkpoint = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == point else None
            settings = RemoteSettings(index._mirror.folder.parent)
            act(RemoteIndex(place.location, create=True, settings=settings))
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
