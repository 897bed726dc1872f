"""Uses hostile folders, in a process of its own with limits of memory and time, and tells what happened otherwise.

It is started with the folder to work in, and ``some`` or ``all`` of the variants; of all, with the first and the step
to the next. What is told is a line of JSON for each variant, and another for each that ended in anything but an error
for the user or an answer, or that changed the victim's folder.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hostile_files import files
from hostile_kit import LIMITS, Variant, make_additions, make_vectors, take_stock
from hostile_places import manifests, places
from index_corpus import SETTINGS

from retriever.errors import ModelError, RetrieverError
from retriever.filters import Filter
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.cache.view import CacheView
from retriever.index.interface import Changes
from retriever.index.local.history import list_generations
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.maintenance import compact_index, export_index, import_index
from retriever.maintenance.repair import repair

GIGABYTE = 1 << 30
SECONDS = 10
# Seconds by the clock after which a use counts as waiting for ever: of some, and of all, beside which others may work.
PATIENCE, MORE_PATIENCE = 60, 300
ALL = [*places(), *manifests(), *files()]
# Strides that no list repeats itself in: every kind of thing, every place and every field of a manifest is among them.
SOME = [*places()[::5], *manifests()[::10], *files()[::7]]
QUERY = make_vectors(1, 7)[0]


def search(root: Path) -> None:
    index = LocalIndex.open(root)
    try:
        with index.reading() as snapshot:
            found = snapshot.dense(QUERY, 10)
            more = snapshot.lexical({"tea": 1.0, "text": 2.0, "7": 1.0}, 10)
            snapshot.term_statistics(["tea", "7", "none"])
            refs = [*found.refs.tolist(), *more.refs.tolist()]
            stored = snapshot.fetch(refs, vectors=True, tokens=True)
            snapshot.around(refs, 2)
            snapshot.find([one.id for one in stored])
            snapshot.find_documents([one.document.id for one in stored[:3]])
            snapshot.statistics()
            snapshot.select(Filter.parse("page >= 2 AND language = en OR heading = chapter"))
    finally:
        index.close()


def check(root: Path) -> None:
    verify(root, deep=False)
    verify(root, deep=True)
    list_generations(root)


def add(root: Path) -> None:
    index = LocalIndex.create(root, limits=LIMITS)
    settings = index.last_settings() or SETTINGS
    try:
        with index.writing():
            view = CacheView(root / CACHE)
            view.file_states()
            cache = EmbeddingCache(root / CACHE)
            try:
                cache.file_states()
                cache.get("model", [bytes([number]) * 16 for number in range(20)])
                cache.put("model", [b"new"], QUERY[None])
            finally:
                cache.close()
            index.commit(Changes(["doc0020"], make_additions(400, 10), settings))
    finally:
        index.close()


def rebuild(root: Path) -> None:
    index = LocalIndex.create(root, limits=LIMITS)
    index.commit(Changes([], make_additions(0, 20), SETTINGS), replace=True)
    index.close()
    search(root)


def mend(root: Path) -> None:
    def refuse(name: str) -> Any:
        raise ModelError(f"no model {name}")

    repair(root, refuse, 0.0)


def compact(root: Path) -> None:
    compact_index(root)


def move(root: Path) -> None:
    out = root.with_name(f"{root.name}.jsonl")
    export_index(root, out, overwrite=True)
    import_index(root.with_name(f"{root.name}-again"), out)


READING: list[Callable[[Path], None]] = [search, check, move]
WRITING: list[Callable[[Path], None]] = [add, rebuild, compact, mend]
# Of some, each is read in all ways, and written in one or two, in turn.
TURNS: list[list[Callable[[Path], None]]] = [[add, mend], [rebuild], [compact]]


def run(operation: Callable[[Path], None], root: Path, connections: list[str], patience: int) -> str:
    """What was wrong with one use of a folder; empty for an answer and for an error with a hint."""
    begun = time.process_time()
    signal.alarm(patience)  # A wait ends the process.
    fault = ""
    try:
        operation(root)
    except RetrieverError as error:
        fault = "" if error.hint or isinstance(error, ModelError) else f"no hint: {error}"
    except BaseException:
        fault = traceback.format_exc()[-1500:]
    finally:
        signal.alarm(0)
    if time.process_time() - begun > SECONDS:
        fault += f" took {time.process_time() - begun:.0f} s of the processor"
    if connections:
        fault += f" opened {connections}"
        connections.clear()
    return fault


def use(
    variant: Variant, work: Path, connections: list[str], writing: Sequence[Callable[[Path], None]], patience: int
) -> list[str]:
    """What was wrong with the uses of one hostile folder."""
    faults = []
    victim = work / "victim"
    for number, operation in enumerate([*READING, *writing]):
        root = work / f"index{number}"
        if operation in READING:
            root = work / "index0"  # What only reads shares a folder.
        if not root.exists():
            shutil.copytree(work / "base", root)
            variant.apply(root, victim)
            before = take_stock(victim)
        fault = run(operation, root, connections, patience)
        if take_stock(victim) != before:
            fault += " changed the victim"
        if fault:
            faults.append(f"{operation.__name__}: {fault}")
    for path in work.glob("index*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(victim)
    shutil.copytree(work / "kept", victim)
    return faults


def main() -> None:
    work, every = Path(sys.argv[1]), sys.argv[2] == "all"
    chosen = ALL[int(sys.argv[3]) :: int(sys.argv[4])] if every else SOME
    search(work / "base")  # Libraries are loaded before memory is limited: their code counts as well.
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + GIGABYTE, size + GIGABYTE))
    connections: list[str] = []

    def watch(event: str, values: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
            connections.append(f"{event} {values}")

    sys.addaudithook(watch)
    os.fsync = lambda fd: None  # No test cuts the power.
    for number, variant in enumerate(chosen):
        print(json.dumps([variant.name, None]), flush=True)
        writing = WRITING if every else TURNS[number % len(TURNS)]
        if faults := use(variant, work, connections, writing, MORE_PATIENCE if every else PATIENCE):
            print(json.dumps([variant.name, faults]), flush=True)
    print(json.dumps(["done", len(chosen)]), flush=True)


if __name__ == "__main__":
    main()
