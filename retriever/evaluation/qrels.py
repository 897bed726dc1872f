"""TREC qrels: which documents are relevant to which question, by ids."""

from __future__ import annotations

from typing import TypeAlias

from retriever.evaluation.queries import Relevant
from retriever.evaluation.source import SourceText

Qrels: TypeAlias = dict[str, tuple[Relevant, ...]]

# The first line of the tab-separated files that BEIR made usual.
_HEADER = ["query-id", "corpus-id", "score"]


def parse_qrels(source: SourceText) -> Qrels:
    """Judgements by question id: ``query iteration document grade`` or ``query document grade``, a line each.

    Columns are separated by tabs where a line has any, so that document ids may hold spaces, else by white space.
    Grades below 1 mean that the document is not relevant. Raises UsageError.
    """
    judged: dict[str, dict[str, int]] = {}
    for line, text in source.lines():
        columns = [part.strip() for part in (text.split("\t") if "\t" in text else text.split())]
        if columns == _HEADER and not judged:
            continue
        if len(columns) not in (3, 4) or not all(columns):
            raise source.error(
                line,
                f"{len(columns)} columns",
                hint="qrels have four (query, iteration, document, grade) or three (query, document, grade)",
            )
        query, document, grade = columns[0], columns[-2], _parse_grade(source, line, columns[-1])
        if judged.setdefault(query, {}).setdefault(document, grade) != grade:
            raise source.error(line, f"another grade for {document} and {query} than on an earlier line")
    return {
        query: tuple(Relevant(document, grade=grade) for document, grade in grades.items() if grade > 0)
        for query, grades in judged.items()
    }


def _parse_grade(source: SourceText, line: int, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise source.error(line, f"the grade {text!r} is no whole number") from error
