"""Reads the rows of one generation: a row belongs to it that was born in it or before, and died after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from retriever.errors import IndexUnavailableError
from retriever.index.milvus import codec, schema
from retriever.index.milvus.failures import REPLACE, damage_error

if TYPE_CHECKING:
    from retriever.index.milvus.client import Client, Row
    from retriever.index.milvus.codec import DocumentRow, PassageText
    from retriever.index.milvus.state import State
    from retriever.types import Vectors

Item = TypeVar("Item")

# Numbers of one expression, and rows of one answer with large fields.
_NUMBERS = 1000
_LARGE = 200
# Seconds after which the rows are counted again; a server that stops takes longer until it answers.
_AGAIN = 5.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as it is stored: its ref, its document's number and its place in it, and what was asked for."""

    ref: int
    document: int
    place: int
    name: int
    pending: bool
    text: PassageText
    vector: Vectors | None = None
    tokens: bytes = b""


class View:
    """The rows of one generation.

    A server that was started again may leave out a part of its rows until it has loaded all, and tells nobody. So they
    are counted before they are read, and again every few seconds; IndexUnavailableError is raised while there are fewer
    than the pointer counts.
    """

    def __init__(self, client: Client, names: schema.Names, state: State, *, counted: bool = True) -> None:
        """``counted`` is False for who reads what is there, be it a part."""
        self.client = client
        # What is served by this process cannot be started again behind its back.
        self._counted = counted and not client.serves_itself
        self._whole_until = 0.0
        self.names = names
        self.state = state
        self._since = state.time
        self.live = f"born <= {state.generation} and died > {state.generation}"

    @property
    def empty(self) -> bool:
        """Whether the generation has no collections."""
        return not self.state.era

    @property
    def bare(self) -> bool:
        """Whether there was never a passage, and so no collection of them."""
        return self.empty or not self.state.dimension

    def query(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """The rows of a collection that match an expression: at least as new as the generation."""
        self.require_whole()
        return self.client.query(collection, where, fields, since=self._since)

    def count(self, collection: str, where: str) -> int:
        """How many rows match an expression; see ``query``."""
        self.require_whole()
        return self.client.count(collection, where, since=self._since)

    def search(
        self, field: str, vector: object, where: str, limit: int, fields: Sequence[str]
    ) -> list[tuple[float, Row]]:
        """The passages of the largest inner products; see ``Client.search``."""
        self.require_whole()
        return self.client.search(self.names.passages, field, vector, where, limit, fields, self._since)

    def require_whole(self) -> None:
        """Wait until the server has all rows of the generation. Raises IndexUnavailableError after a while."""
        deadline = time.monotonic() + self.client.timeout
        while self._counted and time.monotonic() > self._whole_until:
            missing = self._count_missing()
            if not missing:
                self._whole_until = time.monotonic() + _AGAIN
            elif time.monotonic() > deadline:
                raise IndexUnavailableError(
                    f"{self.client.location} leaves out {missing} rows of generation {self.state.generation}",
                    hint=f"wait until the server has loaded all of its data, unless it has lost some; or {REPLACE}",
                )
            else:
                time.sleep(_PAUSE)

    def _count_missing(self) -> int:
        """How many rows are there less than the pointer counts. Some servers count one twice for a while."""
        if self.empty:
            return 0
        state, kinds = self.state, f"kind in [{schema.DOCUMENT}, {schema.TERMS}]"
        due = [(self.names.records, f"{kinds} and {self.live}", state.documents + state.counter(schema.TERMS) - 1)]
        if not self.bare:
            due.append((self.names.passages, self.live, state.passages))
        counted = ((self.client.count(name, where, since=self._since), number) for name, where, number in due)
        return sum(max(0, number - found) for found, number in counted)

    def records(self, kind: int, where: str = "") -> list[Row]:
        """The live records of a kind that match an expression, with their whole texts."""
        if self.empty:
            return []
        also = f" and {where}" if where else ""
        rows = self.query(self.names.records, f"kind == {kind} and {self.live}{also}", schema.RECORD_FIELDS)
        return self.complete(rows, "id", "body", "parts", schema.OF_RECORD)

    def records_in(self, kind: int, column: str, numbers: Iterable[int]) -> Iterator[Row]:
        """The live records of a kind whose ``column`` is one of ``numbers``."""
        for some in chunks(dict.fromkeys(numbers), _NUMBERS):
            yield from self.records(kind, f"{column} in {some}")

    def documents(self, rows: Iterable[Row]) -> Iterator[DocumentRow]:
        """The documents of records."""
        for row in rows:
            document = self._load(_load_document, row)
            if document.document.passages > self.state.passages:
                raise damage_error(self.client.location, "a document has more passages than the index")
            yield document

    def all_documents(self) -> Iterator[DocumentRow]:
        """Every live document, as a stream in the order of its numbers."""
        return self.documents(self.all_records(schema.DOCUMENT))

    def all_records(self, kind: int) -> Iterator[Row]:
        """Every live record of a kind, as a stream in the order of its numbers."""
        if not self.empty:
            zero = schema.record_id(kind, 0)
            first, last = zero + 1, zero + self.state.counter(kind)
            where = f"kind == {kind} and {self.live}"
            for rows in self._sweep(self.names.records, "id", first, last, where, schema.RECORD_FIELDS):
                yield from self.complete(rows, "id", "body", "parts", schema.OF_RECORD)

    def all_passages(self) -> Iterator[PassageRow]:
        """Every live passage, as a stream in the order of its ref."""
        if not self.bare:
            where, fields = self.live, schema.PASSAGE_FIELDS
            for rows in self._sweep(self.names.passages, "ref", 1, self.state.refs, where, fields):
                yield from self.read_passages(rows)

    def _sweep(
        self, collection: str, key: str, first: int, last: int, where: str, fields: Sequence[str]
    ) -> Iterator[list[Row]]:
        """The rows whose key lies in a range, in its order. Where there are none, steps grow and are only counted.

        What the pointer says of numbers that were used is not to be trusted: there may be quintillions without a row.
        """
        step = _NUMBERS
        while first < last:
            within = f"{key} >= {first} and {key} < {min(first + step, last)} and {where}"
            if step > _NUMBERS and self.count(collection, within):
                step = max(step // 2, _NUMBERS)
                continue
            rows = self.query(collection, within, fields) if step == _NUMBERS else []
            yield sorted(rows, key=lambda row: int(row[key]))
            first += step
            step = _NUMBERS if rows else 2 * step

    def documents_by_key(self, keys: Iterable[str]) -> Iterator[DocumentRow]:
        """The live documents of some keys."""
        return self.documents(self.document_records(keys))

    def document_records(self, keys: Iterable[str]) -> Iterator[Row]:
        """The records of the live documents of some keys."""
        wanted = dict.fromkeys(keys)
        for row in self.records_in(schema.DOCUMENT, "name", map(schema.name_of, wanted)):
            [document] = self.documents([row])
            if document.document.key in wanted:
                yield row

    def documents_by_number(self, numbers: Iterable[int]) -> Iterator[DocumentRow]:
        """The live documents of some numbers."""
        ids = (schema.record_id(schema.DOCUMENT, number) for number in numbers)
        return self.documents(self.records_in(schema.DOCUMENT, "id", ids))

    def passages(self, refs: Iterable[int], *, vectors: bool = False, tokens: bool = False) -> dict[int, PassageRow]:
        """The live passages of some refs, by ref."""
        found: dict[int, PassageRow] = {}
        if self.bare:
            return found
        fields = schema.PASSAGE_FIELDS + vectors * ["vector"] + tokens * schema.TOKEN_FIELDS
        for some in chunks(dict.fromkeys(refs), _LARGE if tokens or vectors else _NUMBERS):
            rows = self.query(self.names.passages, f"ref in {some} and {self.live}", fields)
            found |= {one.ref: one for one in self.read_passages(rows, vectors=vectors, tokens=tokens)}
        return found

    def read_passages(self, rows: Sequence[Row], *, vectors: bool = False, tokens: bool = False) -> list[PassageRow]:
        """The passages of rows."""
        rows = self.complete(rows, "ref", "body", "parts", schema.OF_PASSAGE)
        if tokens:
            rows = self.complete(rows, "ref", "tokens", "token_parts", schema.OF_TOKENS)
        load = partial(self._load_passage, vectors=vectors, tokens=tokens)
        return [self._load(load, row) for row in rows]

    def complete(self, rows: Sequence[Row], key: str, field: str, parts: str, kind: int) -> list[Row]:
        """The rows with the further parts of the texts in ``field``, which lie in records of their own."""
        checked = [row for row in rows if type(row[key]) is int and type(row[parts]) is int]
        if len(checked) != len(rows) or not all(isinstance(row[field], str) for row in rows):
            raise damage_error(self.client.location, "a row has a field of another type")
        longer = {row[key] for row in rows if row[parts]}
        if not longer:
            return list(rows)
        found: dict[int, list[tuple[int, str]]] = {}
        for some in chunks(longer, _LARGE):
            where = f"kind == {schema.PART} and other == {kind} and name in {some}"
            for part in self.query(self.names.records, where, ["id", "name", "body"]):
                found.setdefault(part["name"], []).append((part["id"], part["body"]))
        return [self._join(row, field, sorted(found.get(row[key], ())), row[parts]) for row in rows]

    def _join(self, row: Row, field: str, parts: Sequence[tuple[int, str]], count: int) -> Row:
        if len(parts) != count:
            raise damage_error(self.client.location, f"{count} parts of a text are needed, {len(parts)} are there")
        return {**row, field: row[field] + "".join(text for _, text in parts)}

    def vector(self, value: object) -> Vectors:
        """A vector that was returned, float32 [dimension]. Raises ValueError."""
        vector = np.asarray(value, np.float32)
        if vector.shape != (max(self.state.dimension, schema.LEAST_DIMENSION),) or not np.isfinite(vector).all():
            raise ValueError(f"a vector of shape {vector.shape}")
        return vector[: self.state.dimension]

    def _load_passage(self, row: Row, *, vectors: bool, tokens: bool) -> PassageRow:
        numbers = [row[name] for name in ("ref", "document", "place", "name", "pending")]
        if not all(type(number) is int for number in numbers):
            raise ValueError("a number of a passage")
        ref, document, place, name, pending = numbers
        return PassageRow(
            ref=ref,
            document=document,
            place=place,
            name=name,
            pending=bool(pending),
            text=codec.load_passage(row["body"]),
            vector=self.vector(row["vector"]) if vectors and not pending else None,
            tokens=codec.load_bytes(row["tokens"]) if tokens else b"",
        )

    def _load(self, load: Callable[[Row], Item], row: Row) -> Item:
        """What ``load`` reads from a row. Raises IndexCorruptError where it cannot."""
        try:
            return load(row)
        except (ValueError, TypeError, OverflowError) as error:
            raise damage_error(self.client.location, error) from error


def _load_document(row: Row) -> DocumentRow:
    return codec.load_document(schema.record_number(row["id"]), row["body"])


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
