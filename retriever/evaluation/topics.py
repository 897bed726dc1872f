"""Parses TREC topics: the classic form with ``<top>``, ``<num>`` and ``<title>``, and tab-separated id and query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.evaluation.rows import Row
from retriever.evaluation.source import SourceText

_TOPIC = re.compile(r"<top>(.*?)(</top>|(?=<top>)|\Z)", re.DOTALL | re.IGNORECASE)
# Fields have no closing tag: each ends where the next begins.
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*([^<\s]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title>\s*(?:Topic:)?\s*([^<]*)", re.IGNORECASE)


def parse_classic(source: SourceText) -> Iterator[Row]:
    """A row for each topic, with its number as id and its title as query. Raises UsageError for a malformed topic."""
    position = 0
    for match in _TOPIC.finditer(source.text):
        _require_blank(source, position, match.start())
        position = match.end()
        line = source.line_at(match.start())
        number, title = _NUMBER.search(match[1]), _TITLE.search(match[1])
        if not match[2]:
            raise source.error(line, "the topic has no </top>")
        if number is None:
            raise source.error(line, "the topic has no <num>")
        if title is None or not title[1].strip():
            raise source.error(line, f"the topic {number[1]} has no <title>")
        yield Row(line, number[1], " ".join(title[1].split()))
    _require_blank(source, position, len(source.text))


def parse_tabs(source: SourceText) -> Iterator[Row]:
    """A row for each line of id and query, separated by a tab. Raises UsageError for a malformed line."""
    for line, text in source.lines():
        key, query = (part.strip() for part in text.partition("\t")[::2])
        if not key or not query:
            raise source.error(
                line,
                "not an id and a query separated by a tab",
                hint="a query set is JSONL, classic TREC topics, or tab-separated lines",
            )
        yield Row(line, key, query)


def _require_blank(source: SourceText, start: int, end: int) -> None:
    between = source.text[start:end]
    if between.strip():
        first = start + len(between) - len(between.lstrip())
        raise source.error(source.line_at(first), "text outside <top> and </top>")
