"""Kill a writer, or have the disk fail it, again and again, while a reader searches all the while.

    python benchmarks/kills.py [--kills 200] [--failures 100] [--seed 1]

A process syncs a folder that changes before every run. It is killed with SIGKILL at a random moment and at every
marked instant of a commit, or its writes fail: no space at a marked instant, fsync with an input/output error, files
that may not grow beyond a random size. After each, `verify --deep` must find nothing, and the index must hold the
documents of the last run that finished or of this one. Another process searches all the while; a set of documents
changes together, so an answer that mixes generations shows. In the end the index must answer as one that was never
disturbed. Texts that were embedded are counted: a kill may cost the batch that it hits, and no more.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_encoder import FakeEncoder
from small_index import ask, bring, paragraph

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
    """Says through a pipe which texts it was given; slow enough for a kill to hit it."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = super().encode_passages(texts)
        time.sleep(0.05)
        os.write(self._pipe, "".join(f"{hash_of(text)}\n" for text in texts).encode())
        return vectors


def hash_of(text: str) -> str:
    return durable.digest_bytes(text.encode())


def apart(work: Callable[[], int]) -> int:
    """Do it in a process of its own, whose number is returned. What it raises ends that process with 3."""
    child = os.fork()
    if not child:
        code = 3
        try:
            code = work()
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return child


@dataclass
class Trial:
    """The folder, the index, and what became of every attempt."""

    folder: Path
    chance: random.Random
    round: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    embedded: Counter[str] = field(default_factory=Counter)
    # The documents of the last run that is in the index, and which round it was of.
    held: list[str] = field(default_factory=list)
    held_round: int = 0

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def change(self) -> None:
        """Edit, add and delete files; some change together in every round."""
        self.round += 1
        for number in range(TOGETHER):
            text = f"Watermark round{self.round}. {paragraph(number)}"
            (self.docs / f"together{number}.txt").write_text(text)
        for number in self.chance.sample(range(FILES), 5):
            path = self.docs / f"{number}.txt"
            if path.exists() and self.chance.random() < 0.3:
                path.unlink()
            else:
                parts = [paragraph(self.chance.randrange(10_000)) for _ in range(self.chance.randint(1, 6))]
                path.write_text("\n\n".join(parts))

    def attempt(self, hinder: Callable[[], None], delay: float | None = None) -> str:
        """Sync in a process of its own that ``hinder`` prepares; kill it after ``delay`` seconds."""
        started = time.perf_counter()
        reading, writing = os.pipe()
        child = apart(lambda: self._sync(hinder, writing))
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

    def _sync(self, hinder: Callable[[], None], pipe: int) -> int:
        try:
            hinder()
            bring(LocalIndex.create(self.index), CountingEncoder(pipe), self.docs)
        except IndexWriteError:
            return 1
        return 0

    def check(self, *, finished: bool) -> None:
        """In a process of its own: the index is whole, and what it holds is one of the last two states, the last one
        after a run that ``finished``."""
        now = sorted(path.name for path in self.docs.iterdir())
        reading, writing = os.pipe()
        child = apart(lambda: self._checked(now, writing))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            committed = pipe.read() == "now"
        if os.waitpid(child, 0)[1] or (finished and not committed):
            raise SystemExit(f"round {self.round}: the index is not as it was before or after")
        if committed:
            self.held, self.held_round = now, self.round

    def _checked(self, now: list[str], pipe: int) -> int:
        if problems := verify(self.index, deep=True):
            sys.stderr.write(f"{problems}\n")
            return 1
        snapshot = LocalIndex.open(self.index).snapshot()
        rounds = _watermarks(LocalIndex.open(self.index))
        held = sorted(Path(document.source).name for _, document in snapshot.documents())
        if (held, rounds) == (now, [f"round{self.round}"] * TOGETHER):
            os.write(pipe, b"now")
            return 0
        return 0 if (held, rounds) == (self.held, [f"round{self.held_round}"] * TOGETHER) else 1


def _watermarks(index: LocalIndex) -> list[str]:
    """The round that each of the documents that change together says it is of."""
    hits = ask(index, FakeEncoder(), "watermark", k=3 * TOGETHER, mode="lexical")
    return [word for hit in hits for word in hit.text.replace(".", " ").split() if word.startswith("round")]


def read(root: Path, until: Path) -> int:
    """Search until a file appears; the number of searches, or -1 where an answer was not of one generation."""
    index = LocalIndex.open(root)
    searches = last = 0
    while not until.exists():
        rounds = _watermarks(index)
        if len(set(rounds)) > 1 or len(rounds) != TOGETHER or int(rounds[0][5:]) < last:
            sys.stderr.write(f"an answer of several generations: {rounds} after {last}\n")
            return -1
        last = int(rounds[0][5:])
        searches += 1
    return searches


def start_reader(trial: Trial) -> int:
    def work() -> int:
        found = read(trial.index, trial.folder / "stop")
        (trial.folder / "searches").write_text(str(found))
        return 0 if found > 0 else 1

    return apart(work)


def stop_at(number: int, action: Callable[[str], None]) -> Callable[[], None]:
    """Do something at the so-manieth marked instant."""

    def hinder() -> None:
        seen = 0

        def checkpoint(name: str) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                action(name)

        durable.checkpoint = checkpoint

    return hinder


def fail_fsync(number: int) -> Callable[[], None]:
    def hinder() -> None:
        real, left = os.fsync, number

        def fsync(handle: int) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(handle)

        os.fsync = fsync  # type: ignore[assignment]

    return hinder


def limit_files(size: int) -> Callable[[], None]:
    """No file may grow beyond ``size`` bytes: whatever writes it, is refused."""

    def hinder() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return hinder


def kill_self(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_space(name: str) -> None:
    """As the call beside the marked instant would fail; what cannot be removed while collecting stays."""
    with nullcontext() if name.startswith("collect") else durable.writing(Path(name)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def answers(root: Path) -> list[list[tuple[str, float]]]:
    index = LocalIndex.open(root)
    return [[(hit.id, hit.score) for hit in ask(index, FakeEncoder(), question, k=30)] for question in QUESTIONS]


def run(kills: int, failures: int, seed: int, folder: Path) -> dict[str, object]:
    trial = Trial(folder, random.Random(seed))
    trial.docs.mkdir()
    trial.change()
    started = time.perf_counter()
    if trial.attempt(lambda: None) != "finished":
        raise SystemExit("the first sync did not finish")
    trial.check(finished=True)
    usual = time.perf_counter() - started
    reader = start_reader(trial)
    instants = 20
    plan: list[tuple[str, Callable[[], None], float | None]] = []
    for number in range(kills):
        if number % 2:
            plan.append(("at an instant", stop_at(1 + number // 2 % instants, kill_self), None))
        else:
            plan.append(("at random", lambda: None, trial.chance.uniform(0.0, 1.2 * usual)))
    for number in range(failures):
        kind = number % 3
        if kind == 0:
            plan.append(("no space", stop_at(1 + number // 3 % instants, no_space), None))
        elif kind == 1:
            plan.append(("fsync fails", fail_fsync(1 + number // 3 % instants), None))
        else:
            plan.append(("writes fail", limit_files(trial.chance.randrange(0, 40_000)), None))
    for name, hinder, delay in plan:
        trial.change()
        outcome = trial.attempt(hinder, delay)
        trial.outcomes[f"{name}: {outcome}"] += 1
        trial.check(finished=outcome == "finished")
    if trial.attempt(lambda: None) != "finished":
        raise SystemExit("the last sync did not finish")
    trial.check(finished=True)
    (folder / "stop").touch()
    _, status = os.waitpid(reader, 0)
    bring(LocalIndex.create(folder / "fresh"), FakeEncoder(), trial.docs)
    again = sum(count - 1 for count in trial.embedded.values())
    killed = sum(count for name, count in trial.outcomes.items() if name.endswith("killed"))
    equal = answers(trial.index) == answers(folder / "fresh")
    return {
        "outcomes": dict(sorted(trial.outcomes.items())),
        "seconds of an undisturbed sync": round(usual, 2),
        "searches of the reader": int((folder / "searches").read_text()),
        "reader without an error": status == 0,
        "equal to an undisturbed index": equal,
        "texts embedded": sum(trial.embedded.values()),
        "of these again": again,
        "again per kill": round(again / max(1, killed), 2),
        "at most per kill": BATCH_SIZE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--failures", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-kills-"))
    try:
        found = run(options.kills, options.failures, options.seed, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    if not (found["reader without an error"] and found["equal to an undisturbed index"]):
        raise SystemExit(1)
    if float(str(found["again per kill"])) > BATCH_SIZE:
        raise SystemExit("embedding work that was finished was done again")


if __name__ == "__main__":
    main()
