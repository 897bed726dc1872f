"""What it costs to read files in a child process, as a share of an indexing run.

    python benchmarks/isolation.py SOURCE... [--rounds 5] [--runs 1] [--work DIR]

Reads all files of the sources in a child and in this process, by turns, and prints the shortest time of each. Then
indexes the sources with the bundled model, each way ``--runs`` times by turns, and prints the difference as a share of
the run. Caches of embeddings are new for every run.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from unittest import mock

from retriever import Retriever
from retriever.documents import IsolatedReader, ReadRequest
from retriever.errors import ReadError
from retriever.ingest.scan import scan
from retriever.ingest.sources import resolve_source


class LocalReader(IsolatedReader):
    """Reads everything in this process."""

    def __init__(self) -> None:
        super().__init__()
        self._unable = "not wanted here"


def read(make: Callable[[], IsolatedReader], requests: Sequence[ReadRequest]) -> tuple[float, int, int]:
    """The seconds of one reading, with the start of the child, and the documents and characters read."""
    began = time.perf_counter()
    documents = characters = 0
    with make() as files:
        for request, following in zip_longest(requests, requests[1:]):
            with suppress(ReadError):
                for document in files.read(request, report=lambda _: None, following=following):
                    documents += 1
                    characters += len(document.text)
    return time.perf_counter() - began, documents, characters


def index(make: Callable[[], IsolatedReader], sources: Sequence[str], work: Path | None) -> float:
    """The seconds of one indexing run."""
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        with (
            mock.patch("retriever.ingest.sync.IsolatedReader", make),
            Retriever.open(folder / "index", create=True) as retriever,
        ):
            return retriever.sync(*sources).seconds
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--rounds", type=int, default=5, help="readings each way")
    parser.add_argument("--runs", type=int, default=1, help="indexing runs each way")
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
    print(f"reading: {here:.2f} s here, {child:.2f} s in a child (shortest of {options.rounds}), {child - here:+.2f} s")
    runs: dict[str, list[float]] = {"here": [], "child": []}
    for _ in range(options.runs):
        runs["child"].append(index(IsolatedReader, options.sources, options.work))
        runs["here"].append(index(LocalReader, options.sources, options.work))
        print(f"indexing: {runs['here'][-1]:.1f} s here, {runs['child'][-1]:.1f} s with a child")
    if options.runs:
        whole = min(runs["here"])
        print(f"cost by reading alone: {(child - here) / whole:+.2%} of a run")
        print(f"cost by the runs: {min(runs['child']) / whole - 1:+.2%}")


if __name__ == "__main__":
    main()
