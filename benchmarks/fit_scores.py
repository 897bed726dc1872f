"""Fit the scale of scores (``retriever/search/calibration.py``), and measure it on corpora that took no part.

    python benchmarks/fit_scores.py DATA [--work DIR] [--corpora ABCDE] [--ask] [--write]

Asks every question of ``score_sets.py`` (``--ask``; else what the last run kept in the work folder is used), records
the evidence of each search, fits a logistic regression for each kind of search on questions whose split is "fit", and
prints what the threshold does on the others. The first table of each kind is fitted without the corpus that it is
measured on, the second without the language of the question. ``--write`` replaces the weights of the library.

A question is answered if a right passage is among the first five. Questions are also asked with their right passages
removed from the candidates. Seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, astuple, dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from score_sets import Asked, read_sets

from retriever import LIKELY, Retriever, SearchOptions
from retriever.errors import UsageError
from retriever.search.calibration import find_kind
from retriever.search.candidates import Candidate
from retriever.search.evidence import gather_evidence
from retriever.search.pipeline import Search
from retriever.search.scale import Evidence

Numbers = npt.NDArray[np.float64]
FIRST = 5
# Kinds of search, and every how many questions is asked in each.
SEARCHES = {
    "late": (SearchOptions(), 1),
    "hybrid": (SearchOptions(rerank=0), 3),
    "dense": (SearchOptions(mode="dense"), 3),
    "lexical": (SearchOptions(mode="lexical"), 3),
}
RIDGE = 1.0
# How much a question counts beside an unanswered one that somebody wrote: with its passage removed, by kind of search
# (with more, scores of late interaction are too low; with less, more unrelated questions reach the threshold in the
# others), and with its passage not found.
REMOVED = {"late": 0.15, "hybrid": 0.3, "dense": 0.3, "lexical": 0.3}
MISSED = 0.3
# The least weights of evidence, of one standard deviation. What is shared counts against an answer only so far: who
# writes near misses uses the words of the corpus, who paraphrases avoids them; people who just ask do neither. Standing
# out counts at least so much: it tells what is answered within any one corpus, which the written sets hardly ask for.
BOUNDED = {"few_words": -0.4, "many_words": 0.0, "margin": 0.0}
LEAST = {"late": {**BOUNDED, "margin": 0.7}, "hybrid": BOUNDED, "dense": BOUNDED, "lexical": BOUNDED}
BINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MODULE = Path(__file__).parents[1] / "retriever" / "search" / "calibration_weights.py"


@dataclass(frozen=True, slots=True)
class Row:
    """What a search showed; ``asked``: "answered", "missed" (not among the first five), "removed", "near" or "far"."""

    search: str
    corpus: str
    kind: str
    language: str
    split: str
    asked: str
    odds: float
    evidence: tuple[float, ...]


def ask(retriever: Retriever, question: Asked, name: str) -> Iterator[Row]:
    """The rows of a question: as it is, and without its answer."""
    with ExitStack() as stack:
        begin, _ = retriever._begin_searches(stack)
        [search] = begin(question.text, SEARCHES[name][0])
        search.rank(10)
        ranked = search.ranked
        right = [bool(question.holds and question.holds(item.stored.document.id, item.stored.passage.text))
                 for item in ranked]  # fmt: skip
        state = ("answered" if any(right[:FIRST]) else "missed") if question.holds else "near"
        if not question.holds and not question.near:
            state = "far"
        if ranked and find_kind(ranked[0]) == name:
            yield _make_row(search, question, name, state, ranked)
        rest = [item for item, is_right in zip(ranked, right, strict=True) if not is_right]
        if any(right) and rest and question.kind != "lay":
            yield _make_row(search, question, name, "removed", rest)


def _make_row(search: Search, question: Asked, name: str, state: str, ranked: Sequence[Candidate]) -> Row:
    evidence = astuple(gather_evidence(search._context, ranked, search._comparer))
    asked = question.corpus, question.kind, question.language, question.split
    return Row(name, *asked, state, ranked[0].odds, evidence)


def gather(data: Path, work: Path, corpora: str) -> Iterator[Row]:
    """The rows of all questions about ``corpora``."""
    for name, opened, questions in read_sets(data, work):
        if name[0] not in corpora:
            continue
        with opened() as retriever:
            for number, question in enumerate(questions):
                for search, (_, every) in SEARCHES.items():
                    if number % every == 0:
                        try:
                            yield from ask(retriever, question, search)
                        except UsageError:  # a question without a word cannot be looked up
                            continue
        print(f"asked {len(questions)} about {name}", flush=True)


def weigh_rows(rows: Sequence[Row]) -> Numbers:
    """The importance of rows: a set counts by the root of its size, so that no large one decides."""
    sizes = Counter((row.corpus, row.kind, row.asked) for row in rows)
    own = [REMOVED[row.search] if row.asked == "removed" else MISSED if row.asked == "missed" else 1.0 for row in rows]
    shared = [sizes[row.corpus, row.kind, row.asked] ** 0.5 for row in rows]
    return 3 * np.array(own) / np.array(shared)


def fit(rows: Sequence[Row]) -> Numbers:
    """The weights of the evidence and the intercept, none below ``LEAST``: float64 [fields + 1]."""
    features = np.array([row.evidence for row in rows], float)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
    deviation[deviation < 1e-6] = np.inf  # what says nothing weighs nothing
    scaled = np.column_stack([(features - mean) / deviation, np.ones(len(rows))])
    answered = np.array([row.asked == "answered" for row in rows], float)
    bounds = LEAST[rows[0].search]
    least = np.array([*(bounds.get(field.name, -np.inf) for field in fields(Evidence)), -np.inf])
    held = np.zeros(len(least), bool)
    weights = descend(scaled, answered, weigh_rows(rows), np.zeros(len(least)), held)
    while (below := weights < least).any():
        held |= below
        weights = descend(scaled, answered, weigh_rows(rows), np.where(held, least, 0.0), held)
    own = weights[:-1] / deviation
    return np.append(own, weights[-1] - own @ mean)


def descend(
    scaled: Numbers, answered: Numbers, importance: Numbers, start: Numbers, held: npt.NDArray[np.bool_]
) -> Numbers:
    """The weights of scaled evidence by Newton's method; those that are ``held`` stay as at the ``start``."""
    ridge = RIDGE * np.append(np.ones(scaled.shape[1] - 1), 0.0)
    weights, free = start.copy(), ~held
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(scaled @ weights, -50, 50)))
        slope = scaled.T @ (importance * (answered - likely)) - ridge * weights
        curvature = (scaled * (importance * likely * (1 - likely))[:, None]).T @ scaled + np.diag(ridge + 1e-9)
        weights[free] += np.linalg.solve(curvature[np.ix_(free, free)], slope[free])
    return weights


def estimate(rows: Sequence[Row], weights: Numbers) -> Numbers:
    """How likely each question is answered: float64 [rows]."""
    odds = np.array([row.evidence for row in rows], float) @ weights[:-1] + weights[-1]
    return np.asarray(1 / (1 + np.exp(-odds)))


def hold_out(rows: Sequence[Row], group: Callable[[Row], str]) -> Numbers:
    """The estimates of rows by weights that were fitted without their group."""
    found = np.zeros(len(rows))
    for held in sorted(set(map(group, rows))):
        places = [place for place, row in enumerate(rows) if group(row) == held]
        rest = [row for row in rows if group(row) != held]
        if any(row.asked == "answered" for row in rest):
            found[places] = estimate([rows[place] for place in places], fit(rest))
    return found


def area(right: Numbers, wrong: Numbers) -> float:
    """The area under the curve."""
    return float((right[:, None] > wrong).mean() + (right[:, None] == wrong).mean() / 2)


def report(rows: Sequence[Row], likely: Numbers) -> None:
    """What the threshold does, by kind of question, and how reliable scores are."""
    by = {name: np.array([row.asked == name for row in rows]) for name in ("answered", "far", "near", "removed")}
    for least in sorted({0.2, 0.3, 0.4, 0.5, 0.6, LIKELY}):
        shares = "  ".join(
            f"{name} {(likely[own] >= least).mean():.3f}" for name, own in by.items() if own.any()
        )  # fmt: skip
        print(f"    at least {least:.2f}: {shares}")
    for kind in sorted({row.kind for row in rows if row.asked == "answered"}):
        own = by["answered"] & np.array([row.kind == kind for row in rows])
        same = by["removed"] & np.array([row.kind == kind for row in rows])
        areas = [area(likely[own], likely[other]) for other in (by["far"], by["near"], same) if other.any()]
        kept = (likely[own] >= LIKELY).mean()
        print(f"    {kind:12} {own.sum():4} kept {kept:.3f}  areas {' '.join(f'{item:.3f}' for item in areas)}")
    asked = ~by["removed"]
    error, total = 0.0, int(asked.sum())
    for low, high in pairwise(BINS):
        own = asked & (likely >= low) & ((likely < high) | (high == BINS[-1]))
        if own.any():
            right = by["answered"][own].mean()
            error += own.sum() / total * abs(right - likely[own].mean())
            print(f"    {low:.1f} to {high:.1f}: {own.sum():4} score {likely[own].mean():.3f} answered {right:.3f}")
    print(f"    expected calibration error {error:.3f}")


def write(weights: dict[str, Numbers]) -> None:
    """Replace the weights of the library."""
    head = MODULE.read_text("utf-8").split("WEIGHTS")[0]
    lines = [f'    "{name}": ({", ".join(f"{value:.4g}" for value in values)}),' for name, values in weights.items()]
    lines = [line.replace("(0,", "(0.0,").replace(" 0,", " 0.0,") for line in lines]
    tail = "\n".join(["WEIGHTS: dict[str, tuple[float, ...]] = {", *lines, "}"])
    MODULE.write_text(f"{head}{tail}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, help="keeps indexes and what was recorded (default: a temporary folder)")
    parser.add_argument("--corpora", default="EACDB", help="letters of those to ask about (default EACDB)")
    parser.add_argument("--ask", action="store_true", help="ask again")
    parser.add_argument("--write", action="store_true", help="replace the weights of the library")
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp())
    kept = work / "rows.jsonl"
    if arguments.ask or not kept.exists():
        with kept.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(row)) + "\n" for row in gather(arguments.data, work, arguments.corpora))
    rows = [Row(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()]
    weights = {}
    for name in SEARCHES:
        own = [row for row in rows if row.search == name]
        training = [row for row in own if row.split == "fit"]
        weights[name] = fit(training)
        print(f"{name}: {len(own)} rows, {len(training)} to fit on; {weights[name].round(3)}")
        held = [row for row in own if row.split == "test"]
        print("  what took no part")
        report(held, estimate(held, weights[name]))
        for group in ("corpus", "language"):
            print(f"  without the {group}")
            report(own, hold_out(own, lambda row, group=group: str(getattr(row, group))))  # type: ignore[misc]
    if arguments.write:
        write(weights)


if __name__ == "__main__":
    main()
