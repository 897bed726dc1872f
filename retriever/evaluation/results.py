"""What an evaluation returns: measures with their estimates, and for each question what came first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from retriever.arguments import quote
from retriever.errors import UsageError
from retriever.evaluation.answerability import AUC, Answerability, Outcome, weigh_answers
from retriever.evaluation.measures import parse_measures
from retriever.evaluation.queries import Relevant
from retriever.evaluation.statistics import Estimate


@dataclass(frozen=True, slots=True)
class FirstHit:
    """The hit that came first for a question.

    ``citation`` is that of the hit, ``document`` the id of its document, ``score`` its score, and ``text`` the sentence
    that answers best, or the first line if there is none, in one line of at most 300 characters.
    """

    citation: str
    document: str
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The result of one question.

    Attributes:
        id: the id of the question.
        query: its text.
        language: its language ("" if unknown).
        values: the value of each measure by name; empty for a question without an answer.
        relevant: what answers it; empty for a question without an answer.
        rank: the place of the first hit that has a relevant item, from 1; None if none of the hits has.
        first: the hit that came first; None if there were no hits.
    """

    id: str
    query: str
    language: str
    values: Mapping[str, float]
    relevant: tuple[Relevant, ...] = ()
    rank: int | None = None
    first: FirstHit | None = None

    @property
    def answerable(self) -> bool:
        """Whether something in the corpus answers the question."""
        return bool(self.relevant)

    @property
    def score(self) -> float:
        """The score of the first hit; 0 if there were no hits."""
        return self.first.score if self.first else 0.0


FailureKind: TypeAlias = Literal["missed", "wrong", "answered", "refused"]
# In the order in which failures are listed: the worst first.
_KINDS: tuple[FailureKind, ...] = ("missed", "wrong", "answered", "refused")


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that failed.

    ``kind`` is "missed" if no hit answers it, "wrong" if a hit does but another came first, "answered" if nothing
    answers it but the first hit scored at or above the threshold, and "refused" if the first hit is right but scored
    below the threshold.
    """

    kind: FailureKind
    result: QuestionResult

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of an evaluation.

    Measures of ranking are computed from the questions that have an answer; see ``answerability`` for the others.

    Attributes:
        name: describes how the index was searched.
        index: the location of the index.
        generation: the generation of the index that was searched.
        k: the cutoff of measures at k.
        depth: the number of passages requested for each question.
        measures: the names of the measures.
        overall: an estimate of each measure.
        languages: an estimate of each measure for the questions of each language, by code ("" if unknown).
        results: the result of each question, with and without an answer.
        notices: what the user should know, such as judged documents that are not in the index.
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
        """The overall estimate of a measure, by any of its names; ``auc`` is that of ``answerability``.

        Raises UsageError if it was not computed.
        """
        if measure.strip().lower() == AUC:
            return self.answerability().auc
        [parsed] = parse_measures([measure], self.k, self.depth)
        if str(parsed) not in self.overall:
            raise UsageError(
                f"the evaluation has no measure {measure!r}", hint=f"use one of {', '.join(self.measures)}"
            )
        return self.overall[str(parsed)]

    def answerability(self, *, max_false_answers: float | None = None) -> Answerability:
        """How well the score of the first hit tells right answers from questions that nothing answers.

        - ``max_false_answers``: the largest share, 0 to 1, of questions without an answer that may score at or above
          the proposed threshold; None for the threshold with the best mean of both rates

        Raises UsageError without a question that has no answer, or without one that was answered right.
        """
        return weigh_answers([_describe_outcome(result) for result in self.results], max_false_answers)

    def failures(self, threshold: float | None = None) -> tuple[Failure, ...]:
        """The questions that failed, by kind and then in their order.

        ``threshold`` is the least score, 0 to 1, of a first hit that counts as an answer. With None no question is
        "answered" or "refused". Raises UsageError for another threshold.
        """
        if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
            raise UsageError(f"threshold must be a number or None, not {quote(threshold)}", hint="such as: 0.3")
        found = [
            Failure(kind, result) for result in self.results if (kind := _find_failure(result, threshold)) is not None
        ]
        return tuple(sorted(found, key=lambda failure: _KINDS.index(failure.kind)))

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as JSON-ready values."""
        return {**asdict(self), "measures": list(self.measures), "notices": list(self.notices)}


def _describe_outcome(result: QuestionResult) -> Outcome:
    return Outcome(result.score, "right" if result.rank == 1 else "wrong" if result.answerable else "unanswerable")


def _find_failure(result: QuestionResult, threshold: float | None) -> FailureKind | None:
    if result.answerable and result.rank != 1:
        return "missed" if result.rank is None else "wrong"
    if threshold is None:
        return None
    if result.answerable:
        return "refused" if result.score < threshold else None
    return "answered" if result.first is not None and result.score >= threshold else None
