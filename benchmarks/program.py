"""Documents of a program at scale: what adding, replacing and removing them costs in time and in memory.

    python benchmarks/program.py [--documents 50000] [--model] [--work DIR]

A generator gives documents of invented words, one passage each, to ``Retriever.add``; then the same ones again, then
those with every tenth changed. A folder is synced beside them, and at last all of them are removed. Memory is what the
process has resident, and in brackets that without files that are mapped, while the documents come, at each fifth of
them: it must not grow with their number. Vectors are derived from a hash of the text, so that only the engine is
measured; with ``--model`` the bundled model embeds. Linux only.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sync import Corpus, HashEncoder

from retriever import AddReport, Document, Retriever

# Documents in the folder beside them.
FILES = 20
# Every so many documents one is changed.
CHANGED = 10
WORDS = 60
# MB by which memory may differ between the first fifth of the documents and the last.
FLAT = 30
_WORDS = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("arn", "elm", "ider", "oss", "ulva", "yre")]

_T = TypeVar("_T")


class Memory:
    """The memory of this process as documents come; ``show`` prints it with the highest value since the last time."""

    def __init__(self, documents: int) -> None:
        self._step = max(1, documents // 5)
        self._seen: list[str] = []
        self.values: list[float] = []

    def watch(self, documents: Iterator[Document]) -> Iterator[Document]:
        """The documents, with memory noted at each fifth of them."""
        for number, document in enumerate(documents, 1):
            yield document
            if number % self._step == 0:
                self.values.append(_read("RssAnon"))
                self._seen.append(f"{number:,}: {_read('VmRSS'):.0f} ({self.values[-1]:.0f})")

    def show(self) -> None:
        if self._seen:
            print(f"  MB at {', '.join(self._seen)}")
        print(f"  MB at the end {_read('VmRSS'):.0f} ({_read('RssAnon'):.0f}), at most {_read('VmHWM'):.0f}")
        self._seen, self.values = [], []
        # The highest value is counted anew from here.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def documents(count: int, changed: bool = False) -> Iterator[Document]:
    """Documents, made as they are asked for; with ``changed`` every tenth has another text."""
    for number in range(count):
        edition = int(changed and number % CHANGED == 0)
        chosen = random.Random(2 * number + edition).choices(_WORDS, k=WORDS)
        text = " ".join(" ".join(chosen[at : at + 12]).capitalize() + "." for at in range(0, WORDS, 12))
        metadata = {"number": number, "team": _WORDS[number % 7]}
        yield Document(f"entry-{number}", text=text, title=f"Entry {number}", metadata=metadata)


def measure(folder: Path, count: int, model: HashEncoder | str) -> bool:
    """Print the figures; whether memory stayed flat and every count was right."""
    memory = Memory(count)
    corpus = Corpus(folder / "docs", FILES)
    changed = len(range(0, count, CHANGED))
    right = []
    with Retriever.open(folder / "index", create=True, model=model) as retriever:

        def add(name: str, changed: bool, expected: tuple[int, int, int]) -> None:
            report = _timed(name, lambda: retriever.add(memory.watch(documents(count, changed))))
            print(f"  {_format_report(report)}")
            right.append((report.added, report.replaced, report.unchanged) == expected)
            right.append(memory.values[-1] - memory.values[0] < FLAT)
            memory.show()

        retriever.add(documents(100))
        retriever.remove(where="number >= 0")
        print("Ready")
        memory.show()
        add(f"{count:,} documents added", False, (count, 0, 0))
        add("the same again", False, (0, 0, count))
        synced = _timed("a folder synced beside them", lambda: retriever.sync(corpus.files[0].parents[1]))
        right.append((synced.added, synced.removed, synced.documents) == (FILES, 0, count + FILES))
        memory.show()
        add(f"{changed:,} of them changed", True, (0, changed, count - changed))
        corpus.edit()
        synced = _timed(
            "the folder synced again, pruned", lambda: retriever.sync(corpus.files[0].parents[1], prune=True)
        )
        right.append((synced.changed, synced.documents) == (1, count + FILES))
        memory.show()
        added = _timed("one document added", lambda: retriever.add([Document("one more", text="One more entry.")]))
        right.append(added.added == 1)
        memory.show()
        removed = _timed("one document removed", lambda: retriever.remove("one more"))
        right.append(removed.removed == 1)
        memory.show()
        removed = _timed("all removed", lambda: retriever.remove(where="number >= 0"))
        right.append((removed.removed, removed.documents) == (count, FILES))
        memory.show()
    return all(right)


def _timed(name: str, action: Callable[[], _T]) -> _T:
    began = time.perf_counter()
    result = action()
    print(f"{name}: {time.perf_counter() - began:.2f} s")
    return result


def _format_report(report: AddReport) -> str:
    counts = f"added {report.added:,}, replaced {report.replaced:,}, unchanged {report.unchanged:,}"
    return f"{counts}; embedded {report.embedded:,}, reused {report.reused:,}"


def _read(name: str) -> float:
    """A field of /proc/self/status in MB."""
    with open("/proc/self/status", encoding="utf-8") as file:
        line = next(line for line in file if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--model", action="store_true", help="embed with the bundled model")
    parser.add_argument("--work", type=Path, help="folder for the index")
    options = parser.parse_args()
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=options.work))
    try:
        if not measure(folder, options.documents, "bundled" if options.model else HashEncoder()):
            raise SystemExit("memory grew, or a count was wrong")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
