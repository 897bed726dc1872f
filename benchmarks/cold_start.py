"""A question at the command line in a new process, against importing the engines that it uses.

    python benchmarks/cold_start.py [--rounds 11]

Indexes the example corpus, then alternates: ``python -c "import numpy, faiss, onnxruntime"``, ``retriever search`` with
defaults, with --no-rerank, in lexical mode and while a server runs that it asks, and ``retriever --version``. Prints
medians of wall and processor time with their ratio to the imports. Files have been read before, and Python's compiled
modules are there.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "examples" / "corpus"
QUESTION = "怎样给老旧小区装电梯？"
SERVED = "search, a server asked"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    # Where a shell says that Python is to write no compiled modules, every start would compile all of them.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = [sys.executable, "-m", "retriever_cli"]
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        subprocess.run([*program, "index", str(CORPUS), "--index", index, "--quiet"], check=True, env=environment)
        search = [*program, "search", QUESTION, "--index", index]
        commands = {
            "the imports alone": [sys.executable, "-c", "import numpy, faiss, onnxruntime"],
            "search": search,
            "search --no-rerank": [*search, "--no-rerank"],
            "search --mode lexical": [*search, "--mode", "lexical"],
            SERVED: search,
            "--version": [*program, "--version"],
        }
        walls: dict[str, list[float]] = {name: [] for name in commands}
        processors: dict[str, list[float]] = {name: [] for name in commands}
        # A server announces itself in the user's state; here only one of the commands looks there.
        served = {**environment, "XDG_STATE_HOME": folder}
        with run_server([*program, "serve", "--port", "0", "--index", index], served):
            for number in range(options.rounds + 1):
                for name, command in commands.items():
                    wall, processor = time_process(command, served if name == SERVED else environment)
                    if number:  # the first round reads files and compiles modules
                        walls[name].append(wall)
                        processors[name].append(processor)
    base_wall, base_processor = (statistics.median(times["the imports alone"]) for times in (walls, processors))
    for name in commands:
        wall, processor = statistics.median(walls[name]), statistics.median(processors[name])
        print(
            f"| {name:22} | {1000 * wall:5.0f} ms | {wall / base_wall:4.2f} | "
            f"{1000 * processor:5.0f} ms of processor time | {processor / base_processor:4.2f} |"
        )


@contextmanager
def run_server(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A server that has loaded what searches need."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as server:
        assert server.stderr
        while b'"warm"' not in server.stderr.readline():
            assert server.poll() is None, "the server did not start"
        yield
        server.terminate()


def time_process(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of wall and of processor time that a process takes from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
