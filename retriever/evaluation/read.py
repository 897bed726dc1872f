"""Query sets from files: JSONL, or TREC topics, with what is relevant in the rows or in a file of qrels.

A line that cannot be used is an error with its number; no line is skipped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retriever.errors import UsageError
from retriever.evaluation.qrels import Qrels, parse_qrels
from retriever.evaluation.queries import QuerySet, Question, Relevant
from retriever.evaluation.rows import Row, parse_rows
from retriever.evaluation.source import SourceText, read_source
from retriever.evaluation.topics import parse_classic, parse_tabs
from retriever.text.language import detect

# At this confidence the language of a question is taken as detected, as in searching.
MIN_CONFIDENCE = 0.6


def read_queries(path: str | Path, qrels: str | Path | None = None) -> QuerySet:
    """The questions in a file, each with what is relevant to it.

    The file is JSONL (its first character is ``{``), classic TREC topics (``<``) or tab-separated id and query.
    ``qrels`` is a file of TREC qrels (query, iteration, document, grade) or of tab-separated query, document and
    grade; its document ids are ids or sources of documents. Topics need one, JSONL rows either it or judgements
    of their own. Questions without anything relevant are left out, which is told in ``notices``.

    Raises UsageError with the file's name and the line's number where it cannot be used.
    """
    source = read_source(Path(path))
    rows = _parse_rows(source)
    if not rows:
        raise UsageError(f"{source.name} holds no questions", hint="write one JSON object a line, or TREC topics")
    _require_distinct(source, rows)
    if qrels is not None:
        judged = read_source(Path(qrels))
        return _join_judgements(source, rows, judged, parse_qrels(judged))
    for row in rows:
        if row.relevant is None:
            raise source.error(
                row.line,
                "the question does not say what is relevant",
                hint="add documents, passages or texts to the row, or give a file of judgements with --qrels",
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
            raise source.error(row.line, f"the id {row.id!r} is also that of line {lines[row.id]}")
        lines[row.id] = row.line


def _join_judgements(source: SourceText, rows: list[Row], judged: SourceText, qrels: Qrels) -> QuerySet:
    """The rows with the judgements of their ids."""
    for row in rows:
        if row.relevant is not None:
            raise source.error(
                row.line,
                "the question says what is relevant, and there is a file of judgements as well",
                hint="leave out one of them",
            )
    if not qrels:
        raise UsageError(f"{judged.name} holds no judgements", hint="write lines such as: q1 0 reports/a.txt 1")
    unknown = qrels.keys() - {row.id for row in rows}
    if len(unknown) == len(qrels):
        raise UsageError(
            f"no id of {judged.name} is one of {source.name}: {_some(qrels)} against {_some(row.id for row in rows)}",
            hint="the two files belong together by the ids of the questions",
        )
    notices = []
    if unknown:
        notices.append(f"{judged.name}: ids that are in no question ({len(unknown)}): {_some(sorted(unknown))}")
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
        if positive:
            questions.append(Question(row.id, row.query, positive, language))
        else:
            left_out.append(row.id)
    if not questions:
        raise UsageError(f"nothing is relevant to any question of {source.name}")
    if left_out:
        notices.append(
            f"{source.name}: questions without anything relevant are left out ({len(left_out)}): {_some(left_out)}"
        )
    return QuerySet(tuple(questions), tuple(notices))


def _detect_languages(rows: list[Row]) -> list[str]:
    """The language of each row, given or detected.

    A few words are a weak sign: where they leave room for doubt, only a language that the set has elsewhere is taken.
    """
    detected = [None if row.language else detect(row.query) for row in rows]
    sure = {row.language for row in rows} | {
        item.language for item in detected if item and item.confidence >= MIN_CONFIDENCE
    }
    return [
        row.language if item is None else item.language if item.language in sure else ""
        for row, item in zip(rows, detected, strict=True)
    ]


def _some(names: Iterable[str], most: int = 3) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")
