"""Kill a writer, or make its writes fail, again and again, while a reader searches.

    python benchmarks/kills.py [--kills 200] [--failures 100] [--seed 1]

A child process syncs a folder that changes before every run. It is killed with SIGKILL, at random times and at every
checkpoint of a commit, or its writes fail: no space at a checkpoint, an I/O error from fsync, a limit on the size of
files. After each run `verify --deep` must find nothing, and the index must contain the documents of this run or of the
last one that was committed. Another process searches throughout. Some documents always change together, so that an
answer that mixes generations is detected. At the end the index must give the same answers as one that was built
without interruption. Embedded texts are counted: a kill may cost the batch in progress, and no more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_encoder import FakeEncoder
from sabotage import fail_fsync, fail_with_no_space, kill_self, limit_files, stop_at
from small_index import ask, paragraph, sync_index

from retriever.errors import IndexWriteError
from retriever.index.files import durable
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.models.embedding_model import BATCH_SIZE

if TYPE_CHECKING:
    from retriever.types import Vectors

TOGETHER = 6
FILES = 30
QUESTIONS = ("ember1 fjord2 kelp", "heron4 inlet4", "watermark")


class CountingEncoder(FakeEncoder):
    """Reports the texts it embeds through a pipe, and is slow enough to be killed."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = super().encode_passages(texts)
        time.sleep(0.05)
        os.write(self._pipe, "".join(f"{hash_text(text)}\n" for text in texts).encode())
        return vectors


def hash_text(text: str) -> str:
    """The name of a text in reports through the pipe."""
    return durable.digest_bytes(text.encode())


def fork(work: Callable[[], int]) -> int:
    """Run ``work`` in a child process, whose id is returned. An exception ends it with exit code 3."""
    child = os.fork()
    if not child:
        code = 3
        try:
            code = work()
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return child


@dataclass(frozen=True)
class Run:
    """A run to sabotage: its kind, what to do in the child process, and the seconds after which to kill it."""

    name: str
    sabotage: Callable[[], None]
    delay: float | None = None


@dataclass
class Trial:
    """The folder, the index, and the outcome of every run."""

    folder: Path
    generator: random.Random
    round: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    embedded: Counter[str] = field(default_factory=Counter)
    # The documents of the last committed run, and its round.
    committed: list[str] = field(default_factory=list)
    committed_round: int = 0

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def change(self) -> None:
        """Edit, add and delete files; some files change together in every round."""
        self.round += 1
        for number in range(TOGETHER):
            text = f"Watermark round{self.round}. {paragraph(number)}"
            (self.docs / f"together{number}.txt").write_text(text)
        for number in self.generator.sample(range(FILES), 5):
            path = self.docs / f"{number}.txt"
            if path.exists() and self.generator.random() < 0.3:
                path.unlink()
            else:
                parts = [paragraph(self.generator.randrange(10_000)) for _ in range(self.generator.randint(1, 6))]
                path.write_text("\n\n".join(parts))

    def attempt(self, sabotage: Callable[[], None], delay: float | None = None) -> str:
        """Sync in a child process after calling ``sabotage`` there; kill it after ``delay`` seconds."""
        started = time.perf_counter()
        reading, writing = os.pipe()
        child = fork(lambda: self._sync(sabotage, writing))
        os.close(writing)
        if delay is not None:
            time.sleep(max(0.0, delay - (time.perf_counter() - started)))
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as pipe:
            self.embedded.update(pipe.read().split())
        _, status = os.waitpid(child, 0)
        return (
            "killed" if os.WIFSIGNALED(status) else {0: "finished", 1: "refused"}.get(os.WEXITSTATUS(status), "ERROR")
        )

    def _sync(self, sabotage: Callable[[], None], pipe: int) -> int:
        try:
            sabotage()
            sync_index(LocalIndex.create(self.index), CountingEncoder(pipe), self.docs)
        except IndexWriteError:
            return 1
        return 0

    def check(self, *, finished: bool) -> None:
        """Check in a child process that the index is intact and in one of the last two states.

        After a run that ``finished`` it must be in the last one.
        """
        now = sorted(path.name for path in self.docs.iterdir())
        reading, writing = os.pipe()
        child = fork(lambda: self._check(now, writing))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            is_committed = pipe.read() == "now"
        if os.waitpid(child, 0)[1] or (finished and not is_committed):
            raise SystemExit(f"round {self.round}: the index is in neither the old nor the new state")
        if is_committed:
            self.committed, self.committed_round = now, self.round

    def _check(self, now: list[str], pipe: int) -> int:
        if problems := verify(self.index, deep=True):
            sys.stderr.write(f"{problems}\n")
            return 1
        snapshot = LocalIndex.open(self.index).snapshot()
        rounds = _watermarks(LocalIndex.open(self.index))
        documents = sorted(Path(document.source).name for document in snapshot.stored_documents())
        if (documents, rounds) == (now, [f"round{self.round}"] * TOGETHER):
            os.write(pipe, b"now")
            return 0
        before = (self.committed, [f"round{self.committed_round}"] * TOGETHER)
        return 0 if (documents, rounds) == before else 1


def _watermarks(index: LocalIndex) -> list[str]:
    """The round written in each of the documents that change together."""
    hits = ask(index, FakeEncoder(), "watermark", k=3 * TOGETHER, mode="lexical")
    return [word for hit in hits for word in hit.text.replace(".", " ").split() if word.startswith("round")]


def read(root: Path, until: Path) -> int:
    """Search until the file ``until`` appears. The number of searches, or -1 if an answer mixed generations."""
    index = LocalIndex.open(root)
    searches = last = 0
    while not until.exists():
        rounds = _watermarks(index)
        if len(set(rounds)) > 1 or len(rounds) != TOGETHER or int(rounds[0][5:]) < last:
            sys.stderr.write(f"the answer mixes generations: {rounds} after {last}\n")
            return -1
        last = int(rounds[0][5:])
        searches += 1
    return searches


def start_reader(trial: Trial) -> int:
    """Start the reader process, whose id is returned."""

    def work() -> int:
        searches = read(trial.index, trial.folder / "stop")
        (trial.folder / "searches").write_text(str(searches))
        return 0 if searches > 0 else 1

    return fork(work)


def answer(root: Path) -> list[list[tuple[str, float]]]:
    """The hits of every question: id and score."""
    index = LocalIndex.open(root)
    return [[(hit.id, hit.score) for hit in ask(index, FakeEncoder(), question, k=30)] for question in QUESTIONS]


def plan_runs(kills: int, failures: int, usual: float, generator: random.Random) -> list[Run]:
    """The runs of the benchmark: kills at checkpoints and at random times, then the kinds of failing writes in turn."""
    checkpoints = 20
    runs: list[Run] = []
    for number in range(kills):
        if number % 2:
            runs.append(Run("killed at a checkpoint", stop_at(1 + number // 2 % checkpoints, kill_self)))
        else:
            runs.append(Run("killed at random", lambda: None, generator.uniform(0.0, 1.2 * usual)))
    for number in range(failures):
        at = 1 + number // 3 % checkpoints
        if number % 3 == 0:
            runs.append(Run("no space", stop_at(at, fail_with_no_space)))
        elif number % 3 == 1:
            runs.append(Run("fsync fails", fail_fsync(at)))
        else:
            runs.append(Run("writes fail", limit_files(generator.randrange(0, 40_000))))
    return runs


def sync_undisturbed(trial: Trial) -> None:
    """Sync without sabotage, and check the index."""
    if trial.attempt(lambda: None) != "finished":
        raise SystemExit(f"round {trial.round}: a sync without sabotage did not finish")
    trial.check(finished=True)


def run(kills: int, failures: int, seed: int, folder: Path) -> dict[str, object]:
    """Run the benchmark in ``folder``; the figures by name."""
    trial = Trial(folder, random.Random(seed))
    trial.docs.mkdir()
    trial.change()
    started = time.perf_counter()
    sync_undisturbed(trial)
    usual = time.perf_counter() - started
    reader = start_reader(trial)
    for planned in plan_runs(kills, failures, usual, trial.generator):
        trial.change()
        outcome = trial.attempt(planned.sabotage, planned.delay)
        trial.outcomes[f"{planned.name}: {outcome}"] += 1
        trial.check(finished=outcome == "finished")
    sync_undisturbed(trial)
    (folder / "stop").touch()
    _, status = os.waitpid(reader, 0)
    sync_index(LocalIndex.create(folder / "fresh"), FakeEncoder(), trial.docs)
    again = sum(count - 1 for count in trial.embedded.values())
    killed = sum(count for name, count in trial.outcomes.items() if name.endswith(": killed"))
    equal = answer(trial.index) == answer(folder / "fresh")
    return {
        "outcomes": dict(sorted(trial.outcomes.items())),
        "seconds of an undisturbed sync": round(usual, 2),
        "searches of the reader": int((folder / "searches").read_text()),
        "reader without an error": status == 0,
        "equal to an undisturbed index": equal,
        "texts embedded": sum(trial.embedded.values()),
        "embedded again": again,
        "embedded again per kill": round(again / max(1, killed), 2),
        "limit per kill": BATCH_SIZE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--failures", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-kills-"))
    try:
        results = run(options.kills, options.failures, options.seed, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(results, indent=2) + "\n")
    if not (results["reader without an error"] and results["equal to an undisturbed index"]):
        raise SystemExit(1)
    if float(str(results["embedded again per kill"])) > BATCH_SIZE:
        raise SystemExit("a kill cost more than the batch in progress: finished texts were embedded again")


if __name__ == "__main__":
    main()
