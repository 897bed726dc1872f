"""Runs an evaluation: searches an index for every question of a query set and measures the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from retriever.arguments import quote, require_callback, require_count, require_text
from retriever.errors import FilterError, UsageError
from retriever.evaluation.measures import STANDARD, compute_values, parse_measures
from retriever.evaluation.queries import QuerySet, Question
from retriever.evaluation.relevance import DocumentNames, Judge
from retriever.evaluation.results import Evaluation, FirstHit, QuestionResult
from retriever.evaluation.source import list_some
from retriever.evaluation.statistics import Estimate, estimate
from retriever.hits import Hit, SearchResponse
from retriever.options import SearchOptions, Where
from retriever.reports import IndexedDocument, Progress
from retriever.types import Duplicates, Mode

if TYPE_CHECKING:
    from ir_measures import Measure

DEFAULT_DEPTH = 100
# Characters of a hit that a result shows.
_SHOWN = 300


class Searchable(Protocol):
    """What can be evaluated: a ``Retriever``, or any object with these members."""

    @property
    def location(self) -> str:
        """Where the index is, a folder or a URI. It is only copied into the result."""
        ...

    def documents(self) -> list[IndexedDocument]:
        """The documents of the index, with which the names in judgements are resolved."""
        ...

    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """Search for ``query``."""
        ...


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
    where: Where | None = None,
    name: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Search the index for every question and measure the results.

    Measures are means over the questions that have an answer. The others are asked as well, for
    ``Evaluation.answerability``.

    - ``index``: the index to search
    - ``queries``: the questions with their relevant items
    - ``measures``: names of ir-measures
    - ``k``: the cutoff of measures that end in ``@k``
    - ``depth``: the number of passages to request for each question
    - ``mode``, ``rerank``, ``duplicates``, ``where``: as for ``Retriever.search``
    - ``name``: the name of the result; by default it describes mode and reranking
    - ``on_progress``: called after each question

    Raises UsageError if a measure is unknown, if no question has an answer, if none of the judged documents is in the
    index, or if a question cannot be searched for; MissingExtraError without the extra ``eval``.
    """
    _check_arguments(index, queries, measures, name, on_progress)
    require_count("k", k, at_least=1)
    require_count("depth", depth, at_least=1)
    parsed = parse_measures(measures, k, depth)
    documents = index.documents()
    names = DocumentNames(documents)
    notices = [*queries.notices, *_check_documents(queries, names)] if documents else [*queries.notices]
    judges = [Judge(question, names) for question in queries.questions]

    options = SearchOptions(depth, mode, rerank=rerank, duplicates=duplicates, where=where)

    def search(query: str) -> SearchResponse:
        return index.search_with(query, options)

    answers, generations = _run_queries(queries.questions, judges, search, on_progress)
    if len(generations) > 1:
        notices.append("the index changed during the evaluation: questions were answered by different generations")
    results = _build_results(queries.questions, judges, answers, parsed)
    answered = [result for result in results if result.answerable]
    measure_names = tuple(str(measure) for measure in parsed)
    return Evaluation(
        name=name or _describe_search(mode, rerank),
        index=index.location,
        generation=max(generations),
        k=k,
        depth=depth,
        measures=measure_names,
        overall=_estimate_measures(answered, measure_names),
        languages={
            language: _estimate_measures([result for result in answered if result.language == language], measure_names)
            for language in sorted({result.language for result in answered})
        },
        results=results,
        notices=tuple(notices),
    )


def _check_arguments(index: object, queries: object, measures: object, name: object, on_progress: object) -> None:
    if not all(hasattr(index, member) for member in ("search_with", "documents", "location")):
        raise UsageError(f"the index must be a Retriever, not {quote(index)}", hint="open it: Retriever.open(…)")
    if not isinstance(queries, QuerySet):
        raise UsageError(f"queries must be a QuerySet, not {quote(queries)}", hint="read one: read_queries(…)")
    if not any(question.answerable for question in queries.questions):
        raise UsageError("no question has a relevant item", hint="add questions that the corpus answers")
    if isinstance(measures, str) or not isinstance(measures, Sequence):
        raise UsageError(f"measures must be a list of names, not {quote(measures)}", hint='such as: ["nDCG@10"]')
    for measure in measures:
        require_text("a measure", measure, hint='such as: "nDCG@10"')
    require_text("name", name)
    require_callback("on_progress", on_progress)


def _describe_search(mode: Mode, rerank: int | None) -> str:
    """A name for search settings: ``hybrid``, ``hybrid, rerank 60``, ``hybrid, no rerank``."""
    if rerank is None or mode == "lexical":
        return mode
    return f"{mode}, rerank {rerank}" if rerank else f"{mode}, no rerank"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found for one question: the ranking for measures, the rank of the first right hit, the first hit."""

    ranking: list[str]
    rank: int | None
    first: FirstHit | None


def _run_queries(
    questions: Sequence[Question],
    judges: Sequence[Judge],
    search: Callable[[str], SearchResponse],
    on_progress: Callable[[Progress], None] | None,
) -> tuple[list[_Answer], set[int]]:
    """The answer to each question, and the generations that were searched."""
    answers: list[_Answer] = []
    generations: set[int] = set()
    for question, judge in zip(questions, judges, strict=True):
        try:
            response = search(question.query)
        except FilterError:
            raise  # It is about the filter, not about this question.
        except UsageError as error:
            raise UsageError(f"question {question.id}: {error}", hint=error.hint) from error
        generations.add(response.generation)
        hits = response.hits
        answers.append(_Answer(judge.rank(hits), judge.find_rank(hits), _describe_hit(hits[0]) if hits else None))
        if on_progress:
            on_progress(Progress("evaluate", len(answers), len(judges), "questions"))
    return answers, generations


def _describe_hit(hit: Hit) -> FirstHit:
    text = hit.text[hit.sentence.start : hit.sentence.end] if hit.sentence else hit.text.strip().partition("\n")[0]
    line = " ".join(text.split())
    return FirstHit(hit.citation, hit.document, hit.score, line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


def _build_results(
    questions: Sequence[Question], judges: Sequence[Judge], answers: Sequence[_Answer], measures: Sequence[Measure]
) -> tuple[QuestionResult, ...]:
    """The result of each question; only those that have an answer have values."""
    judged = [place for place, question in enumerate(questions) if question.answerable]
    values = compute_values(
        measures, [judges[place].grades() for place in judged], [answers[place].ranking for place in judged]
    )
    by_place = dict(zip(judged, values, strict=True))
    return tuple(
        QuestionResult(
            question.id,
            question.query,
            question.language,
            by_place.get(place, {}),
            question.relevant,
            answer.rank,
            answer.first,
        )
        for place, (question, answer) in enumerate(zip(questions, answers, strict=True))
    )


def _estimate_measures(results: Sequence[QuestionResult], measures: Iterable[str]) -> dict[str, Estimate]:
    return {measure: estimate([result.values[measure] for result in results]) for measure in measures}


def _check_documents(queries: QuerySet, names: DocumentNames) -> list[str]:
    """Notices about judged documents that are not in the index, and about names of several documents.

    Raises UsageError if none of the judged documents is in the index.
    """
    names_used = dict.fromkeys(item.document for question in queries.questions for item in question.relevant)
    names_used.pop("", None)
    counts = {name: len(names.find(name)) for name in names_used}
    absent = [name for name, count in counts.items() if not count]
    if absent and len(absent) == len(counts):
        raise UsageError(
            f"none of the {len(absent)} relevant documents is in the index: {list_some(absent)}",
            hint=f"name documents by id or by source, such as {min(names.sources)}",
        )
    ambiguous = [name for name, count in counts.items() if count > 1]
    notices = []
    if absent:
        notices.append(
            f"{len(absent)} of {len(counts)} relevant documents are not in the index and count as not found: "
            + list_some(absent)
        )
    if ambiguous:
        notices.append(f"names that match several documents ({len(ambiguous)}): {list_some(ambiguous)}")
    return notices
