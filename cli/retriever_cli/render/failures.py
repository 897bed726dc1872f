"""Questions that failed: what was expected, the rank that it came at, and what came instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from retriever import Evaluation, Failure, Relevant
from retriever_cli.console import escape_line
from retriever_cli.options import format_count
from retriever_cli.render.markdown import escape
from retriever_cli.render.tables import Say, pad

_MEANING = {
    "missed": "no hit answers",
    "wrong": "another hit came first",
    "answered": "nothing answers, but a hit reached the threshold",
    "refused": "right, but below the threshold",
}


def format_failures(failures: Sequence[Failure], evaluations: Sequence[Evaluation], say: Say = str) -> str:
    """Each question with labelled lines below it. With several evaluations its rank in each is one of them."""
    blocks = [
        "\n".join(
            [_describe(failure, say)]
            + [f"  {pad(say(label), 8)}  {value}" for label, value in _list_lines(failure, evaluations, say)]
        )
        for failure in failures
    ]
    return "\n\n".join([_count(failures, evaluations[0], say), *blocks])


def format_failures_markdown(failures: Sequence[Failure], evaluations: Sequence[Evaluation]) -> str:
    """The same as a list in Markdown."""
    items = [
        "\n".join(
            [f"- {escape(_describe(failure))}"]
            + [f"  - {label}: {escape(value)}" for label, value in _list_lines(failure, evaluations) if value]
        )
        for failure in failures
    ]
    return "\n\n".join(["## Questions that failed", escape(_count(failures, evaluations[0])), "\n".join(items)]).strip()


def _count(failures: Sequence[Failure], evaluation: Evaluation, say: Say = str) -> str:
    asked = format_count(len(evaluation.results), "question")
    counts = Counter(failure.kind for failure in failures)
    kinds = say("; ").join(say(f"{count:,} {kind} ({_MEANING[kind]})") for kind, count in counts.items())
    return f"{say(f'Failed: {len(failures):,} of {asked}')}{say(': ') if kinds else ''}{kinds}"


def _describe(failure: Failure, say: Say = str) -> str:
    return f"{say(failure.kind)}{say(': ')}{escape_line(failure.result.query)}"


def _list_lines(failure: Failure, evaluations: Sequence[Evaluation], say: Say = str) -> Iterator[tuple[str, str]]:
    result = failure.result
    for number, item in enumerate(result.relevant):
        yield ("" if number else "expected", _describe_relevant(item))
    if not result.relevant:
        yield "expected", say("nothing")
    if result.first is None:
        yield "came", say("nothing")
    else:
        yield "came", say(f"{escape_line(result.first.citation)} (score {result.first.score:.3f})")
        yield "", escape_line(result.first.text)
    if result.relevant:
        several = len(evaluations) > 1
        yield "rank", _list_ranks(result.id, evaluations, say) if several else say(_format_rank(result.rank))


def _describe_relevant(item: Relevant) -> str:
    place = f"{item.span.start}-{item.span.end}" if item.span else item.text
    return escape_line(": ".join(part for part in (item.document, " ".join(place.split())) if part))


def _list_ranks(question: str, evaluations: Sequence[Evaluation], say: Say) -> str:
    """The rank of the right hit in every evaluation, so that the stage that lost it can be seen."""
    ranks = (
        (evaluation.name, next(result.rank for result in evaluation.results if result.id == question))
        for evaluation in evaluations
    )
    colon = say(": ")
    return say("; ").join(f"{escape_line(name)}{colon}{say(_format_rank(rank))}" for name, rank in ranks)


def _format_rank(rank: int | None) -> str:
    return "none" if rank is None else f"{rank:,}"
