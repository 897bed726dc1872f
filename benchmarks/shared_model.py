"""What six open indexes cost in memory beside one: a process indexes the example corpus once, another one six times.

Each number of indexes has a process of its own. It opens that many Retrievers, syncs each once, asks each a question,
and says how much memory it has resident while all are open. Linux only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "examples" / "corpus"
QUESTION = "加装电梯需要多少业主同意？"
MOST = 120
"""MB that the further indexes may cost together."""


def resident() -> float:
    """MB of this process that are in memory."""
    with open("/proc/self/status", encoding="utf-8") as file:
        line = next(line for line in file if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def measure(count: int, folder: Path, corpus: Path) -> float:
    """MB resident with so many indexes, each synced and searched once."""
    from retriever import Retriever

    retrievers = [Retriever.open(folder / str(number), create=True) for number in range(count)]
    for retriever in retrievers:
        retriever.sync(corpus)
        retriever.search(QUESTION)
    return resident()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--indexes", type=int, default=6)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="the documents that are indexed")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        with tempfile.TemporaryDirectory() as folder:
            print(measure(options.measure, Path(folder), options.corpus))
        return
    found = []
    for count in (1, options.indexes):
        command = [sys.executable, __file__, "--measure", str(count), "--corpus", str(options.corpus)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        found.append(float(done.stdout))
        print(f"{count} {'index' if count == 1 else 'indexes'}: {found[-1]:.0f} MB resident")
    more = found[1] - found[0]
    print(f"{options.indexes - 1} more cost {more:.0f} MB (at most {MOST})")
    sys.exit(more > MOST)


if __name__ == "__main__":
    main()
