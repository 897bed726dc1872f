"""The evaluator over made-up tables: what an engine that pushes nothing down gets from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from retriever.errors import FilterError
from retriever.filters import Filter
from retriever.filters.evaluate import evaluate
from retriever.types import StoredDocument


class Table:
    """Two documents whose refs lie in no order, as an engine with refs of its own might give them."""

    def __init__(self, documents: Mapping[str, Sequence[int]]) -> None:
        self.refs = documents
        self.columns: list[str] = []

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        for number, (name, refs) in enumerate(self.refs.items()):
            yield refs, StoredDocument(name, name, name, name, "", "", language="en", metadata={"n": number})

    def column(self, name: str) -> Mapping[int, Sequence[str]]:
        self.columns.append(name)
        return {ref: ("zh",) if ref % 2 else () for refs in self.refs.values() for ref in refs}


@pytest.mark.parametrize(
    ("expression", "expected", "columns"),
    [
        ("n = 0", [5, 70, 900], []),
        ("n >= 0", [2, 5, 33, 70, 900], []),
        ("n = 2", [], []),
        ("language = zh", [5, 33], ["language"]),
        ("language = en and n = 0", [70, 900], ["language"]),
        ("not language = zh", [2, 70, 900], ["language"]),
        ("language = zh or n = 1", [2, 5, 33], ["language"]),
    ],
)
def test_refs_ascend_and_only_the_columns_that_matter_are_read(
    expression: str, expected: list[int], columns: list[str]
) -> None:
    table = Table({"a": [900, 5, 70], "b": [33, 2], "empty": []})
    found = evaluate(Filter.parse(expression), table)
    assert (found.tolist(), found.dtype, table.columns) == (expected, np.dtype(np.int64), columns)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("document = a", [1]),
        ("document = 'A'", [2]),
        ("document = ａ", []),
        ("document != a", [2, 3, 4, 5]),
        ("document in (A, 7)", [2, 3]),
        ("document not in (A, 7)", [1, 4, 5]),
        ("document = 7", [3]),
        ("document = 07", []),
        ("document = 7.0", [4]),
        ("document = 2021", []),
        ("document ~ a", [1, 2]),
        ("document >= 7", [3, 4]),
        ("source = A", [1, 2]),
    ],
)
def test_an_id_names_one_document_only(expression: str, expected: list[int]) -> None:
    table = Table({"a": [1], "A": [2], "7": [3], "7.0": [4], "2021-03": [5]})
    assert evaluate(Filter.parse(expression), table).tolist() == expected


def test_a_field_that_no_document_has_is_refused_where_there_are_documents() -> None:
    where = Filter.parse("n = 1 or m = 2")
    with pytest.raises(FilterError, match="'m'") as caught:
        evaluate(where, Table({"a": []}))
    assert (caught.value.position, caught.value.expression) == (9, where.expression)
    assert evaluate(where, Table({})).tolist() == []


def test_filters_by_language_and_of_both() -> None:
    table = Table({"a": [1, 2], "b": [3, 4]})
    chinese = Filter.by_language(("zh", "ja"))
    assert evaluate(chinese, table).tolist() == [1, 3]
    both = chinese.intersect(Filter.parse("n = 1"))
    assert evaluate(both, table).tolist() == [3]
    assert evaluate(Filter.parse(both.expression), table).tolist() == [3]
    assert (both.passage_fields, [condition.name for condition in both.conditions()]) == (
        ("language",),
        ["language", "n"],
    )
