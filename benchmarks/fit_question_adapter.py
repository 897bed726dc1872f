"""Fit the question adapter: retriever/models/scoring/question_adapter.npz.

    python benchmarks/fit_question_adapter.py DATA [--work DIR] [--cross-validate]

A linear map of the question's vector, D in ``q + q D``, that brings questions nearer to what answers them than to other
passages (InfoNCE, Adam, a penalty on the square of D). It learns from questions that were written for it
(``benchmarks/questions/``):

- lay questions about articles of DATA/laws/statutes that no question of DATA/laws/questions.jsonl concerns; with
  ``--cross-validate`` it is measured on laws that were left out;
- so that no language and no kind of question loses: copied and paraphrased questions, and questions in ten other
  languages, about the reports beside DATA, the laws and the examples, of which only the half for fitting is used.

The other half is printed before and after. The real questions of DATA/laws, XQuAD and DRCD take no part.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import score_sets
from lay_questions import LayQuestion, read_written, split_shingles, squeeze

from retriever import Retriever
from retriever.index import open_index
from retriever.index.interface import Addition
from retriever.models import load
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.scoring.question_adapter import DATA

Matrix = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "benchmarks" / "questions" / "lay_train.jsonl"
TARGET = ROOT / "retriever" / "models" / "scoring" / DATA
TEMPERATURE, PENALTY, STEPS, RATE = 0.05, 2.0, 25, 4e-3
# Passages of laws that a question is told from, beside those that answer some question.
NEGATIVES = 1800
RANK = 64
FOLDS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Questions and passages as centered vectors, and which of these answer which: bool [questions, passages]."""

    name: str
    questions: Matrix
    passages: Matrix
    relevant: Flags

    def part(self, rows: npt.NDArray[np.intp]) -> Task:
        """Some of the questions."""
        return Task(self.name, self.questions[rows], self.passages, self.relevant[rows])

    def narrow(self) -> Task:
        """With those passages only that answer a question."""
        columns = np.flatnonzero(self.relevant.any(axis=0))
        return Task(self.name, self.questions, self.passages[columns], self.relevant[:, columns])

    def thin(self, randomness: np.random.Generator) -> Task:
        """With all passages that answer, and ``NEGATIVES`` others."""
        drawn = randomness.choice(len(self.passages), min(NEGATIVES, len(self.passages)), replace=False)
        columns = np.union1d(np.flatnonzero(self.relevant.any(axis=0)), drawn)
        return Task(self.name, self.questions, self.passages[columns], self.relevant[:, columns])


def scale(vectors: Matrix) -> tuple[Matrix, Matrix]:
    """Unit vectors, and what their lengths were."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / norms, norms


def descend(task: Task, change: Matrix) -> Matrix:
    """The gradient of the loss of one task: of each question, all that answers it is as good, and counts as one."""
    moved, norms = scale(task.questions + task.questions @ change)
    scores = moved @ task.passages.T / TEMPERATURE
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    right = likely * task.relevant
    right /= np.maximum(right.sum(axis=1, keepdims=True), 1e-12)
    slope = (likely - right) @ task.passages / (TEMPERATURE * len(scores))
    slope = (slope - moved * (moved * slope).sum(axis=1, keepdims=True)) / norms
    gradient: Matrix = task.questions.T @ slope
    return gradient


def train(tasks: Sequence[Task]) -> Matrix:
    """The change of a question's vector that serves all tasks, each counting the same."""
    thinned = [task.thin(np.random.default_rng(0)) for task in tasks]
    change, mean, square = (np.zeros((tasks[0].questions.shape[1],) * 2, np.float32) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = sum((descend(task, change) for task in thinned), 2 * PENALTY * change)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        change = change - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return change.astype(np.float32)


def factor(change: Matrix) -> tuple[Matrix, Matrix]:
    """Two thin matrices whose product is nearly ``change``, in half precision as they are kept."""
    left, values, right = np.linalg.svd(change)
    roots = np.sqrt(values[:RANK])
    return (left[:, :RANK] * roots).astype(np.float16), (right[:RANK] * roots[:, None]).astype(np.float16)


def rate(task: Task, change: Matrix) -> tuple[float, float]:
    """The share of questions that something in the first ten answers, and the mean reciprocal rank."""
    moved, _ = scale(task.questions + task.questions @ change)
    ranks = np.argsort(-(moved @ task.passages.T), axis=1, kind="stable")
    first = np.take_along_axis(task.relevant, ranks, axis=1).argmax(axis=1)
    return float((first < 10).mean()), float((1 / (1 + first)).mean())


def show(label: str, task: Task, change: Matrix) -> None:
    before, after = rate(task, np.zeros_like(change)), rate(task, change)
    print(f"{label:24} success@10 {before[0]:.4f} -> {after[0]:.4f}, RR {before[1]:.4f} -> {after[1]:.4f}", flush=True)


def read_laws(data: Path, work: Path, model: EmbeddingModel) -> tuple[Task, list[str]]:
    """The lay questions, and the law of each."""
    statutes = data / "laws" / "statutes"
    added = read_additions(work / "laws", statutes)
    texts = [passage.text for item in added for passage in item.passages]
    questions = read_written(QUESTIONS, statutes)
    relevant = find_holding(questions, texts)
    vectors = embed(model, [question.text for question in questions], "zh")
    laws = [json.loads(line)["law"] for line in QUESTIONS.read_text("utf-8").splitlines()]
    return Task("laws", vectors, np.concatenate([item.vectors for item in added]), relevant), laws


def find_holding(questions: Sequence[LayQuestion], texts: Sequence[str]) -> Flags:
    """Which of the texts holds an article of which question: bool [questions, texts]."""
    places: dict[str, set[int]] = {}
    for at, text in enumerate(texts):
        for piece in split_shingles(squeeze(text)):
            places.setdefault(piece, set()).add(at)
    relevant = np.zeros((len(questions), len(texts)), bool)
    for row, question in zip(relevant, questions, strict=True):
        for article in question.articles:
            for piece in split_shingles(squeeze(article)):
                row[list(places.get(piece, ()))] = True
    return relevant


def embed(model: EmbeddingModel, texts: Sequence[str], language: str) -> Matrix:
    return model.centering.center(model.embed_queries(texts), [language] * len(texts), "query")


def read_others(data: Path, work: Path, model: EmbeddingModel) -> tuple[list[Task], list[Task]]:
    """What was written about each corpus: the tasks to learn from, and those to check."""
    folders = {"E": ROOT / "examples" / "corpus", "A": data.parent / "corpus", "laws": data / "laws" / "statutes"}
    learnt, kept = [], []
    for name, folder in folders.items():
        added = read_additions(work / name, folder)
        passages = np.concatenate([item.vectors for item in added])
        places = [(item.document.id, passage.text) for item in added for passage in item.passages]
        asked = [one for one in score_sets.read_written("B" if name == "laws" else name, data) if one.holds]
        relevant = np.array([[one.holds(*place) for place in places] for one in asked if one.holds])
        vectors = np.concatenate([embed(model, [one.text], one.language) for one in asked])
        whole = Task(f"written, {name}", vectors, passages, relevant)
        known = relevant.any(axis=1)
        for split, tasks in (("fit", learnt), ("test", kept)):
            rows = [at for at, one in enumerate(asked) if one.split == split and known[at]]
            part = whole.part(np.array(rows))
            # A question is told from what answers the others: from all passages it would learn the corpus by heart.
            tasks.append(part.narrow() if split == "fit" else part)
    return learnt, kept


def read_additions(location: Path, sources: Path) -> list[Addition]:
    """The documents of an index of ``sources``, which is brought up to date."""
    with Retriever.open(location, create=True) as retriever:
        retriever.sync(sources)
    with open_index(location).reading() as snapshot:
        return list(snapshot.additions())


def cross_validate(laws: Task, files: Sequence[str], others: Sequence[Task]) -> None:
    """Measure on the laws of each fold what was learnt on the rest."""
    names = sorted(set(files))
    random.Random(0).shuffle(names)
    folds = np.array([names.index(name) % FOLDS for name in files])
    for fold in range(FOLDS):
        change = train([laws.part(np.flatnonzero(folds != fold)), *others])
        show(f"laws left out, fold {fold}", laws.part(np.flatnonzero(folds == fold)), change)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("indexes/adapter"), help="where the index of laws is built")
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args()
    model = load("multilingual-e5-small")
    others, kept = read_others(options.data, options.work, model)
    laws, files = read_laws(options.data, options.work, model)
    if options.cross_validate:
        cross_validate(laws, files, others)
    left, right = factor(train([laws, *others]))
    shipped = left.astype(np.float32) @ right.astype(np.float32)
    for task in kept:
        show(f"{task.name}, the other half", task, shipped)
    with TARGET.open("wb") as file:
        np.savez(file, left=left, right=right, centering=np.array(model.centering.fingerprint))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
