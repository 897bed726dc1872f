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
from retriever.index.milvus.failures import damage_error

if TYPE_CHECKING:
    from retriever.index.milvus.client import Row
    from retriever.index.milvus.view import View

BUCKET = 256
"""Terms whose counts share a record, and of a range of hashes at most, in the mean."""

# Terms that a process remembers: some hundred bytes each.
_REMEMBERED = 4_000_000


class Dictionary:
    """The numbers of the terms of one era, remembered as they become known. Safe to use from many threads."""

    def __init__(self, *, empty: bool = False) -> None:
        """``empty`` where the era has no terms yet: then none of them has to be looked for."""
        # The terms with their numbers, and the number up to which, exclusive, all are among them. Replaced together:
        # what is missing in the one is judged by the other.
        self._held: tuple[dict[str, int], int] = {}, int(empty)

    def find(self, view: View, terms: Iterable[str]) -> dict[str, int]:
        """The numbers of the terms that the generation has."""
        end = view.state.counter(schema.NUMBER)
        found, unknown = self._recall(end, terms)
        if not unknown:
            return found
        if end > _REMEMBERED or len(unknown) < 1 << _find_level(end):
            return found | self._look_up(view, unknown, end)
        # As many as there are ranges: reading them would be to read everything, each time.
        known = {term: number for some in read_terms(view) for term, number in some.items()}
        self._held = known, end
        return found | {term: known[term] for term in unknown if term in known}

    def learn(self, terms: Mapping[str, int], first: int, end: int) -> None:
        """Remember the terms that a commit gave the numbers from ``first`` to before ``end``."""
        known, whole = self._remember(terms)
        self._held = known, end if whole >= first else whole

    def _recall(self, end: int, terms: Iterable[str]) -> tuple[dict[str, int], list[str]]:
        """The numbers before ``end`` that are known, and the terms that have to be looked for."""
        known, whole = self._held
        found, unknown = {}, []
        for term in dict.fromkeys(terms):
            number = known.get(term, 0)
            if not number and whole < end:
                unknown.append(term)
            elif 0 < number < end:
                found[term] = number
        return found, unknown

    def _look_up(self, view: View, terms: Iterable[str], end: int) -> dict[str, int]:
        wanted = set(terms)
        hashes = {term_hash(term) for term in wanted}
        names = {_name_range(one, level) for level in range(_find_level(end) + 1) for one in hashes}
        found: dict[str, int] = {}
        for row in view.records_in(schema.TERMS, "name", names):
            found |= {term: number for term, number in _load_terms(view, row).items() if term in wanted}
        self._held = self._remember(found)
        return found

    def _remember(self, terms: Mapping[str, int]) -> tuple[dict[str, int], int]:
        """What is held with some more terms, or with these alone where it would be too much."""
        known, whole = self._held
        if len(known) + len(terms) > _REMEMBERED:
            return dict(terms), 0
        known.update(terms)
        return known, whole


def read_terms(view: View) -> Iterator[dict[str, int]]:
    """All terms of a generation with their numbers, some at a time."""
    return (_load_terms(view, row) for row in view.all_records(schema.TERMS))


def group_terms(terms: Mapping[str, int], end: int) -> Iterator[tuple[int, str]]:
    """The name and the text of each record that holds new terms, where terms have the numbers before ``end``."""
    level = _find_level(end)
    groups: dict[int, dict[str, int]] = {}
    for term, number in terms.items():
        groups.setdefault(_name_range(term_hash(term), level), {})[term] = number
    return ((name, codec.dump(group)) for name, group in groups.items())


def _find_level(end: int) -> int:
    """How often all hashes are halved where terms have the numbers before ``end``."""
    return (end // BUCKET).bit_length()


def _name_range(number: int, level: int) -> int:
    """The name of the range in which a hash lies: its first ``level`` bits, after a one."""
    return (1 << 64 | number) >> (64 - level)


def _load_terms(view: View, row: Row) -> dict[str, int]:
    try:
        return codec.load_terms(row["body"])
    except ValueError as error:
        raise damage_error(view.client.location, error) from error


def find_counts(view: View, numbers: Iterable[int]) -> dict[int, tuple[Row, list[int]]]:
    """The records of counts that hold the numbers, by bucket, with the counts in them."""
    return read_counts(view, view.records_in(schema.COUNTS, "name", {number // BUCKET for number in numbers}))


def read_counts(view: View, rows: Iterable[Row]) -> dict[int, tuple[Row, list[int]]]:
    """The records of counts in rows, by bucket, with the counts in them. Raises IndexCorruptError."""
    try:
        return {int(row["name"]): (row, codec.load_list(row["body"], BUCKET)) for row in rows}
    except ValueError as error:
        raise damage_error(view.client.location, error) from error
