"""The storage engines that the contract is tested on, each behind one way to make an index and to let it fail."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from unittest import mock

import grpc
from memory_index import MemoryIndex
from milvus_server import WRITES, lite_server
from object_server import BUCKET, ObjectServer, serving_objects

from retriever.errors import IndexNotFoundError
from retriever.index import open_index
from retriever.index.interface import Index, StoredPassage
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings
from retriever.index.milvus.index import MilvusIndex


@dataclass(frozen=True)
class Engine:
    """One engine under test.

    - ``create``: makes a new index, which nothing was ever committed to
    - ``open``: opens what is at a location; with the flag, makes an index where there is none
    - ``failing``: a context in which the storage of an index, which has passages, fails
    - ``failing_to_write``: a context in which it can be read, but no commit written
    - ``reopen``: another object for the index, on the same storage, as another part of a program would open it; where
      an index is one object of its process, that one
    - ``damage``: damages the stored passages or vectors of an index for good; None for an engine without storage, whose
      indexes end with their process
    """

    name: str
    create: Callable[[], Index]
    open: Callable[[str, bool], Index]
    failing: Callable[[Index], AbstractContextManager[None]]
    failing_to_write: Callable[[Index], AbstractContextManager[None]]
    reopen: Callable[[Index], Index]
    damage: Callable[[Index], None] | None


def local(folder: Path, limits: Limits) -> Engine:
    """Indexes in folders below ``folder``."""
    numbers = count()
    return Engine(
        name="local",
        create=lambda: LocalIndex.plan(folder / f"local{next(numbers)}", limits=limits),
        open=lambda location, create: open_index(location, create=create),
        failing=_truncated,
        failing_to_write=_files_refused,
        reopen=lambda index: LocalIndex.open(Path(index.location), limits=limits),
        damage=_truncate,
    )


def _truncate(index: Index) -> None:
    """Cut the index's largest file in half, and let go of what was read of it."""
    assert index.folder is not None
    file = max((index.folder / "segments").rglob("*"), key=lambda path: path.stat().st_size * path.is_file())
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    index.close()


@contextmanager
def _truncated(index: Index) -> Iterator[None]:
    _truncate(index)
    yield


@contextmanager
def _files_refused(index: Index) -> Iterator[None]:
    """The system allows this process no file that holds anything."""
    import resource  # Windows has none.

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@cache
def _object_server() -> ObjectServer:
    """One for all tests of the process."""
    serving = serving_objects()
    server = serving.__enter__()
    atexit.register(serving.__exit__, None, None, None)
    os.environ.update(server.environment)
    return server


def remote(folder: Path, limits: Limits) -> Engine:
    """Indexes on an object store, with their mirrors below ``folder``."""
    server = _object_server()
    run, numbers = secrets.token_hex(4), count()
    settings = RemoteSettings(folder / "mirrors")

    def make(location: str, create: bool) -> RemoteIndex:
        index = RemoteIndex(RemoteLocation.parse(location), create=create, settings=settings, limits=limits)
        if not create:
            index.snapshot()
        return index

    def damage(index: Index) -> None:
        """Cut its largest object in half, and remove what was fetched of it."""
        client, prefix = server.client(), index.location.removeprefix(f"s3://{BUCKET}/")
        found = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/segments/")["Contents"]
        place = {"Bucket": BUCKET, "Key": max(found, key=lambda item: item["Size"])["Key"]}
        data = client.get_object(**place)["Body"].read()
        client.put_object(Body=data[: len(data) // 2], **place)
        index.close()
        shutil.rmtree(settings.folder)

    @contextmanager
    def damaged(index: Index) -> Iterator[None]:
        damage(index)
        yield

    return Engine(
        name="remote",
        create=lambda: make(f"s3://{BUCKET}/{run}/{next(numbers)}", True),
        open=make,
        failing=damaged,
        failing_to_write=_files_refused,
        reopen=lambda index: make(index.location, False),
        damage=damage,
    )


def memory() -> Engine:
    """Indexes of this process, found again by location."""
    made: dict[str, Index] = {}
    numbers = count()

    def open_memory(location: str, create: bool) -> Index:
        if create:
            made.setdefault(location, MemoryIndex(location.removeprefix("memory://")))
        if location not in made:
            raise IndexNotFoundError(f"there is no index {location}", hint="create it")
        return made[location]

    return Engine(
        name="memory",
        create=lambda: open_memory(f"memory://{next(numbers)}", True),
        open=open_memory,
        failing=_out_of_memory,
        failing_to_write=_out_of_memory_to_write,
        reopen=lambda index: open_memory(index.location, False),
        damage=None,
    )


class _Exhausted(dict[int, StoredPassage]):
    def __getitem__(self, ref: int) -> StoredPassage:
        raise MemoryError


@contextmanager
def _out_of_memory(index: Index) -> Iterator[None]:
    with index.reading() as snapshot, mock.patch.object(snapshot, "_by_ref", _Exhausted()):
        yield


@contextmanager
def _out_of_memory_to_write(index: Index) -> Iterator[None]:
    with mock.patch("memory_index.round_to_half", side_effect=MemoryError):
        yield


def milvus() -> Engine:
    """Indexes on a server by milvus-lite, which all tests of this process share."""
    server = lite_server()
    return Engine(
        name="milvus",
        create=lambda: MilvusIndex.open(f"milvus://{server.address}/{next(_INDEXES)}", create=True),
        open=lambda location, create: MilvusIndex.open(location, create=create),
        failing=_denied,
        failing_to_write=_full,
        reopen=lambda index: MilvusIndex.open(index.location),
        damage=_garble,
    )


_INDEXES = count()


@contextmanager
def _denied(index: Index) -> Iterator[None]:
    """The server takes away the right to read."""
    with lite_server().refusing(grpc.StatusCode.PERMISSION_DENIED):
        yield


@contextmanager
def _full(index: Index) -> Iterator[None]:
    """The server has no room for anything new."""
    with lite_server().refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, WRITES):
        yield


def _garble(index: Index) -> None:
    """Have the server return something else than was written: for one passage other words, for another none."""
    from pymilvus import MilvusClient

    client = MilvusClient(f"http://{lite_server().address}", dedicated=True)
    prefix = f"retriever_{index.location.rpartition('/')[2]}__"
    [passages] = [name for name in client.list_collections() if name.startswith(prefix) and name.endswith("passages")]
    first, second, *_ = client.query(passages, filter="ref >= 0", output_fields=["*"])
    client.upsert(passages, [{**first, "body": first["body"][: len(first["body"]) // 2]}])
    client.delete(passages, filter=f"ref == {second['ref']}")
    client.close()


# Each request to an object store takes as long as a commit to a folder, so that engine is tested where it is named.
ENGINES = ("local", "memory", "milvus", *os.environ.get("RETRIEVER_TEST_ENGINES", "").split())


def engine_of(name: str, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Engine:
    """The engine with a name; ``folder`` and ``limits`` are for those that keep files."""
    if name == "milvus":
        return milvus()
    if name == "remote":
        return remote(folder, limits)
    return local(folder, limits) if name == "local" else memory()
