"""Retrieval quality on public question-answering sets, through the public API with its defaults.

    python benchmarks/quality.py --data DATA [--work DIR] [--tasks drcd,long,mono,cross,mixed,answerable,exact]
                                 [--modes dense,lexical,hybrid] [--questions N]

DATA contains xquad/xquad.LANG.json and drcd/DRCD_dev.json (SQuAD 1.1 format). The relevant paragraph of a question is
the one it was written for. Documents are ranked by their best passage. All quality figures in models.md come from
this benchmark.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from statistics import mean

from retriever import Retriever

LANGUAGES = ("zh", "en", "ru", "ar", "de", "es")
MODES = ("dense", "lexical", "hybrid")
# The numbers of questions that models.md was measured with: per set, or per pair of languages.
QUESTIONS = {"drcd": 1000, "long": 500, "mono": 250, "cross": 75, "mixed": 100, "answerable": 65, "exact": 65}
# Passages requested: enough to contain ten documents.
DEPTH = 40
ALIGNED = len(LANGUAGES)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the index of its paragraph in the set, and the text of its answer."""

    text: str
    paragraph: int
    answer: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Paragraphs and questions; ``articles`` lists the paragraphs of each article."""

    paragraphs: tuple[str, ...]
    questions: tuple[Question, ...]
    articles: tuple[tuple[int, ...], ...]

    @classmethod
    def read(cls, path: Path) -> QuestionSet:
        paragraphs: list[str] = []
        questions: list[Question] = []
        articles: list[tuple[int, ...]] = []
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            first = len(paragraphs)
            for paragraph in article["paragraphs"]:
                questions.extend(
                    Question(item["question"], len(paragraphs), item["answers"][0]["text"]) for item in paragraph["qas"]
                )
                paragraphs.append(paragraph["context"])
            articles.append(tuple(range(first, len(paragraphs))))
        return cls(tuple(paragraphs), tuple(questions), tuple(articles))

    def sample(self, size: int) -> list[Question]:
        return random.Random(7).sample(self.questions, min(size, len(self.questions)))


class Bench:
    """Builds the indexes of the tasks in the folder ``work``."""

    def __init__(self, data: Path, work: Path, modes: Sequence[str], questions: int | None = None) -> None:
        self.data, self.work, self.modes, self._questions = data, work, modes, questions
        self._xquad: dict[str, QuestionSet] = {}

    def sample(self, task: str, questions: QuestionSet) -> list[Question]:
        return questions.sample(self.size(task))

    def size(self, task: str) -> int:
        """The number of questions per set, or per pair of languages."""
        return self._questions or QUESTIONS[task]

    def xquad(self, language: str) -> QuestionSet:
        if language not in self._xquad:
            self._xquad[language] = QuestionSet.read(self.data / "xquad" / f"xquad.{language}.json")
        return self._xquad[language]

    def drcd(self) -> QuestionSet:
        return QuestionSet.read(self.data / "drcd" / "DRCD_dev.json")

    def index_rows(self, name: str, rows: Iterator[tuple[str, str]]) -> Retriever:
        """A fresh index of one JSONL file with one document per row."""
        folder = self.work / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in rows]
        (folder / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.index(name, folder)

    def index(self, name: str, folder: Path) -> Retriever:
        """A fresh index of a folder."""
        retriever = Retriever.open(self.work / "indexes" / name, create=True)
        retriever.sync(folder, rebuild=True)
        retriever.warm()
        return retriever

    def index_paragraphs(self, language: str) -> Retriever:
        return self.index_rows(f"xquad-{language}", number_rows(self.xquad(language).paragraphs))


def number_rows(paragraphs: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((str(number), text) for number, text in enumerate(paragraphs))


def rank_documents(retriever: Retriever, query: str, mode: str, depth: int = DEPTH) -> list[str]:
    return list(dict.fromkeys(hit.document for hit in retriever.search(query, depth, mode=mode)))


def ndcg(ranking: Sequence[str], relevant: str, cut: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) with one relevant document."""
    return 1 / math.log2(ranking.index(relevant) + 2) if relevant in ranking[:cut] else 0.0


def average_precision(ranking: Sequence[str], relevant: set[str]) -> float:
    found, total = 0, 0.0
    for rank, document in enumerate(ranking, 1):
        if document in relevant:
            found += 1
            total += found / rank
    return total / len(relevant)


def drcd(bench: Bench) -> None:
    questions = bench.drcd()
    asked = bench.sample("drcd", questions)
    with bench.index_rows("drcd", number_rows(questions.paragraphs)) as retriever:
        for mode in bench.modes:
            started = time.perf_counter()
            score = mean(ndcg(rank_documents(retriever, q.text, mode), str(q.paragraph)) for q in asked)
            took = (time.perf_counter() - started) / len(asked) * 1000
            show("DRCD dev, nDCG@10", mode, score, f"{len(asked)} questions, {took:.0f} ms each")


def long_documents(bench: Bench) -> None:
    """One document per article: one of the first five passages must contain the answer at its position."""
    questions = bench.drcd()
    folder = bench.work / "sources" / "drcd-long"
    folder.mkdir(parents=True, exist_ok=True)
    places: dict[int, tuple[str, int]] = {}
    for number, article in enumerate(questions.articles):
        start = 0
        for paragraph in article:
            places[paragraph] = (f"{number:03}.txt", start)
            start += len(questions.paragraphs[paragraph]) + 1
        text = "\n".join(questions.paragraphs[paragraph] for paragraph in article)
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
    asked = bench.sample("long", questions)
    with bench.index("drcd-long", folder) as retriever:
        for mode in bench.modes:
            found = 0
            for question in asked:
                name, offset = places[question.paragraph]
                start = offset + questions.paragraphs[question.paragraph].index(question.answer)
                end = start + len(question.answer)
                found += any(
                    Path(hit.source).name == name and hit.start <= start and end <= hit.end
                    for hit in retriever.search(question.text, 5, mode=mode)
                )
            show("DRCD long documents, success@5", mode, found / len(asked), f"{len(asked)} questions")


def monolingual(bench: Bench) -> None:
    for mode in bench.modes:
        scores = {}
        for language in LANGUAGES:
            with bench.index_paragraphs(language) as retriever:
                asked = bench.sample("mono", bench.xquad(language))
                scores[language] = mean(ndcg(rank_documents(retriever, q.text, mode), str(q.paragraph)) for q in asked)
        show("XQuAD monolingual, nDCG@10", mode, mean(scores.values()), format_scores(scores))


def crosslingual(bench: Bench) -> None:
    """All ordered pairs of different languages. The sampled questions are the same in every language."""
    found: dict[str, dict[tuple[str, str], float]] = {mode: {} for mode in bench.modes}
    for answering in LANGUAGES:
        with bench.index_paragraphs(answering) as retriever:
            for asking, mode in product(LANGUAGES, bench.modes):
                if asking != answering:
                    asked = bench.sample("cross", bench.xquad(asking))
                    found[mode][asking, answering] = mean(
                        ndcg(rank_documents(retriever, q.text, mode), str(q.paragraph)) for q in asked
                    )
    for mode, pairs in found.items():
        means = {asking: mean(score for pair, score in pairs.items() if pair[0] == asking) for asking in LANGUAGES}
        show("XQuAD cross-lingual, nDCG@10", mode, mean(means.values()), format_scores(means))
    if {"dense", "hybrid"} <= found.keys():
        gains = {pair: found["hybrid"][pair] - found["dense"][pair] for pair in permutations(LANGUAGES, 2)}
        worst = min(gains, key=lambda pair: gains[pair])
        show("smallest gain over dense", "hybrid", gains[worst], " → ".join(worst))


def mixed(bench: Bench) -> None:
    """The paragraphs of all languages in one index; a question's paragraph is relevant in every language."""
    rows = (
        (f"{language}/{key}", text)
        for language in LANGUAGES
        for key, text in number_rows(bench.xquad(language).paragraphs)
    )
    with bench.index_rows("xquad-mixed", rows) as retriever:
        for mode in bench.modes:
            scores = {}
            for language in LANGUAGES:
                asked = bench.sample("mixed", bench.xquad(language))
                scores[language] = mean(
                    average_precision(
                        rank_documents(retriever, q.text, mode, depth=200),
                        {f"{other}/{q.paragraph}" for other in LANGUAGES},
                    )
                    for q in asked
                )
            show("XQuAD mixed pool, MAP", mode, mean(scores.values()), format_scores(scores))


def answerable(bench: Bench) -> None:
    """Whether the best score separates questions that the index can answer from those that it cannot.

    The unanswerable questions are the same ones, with their paragraph filtered out.
    """
    sets = {"DRCD": ("drcd", bench.drcd()), **{f"XQuAD {name}": (name, bench.xquad(name)) for name in LANGUAGES}}
    for mode in bench.modes:
        areas = {}
        for label, (name, questions) in sets.items():
            asked = bench.sample("answerable", questions)
            opened = (
                bench.index_rows("drcd", number_rows(questions.paragraphs))
                if name == "drcd"
                else bench.index_paragraphs(name)
            )
            with opened as retriever:
                present = [find_best_score(retriever, q.text, mode, None) for q in asked]
                absent = [find_best_score(retriever, q.text, mode, f"document != {q.paragraph}") for q in asked]
            areas[label] = area_under_curve(present, absent)
        show("answerable or not, AUC", mode, mean(areas.values()), format_scores(areas))


def find_best_score(retriever: Retriever, query: str, mode: str, where: str | None) -> float:
    hits = retriever.search(query, 1, mode=mode, where=where)
    return hits[0].score if hits else 0.0


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a positive scores higher than a negative, ties counting half (Hanley and McNeil 1982)."""
    wins = sum((first > second) + (first == second) / 2 for first in positive for second in negative)
    return wins / (len(positive) * len(negative))


def exact(bench: Bench) -> None:
    """Whether the first hit for a name, number, code or phrase is the only paragraph that contains it."""
    for mode in bench.modes:
        shares = {}
        for name in ("drcd", *LANGUAGES):
            questions = bench.drcd() if name == "drcd" else bench.xquad(name)
            strings = list(find_unique_strings(questions.paragraphs))
            asked = random.Random(8).sample(strings, min(bench.size("exact"), len(strings)))
            opened = (
                bench.index_rows("drcd", number_rows(questions.paragraphs))
                if name == "drcd"
                else bench.index_paragraphs(name)
            )
            with opened as retriever:
                found = [text.lower() in find_first_text(retriever, text, mode).lower() for text in asked]
            shares[name] = mean(found)
        show("exact strings, first hit", mode, mean(shares.values()), format_scores(shares))


def find_first_text(retriever: Retriever, query: str, mode: str) -> str:
    hits = retriever.search(query, 1, mode=mode)
    return hits[0].text if hits else ""


def find_unique_strings(paragraphs: Sequence[str]) -> Iterator[str]:
    """From each paragraph, one string of each of ``UNIQUE_FORMS`` that occurs nowhere else."""
    text_of_all = "\n".join(paragraphs).lower()
    for number, text in enumerate(paragraphs):
        generator = random.Random(number)
        for form in UNIQUE_FORMS:
            candidates = [match[0] for match in form.finditer(text) if text_of_all.count(match[0].lower()) == 1]
            if candidates:
                yield generator.choice(candidates)


# Numbers and codes with at least three digits, capitalised words, four words, six Han characters.
UNIQUE_FORMS = (
    re.compile(r"(?<![\w.,])[\w-]*\d{3}[\w-]*(?![\w.,]*\d)"),
    re.compile(r"\b[A-ZА-Я][a-zа-яé]{4,}\b"),
    re.compile(r"(?<=\s)\w{2,} \w{2,} \w{2,} \w{2,}(?=[\s.,])"),
    re.compile("[\u4e00-\u9fff]{6}"),
)

TASKS = {
    "drcd": drcd,
    "long": long_documents,
    "mono": monolingual,
    "cross": crosslingual,
    "mixed": mixed,
    "answerable": answerable,
    "exact": exact,
}


def format_scores(scores: dict[str, float]) -> str:
    return " ".join(f"{language} {score:.3f}" for language, score in scores.items())


def show(task: str, mode: str, score: float, detail: str) -> None:
    print(f"| {task:32} | {mode:8} | {score:.4f} | {detail} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/quality"), help="where indexes are built")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--questions", type=int, help="per set, or per pair of languages")
    options = parser.parse_args()
    bench = Bench(options.data, options.work, options.modes.split(","), options.questions)
    for task in options.tasks.split(","):
        TASKS[task](bench)


if __name__ == "__main__":
    main()
