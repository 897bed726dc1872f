"""Parses TREC qrels: the grades of documents for questions, by their ids."""

from __future__ import annotations

from typing import TypeAlias

from retriever.arguments import quote
from retriever.evaluation.queries import HIGHEST_GRADE, Relevant
from retriever.evaluation.source import SourceText

Qrels: TypeAlias = dict[str, tuple[Relevant, ...]]

# The header of tab-separated files in the format of BEIR.
_HEADER = ["query-id", "corpus-id", "score"]
_HINT = "a line of qrels is: query iteration document grade, or: query document grade"


def parse_qrels(source: SourceText) -> Qrels:
    """Judgements by question id, one per line: ``query iteration document grade`` or ``query document grade``.

    Columns are separated by tabs if a line has any, so that document ids may contain spaces, else by white space.
    Grades below 1 mean that the document is not relevant. Raises UsageError for a malformed line.
    """
    judged: dict[str, dict[str, int]] = {}
    for line, text in source.lines():
        columns = [part.strip() for part in (text.split("\t") if "\t" in text else text.split())]
        if columns == _HEADER and not judged:
            continue
        if not all(columns):
            raise source.error(line, "empty column", hint=_HINT)
        if len(columns) not in (3, 4):
            raise source.error(line, f"expected 3 or 4 columns, found {len(columns)}", hint=_HINT)
        query, document, grade = columns[0], columns[-2], _parse_grade(source, line, columns[-1])
        if judged.setdefault(query, {}).setdefault(document, grade) != grade:
            raise source.error(line, f"conflicting grades for query {query!r} and document {document!r}")
    return {
        query: tuple(Relevant(document, grade=grade) for document, grade in grades.items() if grade > 0)
        for query, grades in judged.items()
    }


def _parse_grade(source: SourceText, line: int, text: str) -> int:
    try:
        grade = int(text)
    except ValueError as error:
        raise source.error(line, f"the grade {quote(text)} is not an integer") from error
    if abs(grade) > HIGHEST_GRADE:
        raise source.error(line, f"the grade {quote(grade)} is not within ±{HIGHEST_GRADE:,}")
    return grade
