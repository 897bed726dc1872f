"""Reads query sets from files: JSONL or TREC topics, with judgements in the rows or in a file of qrels.

A malformed line is an error with its number; no line is skipped silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retriever.errors import UsageError
from retriever.evaluation.qrels import Qrels, parse_qrels
from retriever.evaluation.queries import QuerySet, Question, Relevant
from retriever.evaluation.rows import Row, parse_rows
from retriever.evaluation.source import SourceText, list_some, read_source
from retriever.evaluation.topics import parse_classic, parse_tabs
from retriever.text.language import detect

# At this confidence the detected language of a question is accepted, as it is when searching.
MIN_CONFIDENCE = 0.6


def read_queries(path: str | Path, qrels: str | Path | None = None) -> QuerySet:
    """Read the questions in a file, each with its relevant items.

    The file is JSONL (its first character is ``{``), classic TREC topics (``<``), or a tab-separated id and query per
    line. ``qrels`` is a file of TREC qrels (query, iteration, document, grade) or of tab-separated query, document and
    grade, in which documents are named by id or source. Topics require one; JSONL rows require either one or their own
    judgements. A row with ``"answerable": false`` needs none: nothing in the corpus answers it. Other questions without
    a relevant item are left out and reported in ``notices``.

    Raises UsageError, with the name of the file and the line number, if a file cannot be used.
    """
    source = read_source(path)
    rows = _parse_rows(source)
    if not rows:
        raise UsageError(f"{source.name} contains no questions", hint="write one JSON object per line, or TREC topics")
    _require_distinct(source, rows)
    if qrels is not None:
        judged = read_source(qrels)
        return _join_judgements(source, rows, judged, parse_qrels(judged))
    for row in rows:
        if row.relevant is None and row.answerable:
            raise source.error(
                row.line,
                "the question has no judgements",
                hint="add documents, passages or texts to the row, or pass a file of judgements with --qrels "
                '(in Python: qrels); if nothing answers the question, add "answerable": false',
            )
    return _build_query_set(source, ((row, row.relevant or ()) for row in rows), [])


def _parse_rows(source: SourceText) -> list[Row]:
    start = source.text.lstrip()[:1]
    if start == "{":
        return list(parse_rows(source))
    return list(parse_classic(source) if start == "<" else parse_tabs(source))


def _require_distinct(source: SourceText, rows: Iterable[Row]) -> None:
    lines: dict[str, int] = {}
    for row in rows:
        if row.id in lines:
            raise source.error(row.line, f"duplicate id {row.id!r}, first used on line {lines[row.id]}")
        lines[row.id] = row.line


def _join_judgements(source: SourceText, rows: list[Row], judged: SourceText, qrels: Qrels) -> QuerySet:
    """The rows with the judgements of their ids."""
    for row in rows:
        if row.relevant is not None:
            raise source.error(
                row.line,
                "the question has judgements, but a file of judgements is given as well",
                hint="remove one of them",
            )
    if not qrels:
        raise UsageError(f"{judged.name} contains no judgements", hint="write lines such as: q1 0 reports/a.txt 1")
    for row in rows:
        if not row.answerable and qrels.get(row.id):
            raise source.error(
                row.line,
                f"the question is not answerable, but {judged.name} has a relevant document for it",
                hint="remove one of them",
            )
    unknown = qrels.keys() - {row.id for row in rows}
    if len(unknown) == len(qrels):
        raise UsageError(
            f"{judged.name} and {source.name} have no question ids in common: "
            f"{list_some(qrels)} and {list_some(row.id for row in rows)}",
            hint="use the same question ids in both files",
        )
    notices = []
    if unknown:
        notices.append(f"{judged.name}: ids without a question ({len(unknown)}): {list_some(sorted(unknown))}")
    return _build_query_set(source, ((row, qrels.get(row.id, ())) for row in rows), notices)


def _build_query_set(
    source: SourceText, judged: Iterable[tuple[Row, tuple[Relevant, ...]]], notices: list[str]
) -> QuerySet:
    questions: list[Question] = []
    left_out: list[str] = []
    pairs = list(judged)
    languages = _detect_languages([row for row, _ in pairs])
    for (row, relevant), language in zip(pairs, languages, strict=True):
        positive = tuple(item for item in relevant if item.grade > 0)
        if positive or not row.answerable:
            questions.append(Question(row.id, row.query, positive, language))
        else:
            left_out.append(row.id)
    if not any(question.answerable for question in questions):
        raise UsageError(
            f"no question of {source.name} has a relevant item", hint="give at least one item a grade of 1 or more"
        )
    if left_out:
        notices.append(
            f"{source.name}: questions without a relevant item were left out ({len(left_out)}): {list_some(left_out)}"
        )
    return QuerySet(tuple(questions), tuple(notices))


def _detect_languages(rows: list[Row]) -> list[str]:
    """The language of each row, given or detected.

    A few words are weak evidence, so an uncertain detection is only accepted if the set has that language elsewhere.
    """
    detected = [None if row.language else detect(row.query) for row in rows]
    sure = {row.language for row in rows} | {
        item.language for item in detected if item and item.confidence >= MIN_CONFIDENCE
    }
    return [
        row.language if item is None else item.language if item.language in sure else ""
        for row, item in zip(rows, detected, strict=True)
    ]
