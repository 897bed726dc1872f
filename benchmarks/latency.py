"""Search latency in a warm process, in every mode, with and without stored token vectors.

    python benchmarks/latency.py --data DATA [--work DIR] [--passages 10000] [--questions 200]

DATA is as for quality.py. To get enough passages, sentences of DRCD and XQuAD are recombined at random.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from quality import LANGUAGES, QuestionSet

from retriever import Retriever
from retriever.text.sentences import split_sentences

# The length of a generated document in characters, by language: one or two passages.
LENGTHS = {"zh": 220, "default": 500}


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings to measure: a name, and arguments of ``Retriever.search``."""

    name: str
    arguments: dict[str, Any]


SETTINGS = (
    Setting("lexical", {"mode": "lexical"}),
    Setting("dense", {"mode": "dense"}),
    Setting("hybrid, not reranked", {"rerank": 0}),
    Setting("hybrid", {}),
)


def read_sets(data: Path) -> dict[str, QuestionSet]:
    """The question sets by name."""
    sets = {language: QuestionSet.read(data / "xquad" / f"xquad.{language}.json") for language in LANGUAGES}
    return {"drcd": QuestionSet.read(data / "drcd" / "DRCD_dev.json"), **sets}


def generate_documents(sets: dict[str, QuestionSet], count: int) -> Iterator[str]:
    """Texts of about a passage each, from each set in turn."""
    generator = random.Random(5)
    sentences = {
        name: [text[span.start : span.end] for text in questions.paragraphs for span in split_sentences(text)]
        for name, questions in sets.items()
    }
    names = list(sets)
    for number in range(count):
        name = names[number % len(names)]
        length = LENGTHS["zh" if name in ("drcd", "zh") else "default"]
        text = ""
        while len(text) < length:
            text += generator.choice(sentences[name]) + " "
        yield text


def build(folder: Path, index: Path, *, token_vectors: bool) -> Retriever:
    """Index the folder anew, and load what searches need."""
    retriever = Retriever.open(index, create=True)
    started = time.perf_counter()
    report = retriever.sync(folder, rebuild=True, token_vectors=token_vectors)
    print(
        f"{report.passages} passages in {time.perf_counter() - started:.0f} s, {report.embedded} embedded", flush=True
    )
    retriever.warm()
    return retriever


def measure(retriever: Retriever, questions: list[str], name: str, arguments: dict[str, Any]) -> None:
    """Print the latency over the questions, each of which is asked once."""
    seconds = []
    for question in questions:
        started = time.perf_counter()
        retriever.search(question, **arguments)
        seconds.append(time.perf_counter() - started)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    print(f"| {name:32} | p50 {p50:6.1f} ms | p95 {p95:6.1f} ms |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/latency"), help="where indexes are built")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    sets = read_sets(options.data)
    folder = options.work / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    rows = (json.dumps({"text": text}, ensure_ascii=False) for text in generate_documents(sets, options.passages))
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    every = [question.text for questions in sets.values() for question in questions.questions]
    asked = random.Random(6).sample(every, options.questions)
    with build(folder, options.work / "plain", token_vectors=False) as retriever:
        for setting in SETTINGS:
            measure(retriever, asked, setting.name, setting.arguments)
    with build(folder, options.work / "late", token_vectors=True) as retriever:
        measure(retriever, asked, "hybrid, stored token vectors", {})


if __name__ == "__main__":
    main()
