"""Terms as numbers, which name the dimensions of sparse vectors, and in how many passages each occurs.

A number is given once and stays. Two terms may share a hash, so the term itself is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from retriever.index.milvus import codec, schema
from retriever.index.milvus.failures import damaged

if TYPE_CHECKING:
    from retriever.index.milvus.client import Row
    from retriever.index.milvus.view import View

BUCKET = 256
"""Terms whose counts share a record: a commit writes few records, and a search reads few."""

# Terms that a process remembers.
_REMEMBERED = 200_000
_EXACT = 1 << 24


class Dictionary:
    """The numbers of the terms of one era, remembered as they become known. Safe to use from many threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}

    def find(self, view: View, terms: Iterable[str]) -> dict[str, int]:
        """The numbers of the terms that the generation has."""
        known = self._known
        found: dict[str, int] = {}
        unknown: dict[int, list[str]] = {}
        for term in dict.fromkeys(terms):
            number, born = known.get(term, (0, 0))
            if number and born <= view.state.generation:
                found[term] = number
            elif not number:
                unknown.setdefault(schema.name_of(term), []).append(term)
        for row in view.records_in(schema.TERM, "name", unknown):
            term, number = _load_term(view, row)
            if term in unknown.get(row["name"], ()):
                found[term] = number
                self._remember(term, number, int(row["born"]))
        return found

    def names(self, view: View, numbers: Iterable[int]) -> dict[int, str]:
        """The terms of the numbers."""
        ids = (schema.record_id(schema.TERM, number) for number in dict.fromkeys(numbers))
        return {
            number: term for term, number in (_load_term(view, row) for row in view.records_in(schema.TERM, "id", ids))
        }

    def _remember(self, term: str, number: int, born: int) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known = {}
        self._known[term] = number, born


def _load_term(view: View, row: Row) -> tuple[str, int]:
    try:
        return codec.load_string(row["body"]), schema.record_number(row["id"])
    except ValueError as error:
        raise damaged(view.client.location, error) from error


def find_counts(view: View, numbers: Iterable[int]) -> dict[int, tuple[Row, list[int]]]:
    """The records of counts that hold the numbers, by bucket, with the counts in them."""
    return read_counts(view, view.records_in(schema.COUNTS, "name", {number // BUCKET for number in numbers}))


def read_counts(view: View, rows: Iterable[Row]) -> dict[int, tuple[Row, list[int]]]:
    """The records of counts in rows, by bucket, with the counts in them. Raises IndexCorruptError."""
    try:
        return {int(row["name"]): (row, codec.load_list(row["body"], BUCKET)) for row in rows}
    except ValueError as error:
        raise damaged(view.client.location, error) from error


def to_whole(weights: Mapping[int, float]) -> tuple[dict[int, float], float]:
    """The weights as whole numbers whose sum is exact in single precision, and the unit that they are multiples of.

    Raises ValueError for one that is not positive and finite.
    """
    import math

    total = math.fsum(weights.values())
    if not math.isfinite(total) or min(weights.values(), default=1.0) <= 0:
        raise ValueError("the weights of terms must be positive and finite")
    if not weights:
        return {}, 1.0
    unit = 2.0 ** math.ceil(math.log2(total / (_EXACT - len(weights))))
    return {number: float(max(1, round(weight / unit))) for number, weight in weights.items()}, unit
