"""Lay people's questions about laws: how many of the articles that answer stand among the first hits.

    python benchmarks/lay_questions.py --data DATA [--work DIR] [--modes dense,lexical,hybrid] [--questions FILE]
                                       [--embedded SHARE] [--first N] [--all-candidates] [--rerank N]

DATA contains laws/statutes (a law a file) and laws/questions.jsonl (questions with the articles that answer, as text).
A hit is right for an article when it holds 30 characters in a row of it, white space and marks of Markdown left out of
both. With ``--questions`` a file of ``benchmarks/questions/`` is asked instead, whose articles are given by law and
number. ``--embedded 0.5`` asks the index as it is when half of its documents, taken at random, are embedded and the
others are found by words alone. ``--first`` asks only so many questions. ``--all-candidates`` adds every passage that
answers to the candidates, to tell what the search for candidates loses from what ranking them does.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import numpy as np

from retriever import Retriever
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex
from retriever.search import pipeline
from retriever.search.context import SearchContext
from retriever.types import Mode

MODES: tuple[Mode, ...] = ("dense", "lexical", "hybrid")
DEPTH = 50
SHINGLE = 30
_LEFT_OUT = re.compile(r"[\s*#>|]+")
# The number of an article at the beginning of a paragraph, such as 第十二条之一.
_ARTICLE = re.compile(r"^\W*(第[一二三四五六七八九十百千零〇两0-9]+条(?:之[一二三四五六七八九十]+)?)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LayQuestion:
    """A question and the articles that answer it, each as its text."""

    text: str
    articles: tuple[str, ...]


def read_questions(data: Path) -> list[LayQuestion]:
    """The questions of real people."""
    lines = (data / "laws" / "questions.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [LayQuestion(row["query"], tuple(row["articles"])) for row in rows]


def read_written(path: Path, statutes: Path) -> list[LayQuestion]:
    """Questions that were written, with the text of the article that each names by law and number."""
    laws = {
        file.relative_to(statutes).as_posix(): split_articles(file.read_text("utf-8"))
        for file in statutes.rglob("*.md")
    }
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [LayQuestion(row["question"], (laws[row["law"]][row["article"]],)) for row in rows]


def split_articles(text: str) -> dict[str, str]:
    """The articles of a law by number, each up to the next article or heading."""
    starts = list(_ARTICLE.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)][: len(starts)]
    articles: dict[str, str] = {}
    for match, end in zip(starts, ends, strict=True):
        articles.setdefault(match[1], text[match.end() : end].split("\n#", maxsplit=1)[0])
    return articles


class ArticleFinder:
    """Tells which articles of a question a text holds."""

    def __init__(self, articles: Sequence[str]) -> None:
        self._shingles = [split_shingles(squeeze(article)) for article in articles]

    def find(self, text: str) -> set[int]:
        """The positions of the articles of which ``text`` holds enough."""
        own = squeeze(text)
        return {at for at, shingles in enumerate(self._shingles) if any(shingle in own for shingle in shingles)}


def squeeze(text: str) -> str:
    """The text without white space and marks of Markdown."""
    return _LEFT_OUT.sub("", text)


def split_shingles(text: str) -> set[str]:
    """All stretches of ``SHINGLE`` characters; the text itself if it is shorter."""
    return {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))}


def judge(found: Sequence[set[int]], articles: int) -> dict[str, float]:
    """Measures of one question, from the articles that each hit holds, best hit first."""
    new = [len(held.difference(*found[:rank])) for rank, held in enumerate(found)]
    first = next((rank for rank, held in enumerate(found, 1) if held), 0)
    gain = sum(min(count, 1) / math.log2(rank + 1) for rank, count in enumerate(new[:10], 1))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(articles, 10) + 1))
    recalls = {f"recall@{depth}": sum(new[:depth]) / articles for depth in (5, 10, DEPTH)}
    return {**recalls, "RR": 1 / first if first else 0.0, "nDCG@10": gain / ideal}


def ask(retriever: Retriever, question: LayQuestion, mode: Mode, rerank: int | None) -> dict[str, float]:
    """Measures of the hits of one question."""
    finder = ArticleFinder(question.articles)
    hits = retriever.search(question.text, DEPTH, mode=mode, rerank=rerank)
    return judge([finder.find(hit.text) for hit in hits], len(question.articles))


@contextmanager
def all_candidates(questions: Sequence[LayQuestion]) -> Iterator[None]:
    """Searches that find every passage that answers one of ``questions``, whatever else they find."""
    articles = {question.text: ArticleFinder(question.articles) for question in questions}
    texts: dict[int, str] = {}
    find = pipeline.find_candidates

    def find_all(search: SearchContext, limit: int) -> list[int]:
        found = find(search, limit)
        if not texts:
            refs = search.snapshot.dense(search.vector, search.snapshot.passages).refs.tolist()
            texts.update(zip(refs, (stored.passage.text for stored in search.snapshot.fetch(refs)), strict=True))
        right = [ref for ref, text in texts.items() if articles[search.query.text].find(text)]
        return list(dict.fromkeys([*found, *right]))

    with patch.object(pipeline, "find_candidates", find_all):
        yield


def copy_in_progress(folder: Path, share: float) -> Path:
    """A copy of an index in which only so large a share of the documents has vectors."""
    copy = folder.with_name(f"{folder.name}-{share:g}")
    shutil.rmtree(copy, ignore_errors=True)
    source = LocalIndex.open(folder)
    generator = random.Random(4)

    def take() -> Iterator[Addition]:
        for addition in source.snapshot().additions():
            if generator.random() < share:
                yield addition
            else:
                yield replace(addition, vectors=np.zeros((len(addition.passages), 0), np.float32), tokens=())

    LocalIndex.create(copy).commit(Changes((), take(), source.last_settings()))
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/lay"), help="where the index is built, or found")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--questions", type=Path, help="written questions instead of those of real people")
    parser.add_argument("--embedded", type=float, help="the share of documents that have vectors")
    parser.add_argument("--first", type=int, help="how many questions are asked")
    parser.add_argument("--all-candidates", action="store_true", help="as if all that answers were found")
    parser.add_argument("--rerank", type=int, help="how many candidates are compared token by token")
    options = parser.parse_args()
    statutes = options.data / "laws" / "statutes"
    questions = read_written(options.questions, statutes) if options.questions else read_questions(options.data)
    with Retriever.open(options.work, create=True) as retriever:
        retriever.sync(statutes)
    work = options.work if options.embedded is None else copy_in_progress(options.work, options.embedded)
    with Retriever.open(work) as retriever, all_candidates(questions) if options.all_candidates else nullcontext():
        print(f"{1 - retriever.status().pending / retriever.status().passages:.0%} of the passages have vectors")
        for mode in [mode for mode in MODES if mode in options.modes.split(",")]:
            rows = [ask(retriever, question, mode, options.rerank) for question in questions[: options.first]]
            scores = " ".join(f"{name} {mean(row[name] for row in rows):.4f}" for name in rows[0])
            print(f"| {mode:8} | {len(rows)} questions | {scores} |", flush=True)


if __name__ == "__main__":
    main()
