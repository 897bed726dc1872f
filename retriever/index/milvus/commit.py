"""Makes a generation: writes what is new, writes again what dies, and at last the pointer.

Every row belongs to the generation that the commit makes, so nobody reads it before the pointer is written, which is
one row and so one step. A commit that does not come so far leaves its mark; see ``recovery``.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from retriever.index.files.precision import round_to_half
from retriever.index.identity import term_hash
from retriever.index.milvus import schema
from retriever.index.milvus.clock import read_seconds
from retriever.index.milvus.codec import DocumentRow, PassageText
from retriever.index.milvus.counts import Counts
from retriever.index.milvus.head import Mark
from retriever.index.milvus.memo import Memo
from retriever.index.milvus.removal import kill, remove, subtract
from retriever.index.milvus.rows import Form, Writer
from retriever.index.milvus.state import State
from retriever.index.milvus.terms import Dictionary, group_terms
from retriever.index.milvus.view import View, chunks

if TYPE_CHECKING:
    from retriever.index.interface import Addition, Changes
    from retriever.index.milvus.client import Row
    from retriever.index.milvus.site import Site
    from retriever.index.settings import IndexSettings
    from retriever.types import Vectors

# Rows that are collected before they are sent.
_WAITING = 500


class Commit:
    """One commit: from the generation of ``base`` to the next."""

    def __init__(self, site: Site, base: State, memo: Memo, *, fresh: bool) -> None:
        """``fresh`` begins new collections, with nothing of the base in them."""
        self._site = site
        self._base = base
        self._memo = Memo() if fresh else memo
        self._replaces = fresh
        self._generation = base.generation + 1
        # An index that nothing was committed to has no collections either.
        self._fresh = fresh or not base.era
        self._state = replace(base, era=0, counters={}) if self._fresh else base
        era = self._generation if self._fresh else base.era
        self._names = schema.Names.of(site.location, era)
        self._view = View(site.client, self._names, self._state)
        self._writer = Writer(site.client, self._names, self._generation, self._state.counters, site.lease.require)
        self._mark = Mark(self._generation, era)
        self._dimension = 0 if self._fresh else base.dimension
        self._words = base.words
        self._refs = 1 if self._fresh else base.refs
        self._identity = base.identity or secrets.token_hex(8)
        self._dictionary = Dictionary(empty=True) if self._fresh else site.dictionary(base)
        # The numbers of the terms that were met, and of those among them that were new.
        self._numbers: dict[str, int] = {}
        self._new: dict[str, int] = {}
        self._counts = Counts()
        # The documents of this commit by the hash of their key; the last one of a key counts.
        self._added: dict[int, DocumentRow] = {}
        self._dropped: list[DocumentRow] = []
        self.begun = False
        """Whether it wrote anything."""

    def run(self, changes: Changes) -> State | None:
        """The new generation, None where nothing differs. Raises ValueError and what ``changes`` raises."""
        group: list[Addition] = []
        for addition in changes.additions:
            group.append(_check(addition))
            if sum(len(one.passages) for one in group) >= _WAITING or len(group) >= _WAITING:
                self._add(group, changes.settings)
                group = []
        self._add(group, changes.settings)
        keys = [*changes.removals, *(row.document.key for row in self._added.values())]
        gone = list(self._view.document_records(keys))
        memo = Memo(changes.settings, self._memo.sources if changes.sources is None else changes.sources)
        if not (self._replaces or gone or self._added) and memo == self._memo:
            return None
        self._begin()
        self._retract()
        remove(self._view, gone, self._writer, self._counts, self._generation)
        identity = self._write_memo(memo)
        self._write_numbers()
        state = self._finish(identity)
        self._site.lease.require()
        self._site.head.point(state)
        self._dictionary.learn(self._new, self._state.counter(schema.NUMBER), state.counter(schema.NUMBER))
        self._site.keep_dictionary(state, self._dictionary)
        return state

    def _begin(self) -> None:
        """Leave the mark, before anything else is written."""
        if self.begun:
            return
        self._site.lease.require()
        self.begun = True
        self._site.head.mark(self._mark)
        if self._fresh:
            connection = self._site.client.open(create=True)
            self._words = connection.has_words
            fields = schema.records_schema(connection.client.create_schema, connection.kinds)
            self._site.client.create(self._names.records, fields, {"pad": "FLAT"})

    def _add(self, group: Sequence[Addition], settings: IndexSettings | None) -> None:
        if not group:
            return
        widths = {one.vectors.shape[1] for one in group if one.passages and not one.pending} | {self._dimension} - {0}
        if len(widths) > 1:
            raise ValueError(f"vectors of {max(widths)} numbers where {min(widths)} are needed")
        self._begin()
        if not self._dimension and any(one.passages for one in group):
            known = settings.dimension if settings else 0
            self._dimension = next(iter(widths), known) or schema.LEAST_DIMENSION
            self._create_passages()
        self._number_terms(group)
        form = Form(self._dimension, self._numbers if self._words else None)
        for addition in group:
            self._add_one(addition, form)
        if self._writer.waiting >= _WAITING:
            self._writer.flush()

    def _create_passages(self) -> None:
        connection = self._site.client.open(create=True)
        new, kinds = connection.client.create_schema, connection.kinds
        fields = schema.passages_schema(new, kinds, self._dimension, words=self._words)
        indexes = {"vector": "FLAT", **({"words": "SPARSE_INVERTED_INDEX"} if self._words else {})}
        self._site.client.create(self._names.passages, fields, indexes)

    def _number_terms(self, group: Sequence[Addition]) -> None:
        terms = {term: 0 for one in group for held in one.terms for term in held.distinct}
        unmet = [term for term in terms if term not in self._numbers]
        self._numbers |= self._dictionary.find(self._view, unmet)
        for term in unmet:
            if term not in self._numbers:
                self._numbers[term] = self._new[term] = self._writer.next(schema.NUMBER)

    def _add_one(self, addition: Addition, form: Form) -> None:
        count = len(addition.passages)
        stored = replace(addition.document, passages=count)
        row = DocumentRow(self._writer.next(schema.DOCUMENT), self._refs, addition.pending, stored)
        self._refs += count
        name = term_hash(stored.key)
        if name in self._added:
            self._dropped.append(self._added[name])
        self._added[name] = row
        self._writer.document(row)
        texts = [
            PassageText(passage, held.length, sorted(set(held.distinct)))
            for passage, held in zip(addition.passages, addition.terms, strict=True)
        ]
        vectors: list[Vectors | None] = [None] * count if addition.pending else list(addition.vectors)
        for place, text in enumerate(texts):
            tokens = addition.tokens[place] if addition.tokens else b""
            self._writer.passage(row, place, text, vectors[place], tokens, form)
            self._counts.count(text, vectors[place], 1)
        self._counts.documents += 1

    def _retract(self) -> None:
        """Remove the documents of this commit that a later one of the same key replaced: nobody has seen them."""
        if self._dropped:
            self._writer.flush()
        own = replace(
            self._base,
            time=self._writer.time,
            generation=self._generation,
            era=self._mark.era,
            dimension=self._dimension,
        )
        view = View(self._site.client, self._names, own, counted=False)
        for row in self._dropped:
            subtract(view, row, self._counts)
        for some in chunks(self._dropped, _WAITING):
            ids = [schema.record_id(schema.DOCUMENT, row.number) for row in some]
            self._writer.delete(self._names.records, f"id in {ids}")
            for refs in chunks((ref for row in some for ref in row.refs), _WAITING):
                self._writer.delete(self._names.passages, f"ref in {refs}")

    def _write_memo(self, memo: Memo) -> int:
        """Write what differs of settings and sources, and return the id of the record that has them."""
        if not self._fresh and self._base.memo and memo == self._memo:
            return self._base.memo
        if not self._fresh and self._base.memo:
            kill(self._view, self._view.records(schema.MEMO), self._writer, self._generation)
        return self._writer.record(schema.MEMO, self._writer.next(schema.MEMO), 0, memo.to_json())

    def _write_numbers(self) -> None:
        removed = [term for term in self._counts.terms if term not in self._numbers]
        self._numbers |= self._dictionary.find(self._view, removed)
        for name, text in group_terms(self._new, self._writer.counters.get(schema.NUMBER, 1)):
            self._writer.record(schema.TERMS, self._writer.next(schema.TERMS), name, text)
        taken: list[Row] = []
        for kind, name, text, before in self._counts.records(self._view, self._dimension, self._numbers):
            if text:
                self._writer.record(kind, self._writer.next(kind), name, text)
            if before is not None:
                taken.append(before)
            if self._writer.waiting >= _WAITING:
                self._writer.flush()
        kill(self._view, taken, self._writer, self._generation)
        self._writer.flush()

    def _finish(self, memo: int) -> State:
        totals = State() if self._fresh else self._base
        counts = self._counts
        return replace(
            self._base.succeed(read_seconds(self._writer.time)),
            era=self._mark.era,
            dimension=self._dimension,
            words=self._words,
            documents=totals.documents + counts.documents,
            passages=totals.passages + counts.passages,
            pending=totals.pending + counts.pending,
            length=totals.length + counts.length,
            unpaged=totals.unpaged + counts.unpaged,
            refs=self._refs,
            counters=self._writer.counters,
            time=max(self._base.time, self._writer.time),
            memo=memo,
            identity=self._identity,
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


def _check(addition: Addition) -> Addition:
    """The addition, its vectors rounded. Raises ValueError for one whose parts do not fit."""
    count = len(addition.passages)
    tokens = len(addition.tokens) if addition.tokens else count
    if addition.vectors.ndim != 2 or {len(addition.vectors), len(addition.terms), tokens} != {count}:
        raise ValueError(f"the vectors, terms or tokens of {addition.document.key!r} do not fit its {count} passages")
    return replace(addition, vectors=round_to_half(addition.vectors))
