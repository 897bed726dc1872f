"""Embeds on a Ray cluster: each part of the work is a stateless task, which any process of any machine may do.

Machines may come and go: what was on one that is lost is done again elsewhere, without end. A process keeps its model
from task to task. The code of the tasks is that of the version that is installed there, and is checked to be ours.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import MissingExtraError, ModelError, RetrieverError, UsageError, install_command
from retriever.ingest.options import WORKERS
from retriever.ingest.workers.task import Embedded, Task, embed
from retriever.models.loading import OBJECT, load
from retriever.system import cpu_count

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel

# Bytes for results that wait in a cluster that is started here; a passage takes about five kilobytes.
_STORE_BYTES = 256 << 20
# Seconds for which the number of processes is believed.
_AGE = 5.0
AGAIN = (
    "check the cluster (`ray status`), and run the same command again: it continues where it stopped, "
    "with what was computed in the cache"
)

# The connection of this process that this module has made last: its address, and what tells it from others.
_OPENED: list[tuple[str, str]] = []
# The model of a worker process, by its name.
_HELD: dict[str, EmbeddingModel] = {}


class RayCluster:
    """A Ray cluster; see ``Cluster``. Connects with the first task."""

    def __init__(self, address: str, name: str, model: EmbeddingModel) -> None:
        """``name`` is what workers load ``model`` by. Raises UsageError, MissingExtraError."""
        if not (address in ("ray:auto", "ray:local") or address.removeprefix("ray://") not in ("", address)):
            raise UsageError(f"unknown workers {address!r}", hint=f"give {WORKERS}")
        if name.startswith(OBJECT):
            raise UsageError(
                f"the model {name[len(OBJECT) :]!r} is an object, which other machines cannot load",
                hint="give the name or folder of a model; an encoder of your own can distribute its batches itself",
            )
        self._address = address
        self._name = name
        self._fingerprint = _fingerprint(model)
        self._dimension = model.description.dimension
        self._ray: Any = None
        self._task: Any = None
        self._owned = False
        self._waiting: set[Any] = set()
        self._slots = 0
        self._counted = 0.0
        _import_ray()

    @property
    def slots(self) -> int:
        """See ``Cluster.slots``: the CPUs of the machines that are there now."""
        if self._ray is not None and time.monotonic() - self._counted > _AGE:
            with self._translated():
                self._slots = max(int(self._ray.cluster_resources().get("CPU", 0)), 1)
            self._counted = time.monotonic()
        return self._slots

    def submit(self, task: Task) -> Any:
        """See ``Cluster.submit``."""
        if self._ray is None:
            self._connect()
        with self._translated():
            handle = self._task.remote(self._name, self._fingerprint, task)
        self._waiting.add(handle)
        return handle

    def wait(self, handle: Any) -> Embedded:
        """See ``Cluster.wait``."""
        with self._translated():
            data, tokens = self._ray.get(handle)
        self._waiting.discard(handle)
        return Embedded(np.frombuffer(data, np.float32).reshape(-1, self._dimension), tokens)

    def close(self) -> None:
        """Leave the cluster, and end one that was started here. What is in flight there is for nobody any more."""
        for handle in self._waiting:
            # The machines may be gone.
            with suppress(Exception):
                self._ray.cancel(handle)
        self._waiting.clear()
        # The program may have ended the connection and made another.
        if self._owned and self._is_own_connection(self._ray):
            self._ray.shutdown()
            _OPENED.clear()
        self._ray, self._owned, self._slots = None, False, 0

    def _connect(self) -> None:
        ray = _import_ray()
        with self._translated():
            if not ray.is_initialized():
                with _own_machine() if self._address == "ray:local" else nullcontext():
                    ray.init(**_options(self._address))
                self._owned = True
                _OPENED[:] = [(self._address, _name_connection(ray))]
            elif self._address != "ray:auto" and not self._is_own_connection(ray):
                raise UsageError(
                    f"this process is connected to another Ray cluster than {self._address}",
                    hint="end that connection (in Python: ray.shutdown()), or use it with workers ray:auto",
                )
            # Not actors: a task that is lost is repeated by Ray, wherever there is room.
            remote = ray.remote(embed_remotely)
            self._task = remote.options(num_cpus=1, max_retries=-1, scheduling_strategy="SPREAD")
        self._ray = ray

    def _is_own_connection(self, ray: Any) -> bool:
        return bool(ray.is_initialized()) and (self._address, _name_connection(ray)) in _OPENED

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise what Ray raises as ModelError."""
        ray = _import_ray()
        try:
            yield
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, RetrieverError):
                raise ModelError(f"a worker of {self._address} failed: {cause}", hint=cause.hint) from error
            raise ModelError(f"a worker of {self._address} failed: {cause!r:.300}", hint=AGAIN) from error
        except (ray.exceptions.RayError, ConnectionError, TimeoutError, RuntimeError, ValueError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(f"the cluster {self._address} cannot be used: {reason:.300}", hint=AGAIN) from error


def embed_remotely(name: str, fingerprint: str, task: Task) -> tuple[bytes, list[bytes]]:
    """Do a task in a process of a cluster: the bytes of its vectors, float32, and its encoded token vectors.

    Raises ModelError where the model or the version is another one here.
    """
    model = _HELD.get(name)
    if model is None:
        model = load(name)
        # What many passages need is held as long as the process lives.
        model.indexing().__enter__()
        _HELD[name] = model
    if _fingerprint(model) != fingerprint:
        raise ModelError(
            f"the model {name!r} is another one on this machine, or retriever another version",
            hint="install the same version of retriever, and the same model, on every machine of the cluster",
        )
    vectors, tokens = embed(model, task)
    return vectors.tobytes(), tokens


def _name_connection(ray: Any) -> str:
    """What tells the connection of this process from those that it had before, to whatever cluster."""
    context = ray.get_runtime_context()
    return f"{context.get_job_id()} {context.get_node_id()}"


def _fingerprint(model: EmbeddingModel) -> str:
    return f"{model.description.fingerprint}|{model.centering.fingerprint}"


def _options(address: str) -> dict[str, Any]:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == "ray:local":
        # By default it asks for a token that is in the user's home.
        return {
            **quiet,
            "num_cpus": cpu_count(),
            "include_dashboard": False,
            "object_store_memory": _STORE_BYTES,
            # Ray lets its workers wait for everybody else by default.
            "_system_config": {"worker_niceness": 0},
        }
    return {**quiet, "address": "auto" if address == "ray:auto" else address}


@contextmanager
def _own_machine() -> Iterator[None]:
    """Have a cluster that is started meanwhile listen on the loopback interface only.

    Ray does so on systems where it supports clusters of one machine only, and takes the address of a network elsewhere,
    whatever address it is given. The variable is for the processes that it starts.
    """
    from ray._private import ray_constants

    variable, name = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "ENABLE_RAY_CLUSTER"
    before, several = os.environ.get(variable), getattr(ray_constants, name, None)
    os.environ[variable] = "0"
    setattr(ray_constants, name, False)
    try:
        yield
    finally:
        setattr(ray_constants, name, several)
        del os.environ[variable]
        if before is not None:
            os.environ[variable] = before


def _import_ray() -> Any:
    # Read when it is imported: without this, Ray sends statistics of its use to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(
            f"embedding on a cluster needs {error.name or 'ray'}, which is not installed", hint=install_command("ray")
        ) from error
    return ray
