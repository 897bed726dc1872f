"""One evaluation: every question of a query set asked of an index, and what the answers are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from retriever.errors import FilterError, UsageError
from retriever.evaluation.measures import STANDARD, compute_values, parse_measures
from retriever.evaluation.queries import QuerySet, Question
from retriever.evaluation.relevance import DocumentNames, Judge
from retriever.evaluation.statistics import Estimate, estimate
from retriever.hits import SearchResponse
from retriever.options import SearchOptions
from retriever.reports import IndexedDocument, Progress
from retriever.types import Duplicates, Mode

DEFAULT_DEPTH = 100


class Searchable(Protocol):
    """What can be evaluated: a ``Retriever``, or whatever answers as one does."""

    @property
    def location(self) -> str: ...

    def documents(self) -> list[IndexedDocument]: ...

    def search_with(self, query: str, options: SearchOptions) -> SearchResponse: ...


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What one question came to: each measure's value by name."""

    id: str
    query: str
    language: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a search is worth on a query set.

    ``overall`` has an estimate for each of ``measures``, ``languages`` the same for the questions of each language,
    by code ("" where it could not be told). ``name`` says how it was searched, ``k`` is the
    cutoff of measures at k, ``depth`` how many passages each question was asked for. ``notices`` says what the user
    should know, such as documents that the index does not hold.
    """

    name: str
    index: str
    generation: int
    k: int
    depth: int
    measures: tuple[str, ...]
    overall: Mapping[str, Estimate]
    languages: Mapping[str, Mapping[str, Estimate]]
    results: tuple[QuestionResult, ...]
    notices: tuple[str, ...] = ()

    def estimate(self, measure: str) -> Estimate:
        """The overall estimate of a measure, by any of its names. Raises UsageError where it was not taken."""
        [parsed] = parse_measures([measure], self.k, self.depth)
        if str(parsed) not in self.overall:
            raise UsageError(f"{measure} was not measured", hint=f"measured were {', '.join(self.measures)}")
        return self.overall[str(parsed)]

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as JSON-ready values."""
        return {**asdict(self), "measures": list(self.measures), "notices": list(self.notices)}


def evaluate(
    index: Searchable,
    queries: QuerySet,
    *,
    measures: Sequence[str] = STANDARD,
    k: int = 10,
    depth: int = DEFAULT_DEPTH,
    mode: Mode = "hybrid",
    rerank: int | None = None,
    duplicates: Duplicates = "fold",
    where: str | None = None,
    name: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Ask the index every question and measure the answers.

    ``measures`` are names of ir-measures, ``k`` is the cutoff of those that end in ``@k``. Each question is asked for
    ``depth`` passages, with ``mode``, ``rerank``, ``duplicates`` and ``where`` as ``Retriever.search`` has them.
    ``name`` stands in the result; without one it says mode and reranking.

    Raises UsageError where a measure is unknown, where none of the documents that are judged relevant is in the
    index and for a question that cannot be searched, MissingExtraError without the extra ``eval``.
    """
    parsed = parse_measures(measures, k, depth)
    documents = index.documents()
    names = DocumentNames(documents)
    notices = [*queries.notices, *_check_documents(queries, names)] if documents else [*queries.notices]
    judges = [Judge(question, names) for question in queries.questions]

    options = SearchOptions(depth, mode, rerank=rerank, duplicates=duplicates, where=where)

    def ask(query: str) -> SearchResponse:
        return index.search_with(query, options)

    rankings, generations = _run_queries(queries.questions, judges, ask, on_progress)
    if len(generations) > 1:
        notices.append("the index changed meanwhile: its questions were answered by different generations")
    values = compute_values(parsed, [judge.grades() for judge in judges], rankings)
    results = tuple(
        QuestionResult(question.id, question.query, question.language, found)
        for question, found in zip(queries.questions, values, strict=True)
    )
    written = tuple(str(measure) for measure in parsed)
    return Evaluation(
        name=name or describe_search(mode, rerank),
        index=index.location,
        generation=max(generations),
        k=k,
        depth=depth,
        measures=written,
        overall=_estimate_measures(results, written),
        languages={
            language: _estimate_measures([result for result in results if result.language == language], written)
            for language in sorted({result.language for result in results})
        },
        results=results,
        notices=tuple(notices),
    )


def describe_search(mode: Mode, rerank: int | None) -> str:
    """A name for a way of searching: ``hybrid``, ``hybrid, rerank 60``, ``hybrid, no rerank``."""
    if rerank is None or mode == "lexical":
        return mode
    return f"{mode}, rerank {rerank}" if rerank else f"{mode}, no rerank"


def _run_queries(
    questions: Sequence[Question],
    judges: Sequence[Judge],
    ask: Callable[[str], SearchResponse],
    on_progress: Callable[[Progress], None] | None,
) -> tuple[list[list[str]], set[int]]:
    """The ranking that each question brought, and the generations that answered."""
    rankings: list[list[str]] = []
    generations: set[int] = set()
    for question, judge in zip(questions, judges, strict=True):
        try:
            response = ask(question.query)
        except FilterError:
            raise  # of the filter, not of this question
        except UsageError as error:
            raise UsageError(f"question {question.id}: {error}", hint=error.hint) from error
        generations.add(response.generation)
        rankings.append(judge.ranking(response.hits))
        if on_progress:
            on_progress(Progress("evaluate", len(rankings), len(judges), "questions"))
    return rankings, generations


def _estimate_measures(results: Sequence[QuestionResult], measures: Iterable[str]) -> dict[str, Estimate]:
    return {measure: estimate([result.values[measure] for result in results]) for measure in measures}


def _check_documents(queries: QuerySet, names: DocumentNames) -> list[str]:
    """What to say of names that the index does not know, and of such that it knows more than once.

    Raises UsageError where it knows none of them.
    """
    asked = dict.fromkeys(item.document for question in queries.questions for item in question.relevant)
    asked.pop("", None)
    found = {name: len(names.find(name)) for name in asked}
    absent = [name for name, count in found.items() if not count]
    if absent and len(absent) == len(found):
        raise UsageError(
            f"none of the relevant documents ({len(absent)}) is in the index, not even {absent[0]}",
            hint=f"name documents by id or by source, such as {min(names.sources)}",
        )
    several = [name for name, count in found.items() if count > 1]
    notices = []
    if absent:
        notices.append(
            f"{len(absent)} of {len(found)} relevant documents are not in the index and count as not found: "
            + _listed(absent)
        )
    if several:
        notices.append(f"names that stand for several documents each ({len(several)}): {_listed(several)}")
    return notices


def _listed(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
