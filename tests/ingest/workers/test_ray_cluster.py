"""A real cluster of one process, and the bundled model in it, started by a process of its own: Ray leaves threads."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from retriever.errors import UsageError
from retriever.ingest.workers import ray_cluster
from retriever.ingest.workers.dispatch import PART
from retriever.ingest.workers.ray_cluster import RayCluster
from retriever.ingest.workers.task import Task, embed
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.scoring.token_forms import choose_codec

TEXTS = tuple(f"第 {number} 号灯塔在黄昏时亮起。Lamp {number} is lit at dusk." for number in range(PART + 3))
# 127.0.0.1, and the same as an address of version 6.
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}
SCRIPT = """
import json, os, sys
from pathlib import Path
from retriever.errors import ModelError, UsageError
from retriever.ingest.workers import ray_cluster
from retriever.ingest.workers.dispatch import DispatchingEmbedder
from retriever.ingest.workers.task import Task
from retriever.models import load

def listening():
    "The addresses at which the processes of this session listen, as the kernel writes them."
    inodes = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == os.getsid(0):
                inodes |= {os.readlink(link).strip("socket:[]") for link in (process / "fd").iterdir()}
        except OSError:
            pass
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return sorted({line[1].partition(":")[0] for line in lines if line[3] == "0A" and line[9] in inodes})

ray_cluster.cpu_count = lambda: 1
cluster = ray_cluster.RayCluster("ray:local", "bundled", load())
slots = [cluster.slots]
texts, codec = json.load(sys.stdin)
vectors, tokens = DispatchingEmbedder(cluster).run(Task(tuple(texts), ("zh",) * len(texts), codec=codec))
slots.append(cluster.slots)
addresses = listening() if sys.platform == "linux" else []
cluster._fingerprint = "of another version"
try:
    DispatchingEmbedder(cluster).run(Task(("a",), ("en",)))
    refused = []
except ModelError as error:
    refused = [str(error), error.hint]
try:
    ray_cluster.RayCluster("ray://127.0.0.1:1", "bundled", load()).submit(Task(("a",), ("en",)))
except UsageError as error:
    refused += [str(error)]
cluster.close()
json.dump([slots, vectors.tobytes().hex(), [one.hex() for one in tokens], refused, addresses], sys.stdout)
"""


@pytest.mark.usefixtures("bundled")
def test_a_process_of_a_cluster_gives_the_same_bits_and_refuses_another_version(held_model: EmbeddingModel) -> None:
    codec = choose_codec(held_model).name
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(
        command, input=json.dumps([TEXTS, codec]), capture_output=True, text=True, check=False, start_new_session=True
    )
    assert done.returncode == 0, done.stderr
    slots, vectors, tokens, refused, addresses = json.loads(done.stdout)
    expected = embed(held_model, Task(TEXTS, ("zh",) * len(TEXTS), codec=codec))
    assert vectors == expected.vectors.tobytes().hex()
    assert tokens == [one.hex() for one in expected.tokens]
    assert slots == [0, 1]
    assert "another version" in refused[0]
    assert "every machine" in refused[1]
    assert "another Ray cluster than ray://127.0.0.1:1" in refused[2]
    # Nobody else of the network reaches it: whoever reaches a cluster can run anything on it.
    assert set(addresses) <= LOOPBACK
    assert addresses or sys.platform != "linux"


class CountingRay:
    """What ``close`` needs of Ray: notes what is cancelled, of which one fails."""

    def __init__(self) -> None:
        self.cancelled: list[object] = []

    def get(self, handle: object) -> tuple[bytes, list[bytes]]:
        return b"", []

    def cancel(self, handle: object) -> None:
        self.cancelled.append(handle)
        raise ConnectionError("the machine is gone")


class CountingTask:
    """A remote function whose handles are numbers."""

    def __init__(self) -> None:
        self.made = 0

    def remote(self, *_: object) -> int:
        self.made += 1
        return self.made


def test_tasks_in_flight_are_cancelled_at_the_end(held_model: EmbeddingModel) -> None:
    """After Ctrl-C a cluster of others does not go on computing for nobody."""
    cluster = RayCluster("ray://head:10001", "bundled", held_model)
    ray = CountingRay()
    cluster._ray, cluster._task = ray, CountingTask()
    handles = [cluster.submit(Task(("a",), ("en",))) for _ in range(3)]
    cluster.wait(handles[1])
    cluster.close()
    assert set(ray.cancelled) == {1, 3}
    cluster.close()
    assert len(ray.cancelled) == 2


class ConnectingRay:
    """What ``_connect`` and ``close`` need of Ray: a process has one connection, each with a job of its own."""

    exceptions = SimpleNamespace(RayTaskError=OSError, RayError=OSError)

    def __init__(self) -> None:
        self.jobs = 0
        self.connected = ""

    def init(self, address: str, **_: object) -> None:
        self.jobs += 1
        self.connected = address

    def shutdown(self) -> None:
        self.connected = ""

    def is_initialized(self) -> bool:
        return bool(self.connected)

    def get_runtime_context(self) -> SimpleNamespace:
        return SimpleNamespace(get_job_id=lambda: f"{self.jobs}", get_node_id=lambda: "node")

    def remote(self, _: object) -> SimpleNamespace:
        return SimpleNamespace(options=lambda **_: CountingTask())

    def cancel(self, _: object) -> None:
        return None


def test_a_connection_that_the_program_has_replaced_is_another(
    held_model: EmbeddingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = ConnectingRay()
    monkeypatch.setattr(ray_cluster, "_import_ray", lambda: ray)
    task = Task(("a",), ("en",))
    first = RayCluster("ray://head:10001", "bundled", held_model)
    first.submit(task)
    RayCluster("ray://head:10001", "bundled", held_model).submit(task)  # the same one
    ray.shutdown()
    ray.init("ray://other:10001")
    with pytest.raises(UsageError, match="another Ray cluster"):
        RayCluster("ray://head:10001", "bundled", held_model).submit(task)
    first.close()
    assert ray.connected == "ray://other:10001"
