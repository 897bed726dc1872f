"""Questions with and without an answer, and conversations, for the benchmarks of contexts.

What was written for them is in ``benchmarks/contexts/``; DRCD and XQuAD are in the data folder, the five reports in the
folder ``corpus`` beside it. An answer is a text that stands in the passage that answers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retriever import Document, Retriever

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "benchmarks" / "contexts"
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True, slots=True)
class Question:
    """A question; without an ``answer`` nothing in its corpus answers it. ``history`` has the earlier turns."""

    text: str
    answer: str
    language: str
    history: tuple[dict[str, str], ...] = field(default=())

    def is_answered_by(self, text: str) -> bool:
        """Whether a text contains the answer, white space aside."""
        return "".join(self.answer.split()) in "".join(text.split())


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def read_follow_ups(corpus: str) -> list[Question]:
    """Follow-ups about a corpus, ``examples`` or ``reports``."""
    rows = [row for row in read_jsonl(WRITTEN / "follow_ups.jsonl") if row["corpus"] == corpus]
    return [Question(row["question"], row["answer"], row["language"], tuple(row["history"])) for row in rows]


def read_cues() -> list[dict[str, Any]]:
    """Turns of conversations: ``text``, the ``cue`` (``more``, ``nothing`` or None), and whether it is ``held_out``."""
    return read_jsonl(WRITTEN / "cues.jsonl")


def read_judgements() -> list[Question]:
    """Questions about the five reports, answered and not."""
    rows = read_jsonl(WRITTEN / "judgements.jsonl")
    return [Question(row["question"], row.get("answer", ""), row["language"]) for row in rows]


def read_examples() -> list[Question]:
    """The questions about the example corpus, with the text that answers."""
    rows = read_jsonl(EXAMPLES / "questions.jsonl")
    answerable = [row for row in rows if row.get("answerable", True)]
    return [Question(row["query"], row["passages"][0]["text"], row["language"]) for row in answerable]


def change_subjects(questions: Sequence[Question], earlier: Sequence[Question], seed: int) -> list[Question]:
    """Each question behind one of ``earlier`` about something else."""
    randomness = random.Random(seed)
    changed = []
    for question in questions:
        other = randomness.choice([item for item in earlier if item.text != question.text])
        turn = {"role": "user", "content": other.text}
        changed.append(Question(question.text, question.answer, question.language, (turn,)))
    return changed


def open_folder(folder: Path, sources: Path) -> Retriever:
    """An index of files."""
    retriever = Retriever.open(folder, create=True)
    retriever.sync(sources)
    return retriever


def read_drcd(data: Path, folder: Path, half: int, count: int) -> tuple[Retriever, list[Question]]:
    """An index of two thirds of the articles of one half of DRCD, ``count`` questions of them and as many of the rest.

    Half 0 is what weights are fitted on, half 1 what they are measured on.
    """
    articles = json.loads((data / "drcd" / "DRCD_dev.json").read_text("utf-8"))["data"]
    articles.sort(key=lambda article: article["title"])
    random.Random(1).shuffle(articles)
    return _split(articles[half::2], folder, "zh", count, [("zh", articles[half::2])])


def read_xquad(data: Path, folder: Path, language: str, count: int) -> tuple[Retriever, list[Question]]:
    """An index of two thirds of the articles of XQuAD in a language, and ``count`` questions of each kind in each."""
    articles = {
        name: json.loads((data / "xquad" / f"xquad.{name}.json").read_text("utf-8"))["data"]
        for name in ("zh", "en", "ru", "es", "de", "ar")
    }
    for translated in articles.values():
        random.Random(1).shuffle(translated)
    return _split(articles[language], folder, language, count, list(articles.items()))


def _split(
    articles: list[Any], folder: Path, language: str, count: int, asked: list[tuple[str, list[Any]]]
) -> tuple[Retriever, list[Question]]:
    """``asked`` has the articles by language of the questions, in the order of ``articles``."""
    cut = len(articles) * 2 // 3
    paragraphs = [paragraph["context"] for article in articles[:cut] for paragraph in article["paragraphs"]]
    retriever = Retriever.open(folder, create=True)
    retriever.add([Document(str(number), text) for number, text in enumerate(paragraphs)])
    questions = []
    for name, translated in asked:
        answered = list(_pair(translated[:cut], articles[:cut]))
        rest = [(text, "") for text, _ in _pair(translated[cut:], articles[cut:])]
        for pairs in (answered, rest):
            random.Random(2).shuffle(pairs)
            questions += [Question(text, answer, name) for text, answer in pairs[:count]]
    return retriever, questions


def _pair(asked: list[Any], answering: list[Any]) -> Iterator[tuple[str, str]]:
    """Questions, and their answers in the language of the passages."""
    for article, other in zip(asked, answering, strict=True):
        for paragraph, passage in zip(article["paragraphs"], other["paragraphs"], strict=True):
            for question, same in zip(paragraph["qas"], passage["qas"], strict=True):
                yield question["question"], same["answers"][0]["text"]
