"""Fit the weights of ``retriever/search/evidence.py``: is a question answered, or is its best passage only the closest?

    python benchmarks/fit_evidence.py DATA [--count 240]

On half of the articles of DRCD and on XQuAD in four languages, with questions in six: two thirds of the articles are
indexed, and the questions of the rest are not answered. Neither takes part in ``benchmarks/context.py``, which measures
on the other half of DRCD and on the five reports. Logistic regression, answered and unanswered questions of each set
counting the same.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
from question_sets import Question, read_drcd, read_xquad

from retriever import Retriever, SearchOptions
from retriever.search.evidence import Evidence, find_evidence

Numbers = npt.NDArray[np.float64]
# Keeps weights finite where a set is separated without a mistake.
RIDGE = 1e-2
# A set with fewer questions of a kind is left out.
FEWEST = 20
LANGUAGES = ("zh", "en", "ru", "es")


def gather(retriever: Retriever, question: Question) -> Evidence | None:
    """The evidence of a search."""
    with ExitStack() as stack:
        begin, _ = retriever._begin_searches(stack)
        [search] = begin(question.text, SearchOptions(k=30))
        search.rank(30)
        return find_evidence(search, search.ranked)


def read_sets(data: Path, folder: Path, count: int) -> Iterator[tuple[str, Retriever, list[Question]]]:
    """Name, index and questions of each set."""
    yield "drcd", *read_drcd(data, folder / "drcd", 0, count)
    for language in LANGUAGES:
        yield language, *read_xquad(data, folder / language, language, max(count // 8, 1))


def fit(features: Numbers, answered: Numbers, importance: Numbers) -> Numbers:
    """The coefficients of a logistic regression with an intercept, the last one: float64 [features + 1]."""
    rows = np.column_stack([features, np.ones(len(features))])
    weights = np.zeros(rows.shape[1])
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(rows @ weights, -50, 50)))
        slope = rows.T @ (importance * (answered - likely)) - RIDGE * weights
        curvature = (rows * (importance * likely * (1 - likely))[:, None]).T @ rows + RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, slope)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=240, help="questions of each kind of DRCD (default 240)")
    arguments = parser.parse_args()
    rows: list[tuple[str, bool, Evidence]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, retriever, questions in read_sets(arguments.data, Path(folder), arguments.count):
            with retriever:
                for question in questions:
                    found = gather(retriever, question)
                    if found and found.compared:
                        rows.append((name, bool(question.answer), found))
    for crossed in (False, True):
        own = [row for row in rows if row[2].crossed == crossed]
        sizes = {key: sum(row[:2] == key for row in own) for key in {row[:2] for row in own}}
        # A few questions whose language was not told right would count as much as a whole set.
        own = [row for row in own if sizes[row[:2]] >= FEWEST]
        importance = np.array([1 / sizes[row[:2]] for row in own])
        answered = np.array([row[1] for row in own], float)
        for names in (("odds",), ("odds", "background"), ("odds", "dense"), ("odds", "dense", "background")):
            features = np.array([[getattr(row[2], name) for name in names] for row in own])
            weights = fit(features, answered, importance / importance.mean())
            print("CROSSED" if crossed else "SAME", f"n={len(own)}", names, "intercept:", weights.round(2))


if __name__ == "__main__":
    main()
