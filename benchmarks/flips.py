"""Flip a byte, or cut a file off, and see who notices.

    python benchmarks/flips.py [--trials 600] [--seed 1]

In a copy of an index with two generations, deletions, token vectors and an embedding cache, one byte of one file is
altered, or the file is cut off at a random place: every kind of file in turn. `verify --deep` has to find it, and a
process that opens the index and searches has to end with a clear error or with the right answer. Half of the trials
open it as a large index is opened, with nothing but the sizes of files compared: then an answer may be given before
the check in the background ends, and the search after that has to be refused.
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

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_encoder import FakeEncoder
from small_index import ask, bring, paragraph

from retriever.errors import IndexVersionError, StorageError
from retriever.index.local import index as index_module
from retriever.index.local import segment
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.index.local.lock import WRITER_LOCK

QUESTIONS = ("ember1 fjord2 kelp", "heron4 inlet4", "watermark", "dune103")
FOUND, MISSED, WRONG, HARMLESS = 0, 11, 12, 13


def build(folder: Path) -> Path:
    """The index that is damaged: the smallest that has every kind of file."""
    docs, root = folder / "docs", folder / "index"
    docs.mkdir()
    segment.APPROXIMATE = 8
    for number in range(8):
        (docs / f"{number}.txt").write_text(f"Watermark. {paragraph(number)}")
    index = LocalIndex.create(root)
    bring(index, FakeEncoder(), docs, token_vectors=True)
    (docs / "3.txt").write_text(paragraph(103))
    (docs / "more.txt").write_text(paragraph(104))
    bring(index, FakeEncoder(), docs)
    index.close()
    return root


def answers(index: LocalIndex) -> list[list[tuple[str, float, str]]]:
    found = [ask(index, FakeEncoder(), question, k=30) for question in QUESTIONS]
    return [[(hit.id, hit.score, hit.text) for hit in hits] for hits in found]


def kind(path: Path) -> str:
    if path.parent.name == "lexical":
        return f"lexical/{path.suffix or path.name}"
    return path.suffix if path.parent.name == "generations" else path.name


def alter(path: Path, chance: random.Random, *, cut: bool) -> None:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    if cut:
        del data[at:]
    else:
        data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def use(root: Path, expected: list[list[tuple[str, float, str]]], *, large: bool) -> int:
    """Open and search; how it ended."""
    if large:
        index_module.CHECK_ALL_BELOW = 0
    try:
        index = LocalIndex.open(root)
        first = answers(index)
        if large:
            index._audit.wait()
            first = answers(index)
    except StorageError as error:
        return FOUND if error.hint else WRONG
    return HARMLESS if first == expected else WRONG


def check(root: Path) -> int:
    try:
        return FOUND if verify(root, deep=True) else MISSED
    except IndexVersionError:
        return FOUND


def apart(work: str, root: Path, expected: list[list[tuple[str, float, str]]]) -> str:
    """How it ends in a process of its own."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = check(root) if work == "verify" else use(root, expected, large=work == "large")
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"CRASH {os.WTERMSIG(status)}"
    names = {FOUND: "found", MISSED: "MISSED", WRONG: "WRONG ANSWER", HARMLESS: "right answer"}
    return names.get(os.WEXITSTATUS(status), "ERROR")


def expected_answers(root: Path) -> list[list[tuple[str, float, str]]]:
    """Asked in a process of its own, so that this one starts no threads and can be forked."""
    path = root.parent / "expected.json"
    child = os.fork()
    if not child:
        path.write_text(json.dumps(answers(LocalIndex.open(root))))
        os._exit(0)
    os.waitpid(child, 0)
    return [[(a, b, c) for a, b, c in hits] for hits in json.loads(path.read_text())]


def run(folder: Path, trials: int, seed: int) -> dict[str, dict[str, int]]:
    chance = random.Random(seed)
    child = os.fork()
    if not child:
        build(folder)
        os._exit(0)
    os.waitpid(child, 0)
    root = folder / "index"
    expected = expected_answers(root)
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != WRITER_LOCK):
        kinds.setdefault(kind(path), []).append(path.relative_to(root))
    result: dict[str, Counter[str]] = {name: Counter() for name in sorted(kinds)}
    copy = folder / "copy"
    for number in range(trials):
        name = sorted(kinds)[number % len(kinds)]
        shutil.copytree(root, copy)
        alter(copy / chance.choice(kinds[name]), chance, cut=number // len(kinds) % 4 == 3)
        way = "large" if number // len(kinds) % 2 else "small"
        result[name][f"verify: {apart('verify', copy, expected)}"] += 1
        result[name][f"{way}: {apart(way, copy, expected)}"] += 1
        shutil.rmtree(copy)
    return {name: dict(sorted(counts.items())) for name, counts in result.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-flips-"))
    try:
        found = run(folder, options.trials, options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    bad = [
        (name, outcome)
        for name, counts in found.items()
        for outcome in counts
        if outcome.split(": ")[1].isupper() or "CRASH" in outcome
    ]
    if bad:
        raise SystemExit(f"{bad}")


if __name__ == "__main__":
    main()
