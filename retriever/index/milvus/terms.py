"""Terms as numbers, which name the dimensions of sparse vectors, and in how many passages each occurs.

A number is given once and stays. A record holds many terms, those whose hash lies in a range: a commit adds records
with the terms that are new, in twice as many ranges whenever there are twice as many terms. So a large commit writes
few records, and whoever looks for a term reads some hundred others with it. Two terms may share a hash, so the term
itself is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from retriever.index.identity import term_hash
from retriever.index.milvus import codec, schema
from retriever.index.milvus.failures import damaged

if TYPE_CHECKING:
    from retriever.index.milvus.client import Row
    from retriever.index.milvus.view import View

BUCKET = 256
"""Terms whose counts share a record, and of a range of hashes at most, in the mean."""

# Terms that a process remembers.
_REMEMBERED = 2_000_000
_EXACT = 1 << 24


class Dictionary:
    """The numbers of the terms of one era, remembered as they become known. Safe to use from many threads."""

    def __init__(self, whole: int = -1) -> None:
        """``whole`` is a generation in which the era has no terms yet: then none of them has to be looked for."""
        # The terms with their numbers and the generations that gave them, and the newest generation of which all
        # are among them. Replaced together: what is missing in the one is judged by the other.
        self._held: tuple[dict[str, tuple[int, int]], int] = {}, whole

    def find(self, view: View, terms: Iterable[str]) -> dict[str, int]:
        """The numbers of the terms that the generation has."""
        found, unknown = self._recall(view.state.generation, terms)
        if not unknown:
            return found
        given = view.state.counter(schema.NUMBER) - 1
        if given > _REMEMBERED or len(unknown) < 1 << _find_level(given):
            return found | self._look_up(view, unknown, given)
        # As many as there are ranges: reading them would be to read everything, each time.
        self._read_all(view)
        return found | self._recall(view.state.generation, unknown)[0]

    def learn(self, terms: Mapping[str, int], base: int, generation: int) -> None:
        """Remember the terms that a commit gave numbers to, from one generation to another."""
        known, whole = self._held
        if len(known) + len(terms) > _REMEMBERED:
            known, whole = {}, -1
        known.update((term, (number, generation)) for term, number in terms.items())
        self._held = known, generation if whole >= base else whole

    def _recall(self, generation: int, terms: Iterable[str]) -> tuple[dict[str, int], list[str]]:
        """The numbers that are known, and the terms that have to be looked for."""
        known, whole = self._held
        found, unknown = {}, []
        for term in dict.fromkeys(terms):
            number, born = known.get(term, (0, 0))
            if not number and whole < generation:
                unknown.append(term)
            elif number and born <= generation:
                found[term] = number
        return found, unknown

    def _look_up(self, view: View, terms: Iterable[str], given: int) -> dict[str, int]:
        wanted = set(terms)
        hashes = {term_hash(term) for term in wanted}
        names = {_name_range(one, level) for level in range(_find_level(given) + 1) for one in hashes}
        found: dict[str, tuple[int, int]] = {}
        for row in view.records_in(schema.TERMS, "name", names):
            numbers = _load_terms(view, row)
            found |= {term: (number, int(row["born"])) for term, number in numbers.items() if term in wanted}
        known, whole = self._held
        if len(known) + len(found) > _REMEMBERED:
            known, whole = {}, -1
        known.update(found)
        self._held = known, whole
        return {term: number for term, (number, _) in found.items()}

    def _read_all(self, view: View) -> None:
        found = {
            term: (number, int(row["born"]))
            for row in view.all_records(schema.TERMS)
            for term, number in _load_terms(view, row).items()
        }
        self._held = found, view.state.generation


def read_terms(view: View) -> Iterator[dict[str, int]]:
    """All terms of a generation with their numbers, some at a time."""
    return (_load_terms(view, row) for row in view.all_records(schema.TERMS))


def group_terms(terms: Mapping[str, int], given: int) -> Iterator[tuple[int, str]]:
    """The name and the text of each record that holds new terms, of an index in which so many have numbers."""
    level = _find_level(given)
    groups: dict[int, dict[str, int]] = {}
    for term, number in terms.items():
        groups.setdefault(_name_range(term_hash(term), level), {})[term] = number
    return ((name, codec.dump(group)) for name, group in groups.items())


def _find_level(given: int) -> int:
    """How often all hashes are halved where so many terms have numbers."""
    return (given // BUCKET).bit_length()


def _name_range(number: int, level: int) -> int:
    """The name of the range in which a hash lies: its first ``level`` bits, after a one."""
    return (1 << 64 | number) >> (64 - level)


def _load_terms(view: View, row: Row) -> dict[str, int]:
    try:
        return codec.load_terms(row["body"])
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
