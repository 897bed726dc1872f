"""Flip a bit in a file of an index, or truncate it, and check that the damage is detected.

    python benchmarks/flips.py [--trials 600] [--seed 1]

Each trial copies an index with two generations, deletions, token vectors and an embedding cache, and either flips one
bit of one file or truncates the file at a random offset; the kinds of file take turns. `verify --deep` must report the
damage, and a process that opens the index and searches must end with a clear error or with correct results. Half of
the trials open the index like a large one, where only the sizes of files are compared. Then a search may succeed before
the background check ends, but the next search must be refused.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_encoder import FakeEncoder
from small_index import ask, paragraph, sync_index

from retriever.errors import IndexVersionError, StorageError
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.lock import WRITER_LOCK

QUESTIONS = ("ember1 fjord2 kelp", "heron4 inlet4", "watermark", "dune103")
DETECTED, MISSED, WRONG, HARMLESS = 0, 11, 12, 13

Answers: TypeAlias = "list[list[tuple[str, float, str]]]"


def build(folder: Path) -> Path:
    """Build the smallest index that has every kind of file."""
    docs, root = folder / "docs", folder / "index"
    docs.mkdir()
    for number in range(8):
        (docs / f"{number}.txt").write_text(f"Watermark. {paragraph(number)}")
    index = LocalIndex.create(root, limits=Limits(ivf_rows=8))
    sync_index(index, FakeEncoder(), docs, token_vectors=True)
    (docs / "3.txt").write_text(paragraph(103))
    (docs / "more.txt").write_text(paragraph(104))
    sync_index(index, FakeEncoder(), docs)
    index.close()
    return root


def answer(index: LocalIndex) -> Answers:
    """The hits of every question: id, score and text."""
    answers = [ask(index, FakeEncoder(), question, k=30) for question in QUESTIONS]
    return [[(hit.id, hit.score, hit.text) for hit in hits] for hits in answers]


def kind_of(path: Path) -> str:
    """The kind of file that results are grouped by."""
    if path.parent.name == "lexical":
        return f"lexical/{path.suffix or path.name}"
    return path.suffix if path.parent.name == "generations" else path.name


def damage(path: Path, generator: random.Random, *, truncate: bool) -> None:
    """Truncate the file at a random offset, or flip one bit of it."""
    data = bytearray(path.read_bytes())
    at = generator.randrange(len(data))
    if truncate:
        del data[at:]
    else:
        data[at] ^= 1 << generator.randrange(8)
    path.write_bytes(data)


def search(root: Path, expected: Answers, *, large: bool) -> int:
    """Open the index and search it. The outcome is DETECTED, WRONG or HARMLESS."""
    try:
        index = LocalIndex.open(root, limits=Limits(checked_bytes=0) if large else DEFAULT_LIMITS)
        answers = answer(index)
        if large:
            index._audit.wait()
            answers = answer(index)
    except StorageError as error:
        return DETECTED if error.hint else WRONG
    return HARMLESS if answers == expected else WRONG


def check(root: Path) -> int:
    """Verify the index. The outcome is DETECTED or MISSED."""
    try:
        return DETECTED if verify(root, deep=True) else MISSED
    except IndexVersionError:
        return DETECTED


def run_in_child(work: str, root: Path, expected: Answers) -> str:
    """Verify or search in a child process, and name the outcome."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = check(root) if work == "verify" else search(root, expected, large=work == "large")
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"CRASH {os.WTERMSIG(status)}"
    names = {DETECTED: "detected", MISSED: "MISSED", WRONG: "WRONG ANSWER", HARMLESS: "correct answer"}
    return names.get(os.WEXITSTATUS(status), "ERROR")


def answer_in_child(root: Path) -> Answers:
    """The answers of the intact index, from a child process: this one must not start threads before it forks."""
    path = root.parent / "expected.json"
    child = os.fork()
    if not child:
        path.write_text(json.dumps(answer(LocalIndex.open(root))))
        os._exit(0)
    os.waitpid(child, 0)
    return [[(key, score, text) for key, score, text in hits] for hits in json.loads(path.read_text())]


def run(folder: Path, trials: int, seed: int) -> dict[str, dict[str, int]]:
    """The number of trials with each outcome, by kind of file."""
    generator = random.Random(seed)
    child = os.fork()
    if not child:
        build(folder)
        os._exit(0)
    os.waitpid(child, 0)
    root = folder / "index"
    expected = answer_in_child(root)
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != WRITER_LOCK):
        kinds.setdefault(kind_of(path), []).append(path.relative_to(root))
    result: dict[str, Counter[str]] = {name: Counter() for name in sorted(kinds)}
    copy = folder / "copy"
    for number in range(trials):
        name = sorted(kinds)[number % len(kinds)]
        shutil.copytree(root, copy)
        damage(copy / generator.choice(kinds[name]), generator, truncate=number // len(kinds) % 4 == 3)
        size = "large" if number // len(kinds) % 2 else "small"
        result[name][f"verify: {run_in_child('verify', copy, expected)}"] += 1
        result[name][f"{size}: {run_in_child(size, copy, expected)}"] += 1
        shutil.rmtree(copy)
    return {name: dict(sorted(counts.items())) for name, counts in result.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-flips-"))
    try:
        results = run(folder, options.trials, options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(results, indent=2) + "\n")
    failures = [
        (name, outcome)
        for name, counts in results.items()
        for outcome in counts
        if outcome.split(": ")[1].isupper() or "CRASH" in outcome
    ]
    if failures:
        raise SystemExit(f"{failures}")


if __name__ == "__main__":
    main()
