"""The storage engines that the contract is tested on, each behind one way to make an index and to let it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest import mock

from memory_index import MemoryIndex, MemorySnapshot

from retriever.index import open_index
from retriever.index.interface import Index
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True)
class Engine:
    """One engine under test.

    - ``create``: makes a new index, which nothing was ever committed to
    - ``open``: opens what is at a location; with the flag, makes an index where there is none
    - ``failing``: a context in which the storage of an index, which has passages, fails
    """

    name: str
    create: Callable[[], Index]
    open: Callable[[str, bool], Index]
    failing: Callable[[Index], AbstractContextManager[None]]


def local(folder: Path, limits: Limits) -> Engine:
    """Indexes in folders below ``folder``."""
    numbers = count()
    return Engine(
        name="local",
        create=lambda: LocalIndex.plan(folder / f"local{next(numbers)}", limits=limits),
        open=lambda location, create: open_index(location, create=create),
        failing=_truncated,
    )


@contextmanager
def _truncated(index: Index) -> Iterator[None]:
    """The index's largest file is cut in half, and what was read of it is let go of."""
    assert index.folder is not None
    file = max((index.folder / "segments").rglob("*"), key=lambda path: path.stat().st_size * path.is_file())
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    index.close()
    yield


def memory() -> Engine:
    """Indexes of this process, found again by location."""
    made: dict[str, Index] = {}
    numbers = count()

    def open_memory(location: str, create: bool) -> Index:
        if create:
            made.setdefault(location, MemoryIndex(location.removeprefix("memory://")))
        return made[location]

    return Engine(
        name="memory",
        create=lambda: open_memory(f"memory://{next(numbers)}", True),
        open=open_memory,
        failing=_out_of_memory,
    )


@contextmanager
def _out_of_memory(index: Index) -> Iterator[None]:
    with mock.patch.object(MemorySnapshot, "_passage", side_effect=MemoryError):
        yield


ENGINES = ("local", "memory")


def engine_of(name: str, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Engine:
    """The engine with a name; ``folder`` and ``limits`` are for the local one."""
    return local(folder, limits) if name == "local" else memory()
