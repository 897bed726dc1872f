"""How long a search takes: a warm process, 10,000 passages, every mode, with token vectors kept and without.

    python benchmarks/latency.py --data DATA [--work DIR] [--passages 10000] [--questions 200]

DATA is as for quality.py. The passages are DRCD's and XQuAD's sentences in new orders, so that there are enough.
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
from retriever.text.sentences import sentence_spans

# Characters of a made-up document by language: a passage or two each.
LENGTHS = {"zh": 220, "default": 500}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to search: its name, and the arguments of ``Retriever.search``."""

    name: str
    arguments: dict[str, Any]


WAYS = (
    Way("lexical", {"mode": "lexical"}),
    Way("dense", {"mode": "dense"}),
    Way("hybrid, not reranked", {"rerank": 0}),
    Way("hybrid", {}),
)


def read(data: Path) -> dict[str, QuestionSet]:
    sets = {language: QuestionSet.read(data / "xquad" / f"xquad.{language}.json") for language in LANGUAGES}
    return {"drcd": QuestionSet.read(data / "drcd" / "DRCD_dev.json"), **sets}


def documents(sets: dict[str, QuestionSet], count: int) -> Iterator[str]:
    """Texts of about a passage each, drawn from all sets in turn."""
    drawn = random.Random(5)
    sentences = {
        name: [text[span.start : span.end] for text in questions.paragraphs for span in sentence_spans(text)]
        for name, questions in sets.items()
    }
    names = list(sets)
    for number in range(count):
        name = names[number % len(names)]
        length = LENGTHS["zh" if name in ("drcd", "zh") else "default"]
        text = ""
        while len(text) < length:
            text += drawn.choice(sentences[name]) + " "
        yield text


def build(folder: Path, index: Path, *, token_vectors: bool) -> Retriever:
    retriever = Retriever.open(index, create=True)
    started = time.perf_counter()
    report = retriever.sync(folder, rebuild=True, token_vectors=token_vectors)
    print(
        f"{report.passages} passages in {time.perf_counter() - started:.0f} s, {report.embedded} embedded", flush=True
    )
    retriever.warm()
    return retriever


def measure(retriever: Retriever, questions: list[str], name: str, arguments: dict[str, Any]) -> None:
    """Each question once, none asked before."""
    took = []
    for question in questions:
        started = time.perf_counter()
        retriever.search(question, **arguments)
        took.append(time.perf_counter() - started)
    p50, p95 = np.percentile(took, [50, 95]) * 1000
    print(f"| {name:32} | p50 {p50:6.1f} ms | p95 {p95:6.1f} ms |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/latency"), help="where indexes are built")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    sets = read(options.data)
    folder = options.work / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    rows = (json.dumps({"text": text}, ensure_ascii=False) for text in documents(sets, options.passages))
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    every = [question.text for questions in sets.values() for question in questions.questions]
    asked = random.Random(6).sample(every, options.questions)
    with build(folder, options.work / "plain", token_vectors=False) as retriever:
        for way in WAYS:
            measure(retriever, asked, way.name, way.arguments)
    with build(folder, options.work / "late", token_vectors=True) as retriever:
        measure(retriever, asked, "hybrid, token vectors kept", {})


if __name__ == "__main__":
    main()
