"""What it costs to read files in a child process, as a share of an indexing run.

    python benchmarks/isolation.py SOURCE... [--rounds 5] [--runs 1] [--warm-runs 0] [--work DIR]

Reads all files of the sources in a child and in this process, by turns, and prints the least time of each, by the
processor: others may use the machine. Then indexes the sources with the bundled model, each way ``--runs`` times by
turns, with a new cache of embeddings for every run, and ``--warm-runs`` times into an index that has all of them
already. It prints the difference as a share of the shortest run, by the clock and by the time of the processor, in
which that of the child is. It fails if both ways do not index the same: a child that reads nothing may seem cheap or
dear.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from retriever import Retriever
from retriever.documents import IsolatedReader, ReadRequest
from retriever.documents.interface import PageStore
from retriever.errors import ReadError
from retriever.ingest.scan import scan
from retriever.ingest.sources import resolve_source


class LocalReader(IsolatedReader):
    """Reads everything in this process."""

    def __init__(self, pages: PageStore | None = None) -> None:
        super().__init__(pages)
        self._unable = "not wanted here"


def read(make: Callable[[], IsolatedReader], requests: Sequence[ReadRequest]) -> tuple[float, int, int]:
    """Seconds of the processor of one reading, with the start of the child, and the documents and characters read."""
    began = sum(os.times()[:4])
    documents = characters = 0
    with make() as files:
        for request, following in zip_longest(requests, requests[1:]):
            with suppress(ReadError):
                for document in files.read(request, report=lambda _: None, following=following):
                    documents += 1
                    characters += len(document.text)
    return sum(os.times()[:4]) - began, documents, characters


class Run(NamedTuple):
    """An indexing run: its seconds, its seconds of the processor, and what it ``gave``, which is alike for all runs."""

    seconds: float
    cpu: float
    gave: tuple[object, ...]


def index(make: type[IsolatedReader], sources: Sequence[str], folder: Path) -> Run:
    """One indexing run, which drops what the index in ``folder`` has.

    Embeddings in the cache of that index are used again.
    """
    with (
        mock.patch("retriever.ingest.sync.IsolatedReader", make),
        Retriever.open(folder / "index", create=True) as retriever,
    ):
        before = sum(os.times()[:4])
        report = retriever.sync(*sources, rebuild=(folder / "index" / "CURRENT").exists())
        gave = (report.documents, report.passages, report.skipped)
        return Run(report.seconds, sum(os.times()[:4]) - before, gave)


def compare(name: str, runs: int, sources: Sequence[str], folder: Callable[[], Path]) -> None:
    """Index by turns, each way ``runs`` times, in what ``folder`` gives, and print what the child costs."""
    times: dict[type[IsolatedReader], list[Run]] = {LocalReader: [], IsolatedReader: []}
    for number in range(runs):
        # Whichever is second may profit by what the first has warmed up.
        for make in list(times)[:: 1 if number % 2 else -1]:
            times[make].append(index(make, sources, folder()))
        here, child = (times[make][-1] for make in times)
        assert child.gave == here.gave, "both ways index the same"
        print(
            f"{name}: {here.seconds:.2f} s ({here.cpu:.2f} s of CPU) here, "
            f"{child.seconds:.2f} s ({child.cpu:.2f}) with a child"
        )
    for at, what in enumerate(("by the clock", "of CPU")):
        alone, both = (min((run.seconds, run.cpu)[at] for run in times[make]) for make in times)
        print(f"{name}, shortest of {runs} {what}: {alone:.2f} s, {both:.2f} s with a child, {both / alone - 1:+.2%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--rounds", type=int, default=5, help="readings each way")
    parser.add_argument("--runs", type=int, default=1, help="indexing runs each way, with nothing in the cache")
    parser.add_argument("--warm-runs", type=int, default=0, help="indexing runs each way, with all embeddings there")
    parser.add_argument("--work", type=Path, help="folder for temporary indexes")
    options = parser.parse_args()
    scanned = scan([resolve_source(source) for source in options.sources])
    requests = [ReadRequest(file.path, file.source) for file in scanned.files]
    kinds = Counter(Path(file.source).suffix for file in scanned.files)
    print(f"{len(requests)} files: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}")
    times: dict[str, list[float]] = {"here": [], "child": []}
    for _ in range(options.rounds):
        here, *expected = read(LocalReader, requests)
        child, *found = read(IsolatedReader, requests)
        assert found == expected, "both ways read the same"
        times["here"].append(here)
        times["child"].append(child)
    here, child = min(times["here"]), min(times["child"])
    print(f"reading: {here:.2f} s here, {child:.2f} s in a child (least of {options.rounds}), {child - here:+.2f} s")
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        warm = Path(work) / "warm"

        def empty() -> Path:
            shutil.rmtree(Path(work) / "cold", ignore_errors=True)
            return Path(work) / "cold"

        if options.runs:
            compare("indexing, nothing in the cache", options.runs, options.sources, empty)
        if options.warm_runs:
            index(IsolatedReader, options.sources, warm)
            compare("indexing, all in the cache", options.warm_runs, options.sources, lambda: warm)


if __name__ == "__main__":
    main()
