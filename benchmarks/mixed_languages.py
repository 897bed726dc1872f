"""Corpora in several languages that are not translations of each other: where what answers stands among the hits.

    python benchmarks/mixed_languages.py DATA [--work DIR] [--small 80]

One index of the five reports (Chinese), the examples (five languages), XQuAD in English and DRCD (traditional Chinese)
is asked what was written about each of them (``questions/README.md``). Then so many small indexes, each of four of the
documents in ``questions/documents.jsonl.gz`` in languages drawn at random, are asked questions in everyday words in the
language of the passage, and in another. Prints the share of questions with the answer first and among the first five,
and the mean reciprocal rank.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from score_sets import PARAGRAPHS, QUESTIONS, ROOT, read_squad, read_written

from retriever import Document, Retriever

DEPTH = 50
# The questions of each paragraph that are in everyday words.
EVERYDAY = (1, 2)
DOCUMENTS, ASKED = 4, 2
SEED = 2


def open_large(data: Path, work: Path) -> Retriever:
    """The index of everything."""
    new = not work.exists()
    retriever = Retriever.open(work, create=True)
    if new:
        retriever.sync(data.parent / "corpus")
        retriever.sync(ROOT / "examples" / "corpus")
        for corpus, file in PARAGRAPHS.items():
            texts, _ = read_squad(data / file)
            retriever.add([Document(f"{corpus}/{number}", text) for number, text in enumerate(texts)])
    return retriever


def ask_large(data: Path, work: Path) -> Iterator[tuple[str, int]]:
    """The kind of each question, and the rank of what answers, from 1; 0 where it is not found."""
    with open_large(data, work) as retriever:
        for corpus in "EACD":
            for question in read_written(corpus, data):
                if holds := question.holds:
                    hits = retriever.search(question.text, DEPTH)
                    yield question.kind, find_first([holds(hit.document, hit.text) for hit in hits])


def ask_small(count: int) -> Iterator[tuple[str, int]]:
    """As ``ask_large``, of ``count`` small indexes."""
    with gzip.open(QUESTIONS / "documents.jsonl.gz", "rt", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    generator = random.Random(SEED)
    for _ in range(count):
        drawn = generator.sample(documents, DOCUMENTS)
        languages = [generator.choice(sorted(document["paragraphs"][0]["text"])) for document in drawn]
        with tempfile.TemporaryDirectory() as folder, Retriever.open(Path(folder) / "index", create=True) as retriever:
            retriever.add(
                [
                    Document(f"{number}/{place}", paragraph["text"][language])
                    for number, (document, language) in enumerate(zip(drawn, languages, strict=True))
                    for place, paragraph in enumerate(document["paragraphs"])
                ]
            )
            for number, (document, language) in enumerate(zip(drawn, languages, strict=True)):
                for kind, text, place in draw_questions(document, language, generator):
                    hits = retriever.search(text, DEPTH)
                    yield kind, find_first([hit.document == f"{number}/{place}" for hit in hits])


def draw_questions(document: dict[str, Any], language: str, generator: random.Random) -> Iterator[tuple[str, str, int]]:
    """Questions about a document that is indexed in ``language``, with their kinds and the numbers of paragraphs."""
    for kind, same in (("small, its language", True), ("small, another", False)):
        for _ in range(ASKED):
            place = generator.randrange(len(document["paragraphs"]))
            question = document["paragraphs"][place]["questions"][generator.choice(EVERYDAY)]
            choices = sorted(other for other in question if (other == language) == same)
            if choices:
                yield kind, question[generator.choice(choices)], place


def find_first(right: list[bool]) -> int:
    """The rank of the first hit that is right, from 1; 0 if none is."""
    return right.index(True) + 1 if True in right else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("indexes/mixed-languages"), help="the index, or where to")
    parser.add_argument("--small", type=int, default=80, help="how many small indexes")
    options = parser.parse_args()
    ranks: dict[str, list[int]] = defaultdict(list)
    for source in (ask_large(options.data, options.work), ask_small(options.small)):
        for kind, rank in source:
            ranks[kind].append(rank)
    for kind, found in ranks.items():
        first, five = np.mean([rank == 1 for rank in found]), np.mean([0 < rank <= 5 for rank in found])
        mean = np.mean([1 / rank if rank else 0.0 for rank in found])
        print(f"| {kind} ({len(found)}) | {first:.3f} | {five:.3f} | {mean:.3f} |")


if __name__ == "__main__":
    main()
