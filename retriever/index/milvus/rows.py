"""Rows as a commit writes them, collected and sent in groups. Each belongs to the generation that the commit makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.index.identity import passage_id
from retriever.index.milvus import codec, schema

if TYPE_CHECKING:
    from retriever.index.milvus.client import Client
    from retriever.index.milvus.codec import DocumentRow, PassageText
    from retriever.types import Vectors

_PAD = [0.0] * schema.LEAST_DIMENSION
# The dimension that every sparse vector has, since one without any is refused. No term has the number 0.
_EVERY = {0: 1.0}


@dataclass(frozen=True, slots=True)
class Form:
    """What rows of passages have: a vector of a dimension, and with ``words``, numbers of terms, a sparse one."""

    dimension: int
    words: Mapping[str, int] | None

    @property
    def width(self) -> int:
        """The dimension of the field."""
        return max(self.dimension, schema.LEAST_DIMENSION)


class Writer:
    """Writes rows of one generation into the collections of one era."""

    def __init__(
        self,
        client: Client,
        names: schema.Names,
        generation: int,
        counters: Mapping[int, int],
        require: Callable[[], None],
    ) -> None:
        """``require`` raises where the right to write is lost. ``counters`` are the next numbers of records by kind."""
        self._client = client
        self._names = names
        self._generation = generation
        self._require = require
        self.counters = dict(counters)
        # The server's time of the last write or removal.
        self.time = 0
        self._records: list[dict[str, Any]] = []
        self._passages: list[dict[str, Any]] = []

    def next(self, kind: int) -> int:
        """The number of the next record of a kind."""
        number = self.counters.get(kind, 1)
        self.counters[kind] = number + 1
        return number

    def record(self, kind: int, number: int, name: int, body: str, other: int = 0) -> int:
        """Add a record, and return its id."""
        identity = schema.record_id(kind, number)
        first, *rest = codec.split(body)
        self._records.append(self._row(identity, kind, name, other, first, len(rest)))
        self._parts(identity, schema.OF_RECORD, rest)
        return identity

    def document(self, row: DocumentRow) -> None:
        """Add the record of a document."""
        document = row.document
        names = schema.name_of(document.key), schema.name_of(document.id)
        self.record(schema.DOCUMENT, row.number, names[0], codec.dump_document(row), names[1])

    def passage(
        self, row: DocumentRow, place: int, text: PassageText, vector: Vectors | None, tokens: bytes, form: Form
    ) -> None:
        """Add the row of a passage; ``form`` is that of the collection."""
        passage, ref = text.passage, row.first + place
        body, *more = codec.split(codec.dump_passage(text))
        codes, *rest = codec.split(codec.dump_bytes(tokens))
        padded = np.zeros(form.width, np.float32)
        if vector is not None:
            padded[: len(vector)] = vector
        values: dict[str, Any] = {
            "ref": ref,
            "document": row.number,
            "place": place,
            "name": schema.signed(passage_id(row.document.key, passage)),
            "language": schema.name_of(passage.language),
            "page": schema.NO_PAGE if passage.page is None else passage.page,
            "pending": int(vector is None),
            "born": self._generation,
            "died": schema.NEVER,
            "parts": len(more),
            "token_parts": len(rest),
            "body": body,
            "tokens": codes,
            "vector": padded,
        }
        if form.words is not None:
            values["words"] = {**_EVERY, **dict.fromkeys(sorted(form.words[term] for term in text.terms), 1.0)}
        self._passages.append(values)
        self._parts(ref, schema.OF_PASSAGE, more)
        self._parts(ref, schema.OF_TOKENS, rest)

    def again(self, collection: str, rows: Sequence[Mapping[str, Any]], died: int) -> None:
        """Write rows that are stored, to die in a generation."""
        for row in rows:
            (self._records if collection == self._names.records else self._passages).append({**row, "died": died})

    def flush(self) -> None:
        """Send what was added."""
        for collection, rows in ((self._names.records, self._records), (self._names.passages, self._passages)):
            if rows:
                self._require()
                self.time = max(self.time, self._client.write(collection, rows))
                rows.clear()

    def delete(self, collection: str, where: str) -> None:
        """Remove rows that were sent. Who reads the generation sees that they are gone."""
        self._require()
        self.time = max(self.time, self._client.delete(collection, where))

    @property
    def waiting(self) -> int:
        """How many rows were added and not sent."""
        return len(self._records) + len(self._passages)

    def _parts(self, owner: int, kind: int, parts: Sequence[str]) -> None:
        for text in parts:
            identity = schema.record_id(schema.PART, self.next(schema.PART))
            self._records.append(self._row(identity, schema.PART, owner, kind, text, 0))

    def _row(self, identity: int, kind: int, name: int, other: int, body: str, parts: int) -> dict[str, Any]:
        return {
            "id": identity,
            "kind": kind,
            "name": name,
            "other": other,
            "born": self._generation,
            "died": schema.NEVER,
            "parts": parts,
            "body": body,
            "pad": _PAD,
        }
