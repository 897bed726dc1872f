"""Fit how contexts judge whether a question is answered (``retriever/search/judgement.py``), and measure it.

    python benchmarks/fit_judgement.py DATA --work DIR [--ask] [--write]

Asks what was written about the reports, the examples, XQuAD and DRCD (``score_sets.py``), and natural questions of
which the articles of a third are not indexed: half of DRCD, XQuAD in six languages by questions in all of them, and
laws of which a third is indexed. Fits two logistic regressions on the questions whose split is "fit", one where
question and best passage share their language, and one where they do not, and prints what the threshold does on the
others; then by weights that were fitted without the corpus. ``--write`` replaces the weights of the library. The other
half of DRCD and ``benchmarks/contexts/judgements.jsonl`` take no part: ``benchmarks/context.py`` measures them.

Rows are kept in the work folder, and used again without ``--ask``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from fit_scores import FIRST, MISSED, Numbers, descend
from question_sets import Question, read_drcd, read_xquad
from score_sets import (
    LANGUAGES,
    LAY,
    Asked,
    find_article,
    holds_article,
    open_files,
    read_jsonl,
    read_sets,
    read_written,
)

from retriever import LIKELY, Retriever, SearchOptions
from retriever.search.judgement import find_standing

# The corpora of which what was written is asked.
WRITTEN = ("E", "A", "C-en", "D")
# The evidence that each set of weights rests on.
WITHIN = ("similarity", "crowd", "length", "margin", "missing")
ACROSS = ("whole", "crowd", "margin")
# Natural questions count so many times as written ones, of which those that paraphrase avoid the words of the corpus;
# those with their passage removed so little.
NATURAL = {False: 4.0, True: 1.0}
REMOVED = 0.15
RIDGE = 1.0
OPTIONS = SearchOptions(k=30)
# Of XQuAD and laws so many answered and as many unanswered questions in a language.
IN_ONE, ACROSS_EACH, OF_LAWS = 50, 10, 50
# The share of laws that is indexed, of 256.
INDEXED = 105
MODULE = Path(__file__).parents[1] / "retriever" / "search" / "judgement_weights.py"


@dataclass(frozen=True, slots=True)
class Row:
    """What a search showed; ``asked`` is "answered", "missed" (not among the first five), "removed" or "unanswered"."""

    corpus: str
    kind: str
    split: str
    asked: str
    crossed: bool
    standing: dict[str, float]

    @property
    def group(self) -> str:
        """The corpus that it is about, whatever part of it is indexed."""
        return self.corpus.split("-")[0]


def read_natural(data: Path, work: Path) -> Iterator[tuple[str, Callable[[], Retriever], list[Asked]]]:
    """Natural questions with and without their articles: name, index and questions of each corpus."""
    retriever, questions = read_drcd(data, work / "natural-D", 0, 150)
    yield "D-part", lambda: retriever, [_take(item, "D") for item in questions]
    for language in LANGUAGES:
        retriever, questions = read_xquad(data, work / f"natural-{language}", language, IN_ONE)
        counts: Counter[tuple[str, bool]] = Counter()
        chosen = []
        for item in questions:
            counts[item.language, bool(item.answer)] += 1
            if item.language == language or counts[item.language, bool(item.answer)] <= ACROSS_EACH:
                chosen.append(_take(item, "C"))
        yield f"C-{language}-part", lambda retriever=retriever: retriever, chosen  # type: ignore[misc]
    opened, lay = _read_laws(data / "laws" / "statutes", work / "natural-B")
    yield "B-part", opened, [*lay, *(item for item in read_written("B", data) if item.holds is None)]


def _take(item: Question, corpus: str) -> Asked:
    holds = (lambda _, passage: item.is_answered_by(passage)) if item.answer else None
    return Asked(item.text, corpus, "natural", item.language, "fit", holds)


def _read_laws(statutes: Path, work: Path) -> tuple[Callable[[], Retriever], list[Asked]]:
    """An index of some laws, and lay questions about these, half to fit on, and about the others, to measure."""
    names = [str(path.relative_to(statutes)) for path in sorted(statutes.rglob("*")) if path.is_file()]
    kept = {name for name in names if hashlib.sha1(name.encode()).digest()[0] < INDEXED}
    for name in kept:
        (work / "laws" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(statutes / name, work / "laws" / name)
    asked = []
    for name in LAY:
        rows = read_jsonl(name)
        random.Random(5).shuffle(rows)
        counts: Counter[bool] = Counter()
        for number, row in enumerate(rows):
            named = [(row["law"], row["article"]), *row.get("same_text_elsewhere", []), *row.get("more", [])]
            articles = [find_article(statutes, *pair) for pair in named if len(pair) == 2 and pair[0] in kept]
            found = any(articles)
            near = any(pair[0] in kept for pair in row.get("also_ok", []))
            counts[found] += 1
            if counts[found] > OF_LAWS or (near and not found):
                continue
            split = row.get("split", "fit" if name == "lay_train" or number % 2 else "test") if found else "test"
            holds = holds_article(list(filter(None, articles))) if found else None
            asked.append(Asked(row["question"], "B", "lay", row.get("language", "zh"), split, holds))
    return lambda: open_files(work / "index", work / "laws"), asked


def ask(retriever: Retriever, question: Asked, corpus: str) -> Iterator[Row]:
    """The rows of a question: as it is, and without its answer."""
    with ExitStack() as stack:
        begin, _ = retriever._begin_searches(stack)
        [search] = begin(question.text, OPTIONS)
        search.rank(OPTIONS.k)
        right = [bool(question.holds and question.holds(item.stored.document.id, item.stored.passage.text))
                 for item in search.ranked]  # fmt: skip
        rest = [item for item, is_right in zip(search.ranked, right, strict=True) if not is_right]
        ways = [(search.ranked, ("answered" if any(right[:FIRST]) else "missed") if question.holds else "unanswered")]
        if any(right) and question.kind not in ("lay", "natural"):
            ways.append((rest, "removed"))
        for ranked, state in ways:
            if ranked and ranked[0].scores.late is not None:
                scaled = search.calibrate(ranked)
                evidence = scaled[0].scale.evidence
                assert evidence is not None
                standing = find_standing(search._context, scaled, evidence, search._comparer)
                crossed = not scaled[0].scores.same_language
                yield Row(corpus, question.kind, question.split, state, crossed, asdict(standing))


def gather(data: Path, work: Path) -> Iterator[Row]:
    """The rows of all questions."""
    written = (
        (name, opened, asked) for name, opened, asked in read_sets(data, work) if name in ("E", "A", "C-en", "D")
    )
    for sets in (written, read_natural(data, work)):
        for name, opened, asked in sets:
            with opened() as retriever:
                for question in asked:
                    if question.kind != "mono":
                        yield from ask(retriever, question, name)
            print(f"asked {len(asked)} about {name}", flush=True)


def weigh_rows(rows: Sequence[Row]) -> Numbers:
    """The importance of rows: a set counts by the root of its size, so that no large one decides."""
    sizes = Counter((row.group, row.kind, row.asked) for row in rows)
    own = [REMOVED if row.asked == "removed" else MISSED if row.asked == "missed" else 1.0 for row in rows]
    natural = [NATURAL[row.crossed] if row.kind == "natural" else 1.0 for row in rows]
    shared = [sizes[row.group, row.kind, row.asked] ** 0.5 for row in rows]
    return 3 * np.array(own) * np.array(natural) / np.array(shared)


def fit(rows: Sequence[Row], crossed: bool) -> dict[str, float]:
    """The weights by name of the evidence, and the intercept, from the rows of one kind."""
    names = ACROSS if crossed else WITHIN
    own = [row for row in rows if row.crossed == crossed]
    features = np.array([[row.standing[name] for name in names] for row in own], float)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = np.column_stack([(features - mean) / deviation, np.ones(len(own))])
    answered = np.array([row.asked == "answered" for row in own], float)
    free = np.zeros(scaled.shape[1], bool)
    weights = descend(scaled, answered, weigh_rows(own), np.zeros(scaled.shape[1]), free)
    slopes = weights[:-1] / deviation
    found = dict(zip(names, slopes.tolist(), strict=True))
    return {**found, "": float(weights[-1] - slopes @ mean)}


def estimate(rows: Sequence[Row], within: dict[str, float], across: dict[str, float]) -> Numbers:
    """How likely each question is answered: float64 [rows]."""
    odds = []
    for row in rows:
        weights = across if row.crossed else within
        odds.append(sum(weight * row.standing[name] for name, weight in weights.items() if name) + weights[""])
    return np.asarray(1 / (1 + np.exp(-np.array(odds))))


def report(rows: Sequence[Row], likely: Numbers) -> None:
    """What the threshold does, by corpus and kind: the shares that are kept of answered and refused of unanswered."""
    for key in sorted({(row.group, row.kind, row.crossed) for row in rows}):
        parts = []
        for asked in ("answered", "missed", "unanswered"):
            own = np.array([(row.group, row.kind, row.crossed, row.asked) == (*key, asked) for row in rows])
            if own.any():
                share = (likely[own] >= LIKELY).mean()
                parts.append(f"{asked} {own.sum():4} kept {share:.3f} refused {1 - share:.3f}")
        if any(parts):
            print(f"    {key[0]} {key[1]:12} {'across' if key[2] else 'within'}  {'   '.join(parts)}")


def write(within: dict[str, float], across: dict[str, float]) -> None:
    """Replace the weights of the library."""
    head = MODULE.read_text("utf-8").split("WITHIN")[0]
    tables = []
    for name, weights in (("WITHIN", within), ("ACROSS", across)):
        lines = [f'    "{key}": {float(f"{value:.4g}")},' for key, value in weights.items()]
        tables.append("\n".join([f"{name}: dict[str, float] = {{", *lines, "}"]))
    MODULE.write_text(head + "\n".join(tables) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps indexes and what was recorded")
    parser.add_argument("--ask", action="store_true", help="ask again")
    parser.add_argument("--write", action="store_true", help="replace the weights of the library")
    arguments = parser.parse_args()
    kept = arguments.work / "judged.jsonl"
    if arguments.ask or not kept.exists():
        rows = list(gather(arguments.data, arguments.work))
        kept.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), "utf-8")
    rows = [Row(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()]
    training = [row for row in rows if row.split == "fit"]
    within, across = fit(training, crossed=False), fit(training, crossed=True)
    print(f"{len(rows)} rows, {len(training)} to fit on\n  {within}\n  {across}")
    report(rows, estimate(rows, within, across))
    print("  without the corpus")
    likely = np.zeros(len(rows))
    for group in sorted({row.group for row in rows}):
        places = [place for place, row in enumerate(rows) if row.group == group]
        rest = [row for row in training if row.group != group]
        likely[places] = estimate([rows[place] for place in places], fit(rest, crossed=False), fit(rest, crossed=True))
    report(rows, likely)
    if arguments.write:
        write(within, across)


if __name__ == "__main__":
    main()
