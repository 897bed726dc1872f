"""Takes documents out of a generation: their rows are written again, to die in it, and subtracted from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from retriever.index.milvus import schema
from retriever.index.milvus.view import chunks

if TYPE_CHECKING:
    from retriever.index.milvus.client import Row
    from retriever.index.milvus.codec import DocumentRow
    from retriever.index.milvus.counts import Counts
    from retriever.index.milvus.rows import Writer
    from retriever.index.milvus.view import View

# Refs, or records, at a time.
_SOME = 200
PAD = [0.0] * schema.LEAST_DIMENSION


def remove(view: View, documents: Iterable[Row], writer: Writer, counts: Counts, generation: int) -> None:
    """Have documents of a generation, given by their records, die in the next one."""
    for rows in chunks(documents, _SOME):
        some = list(view.documents(rows))
        kill(view, rows, writer, generation)
        for refs in chunks((ref for row in some for ref in row.refs), _SOME):
            stored = view.query(view.names.passages, f"ref in {refs} and {view.live}", stored_fields(view))
            writer.again(view.names.passages, stored, generation)
            longer = [row["ref"] for row in stored if row["parts"] or row["token_parts"]]
            _kill_parts(view, longer, (schema.OF_PASSAGE, schema.OF_TOKENS), writer, generation)
            for one in view.read_passages(stored, vectors=True):
                counts.count(one.text, one.vector, -1)
            writer.flush()
        counts.documents -= len(some)


def subtract(view: View, row: DocumentRow, counts: Counts) -> None:
    """Take a document out of the numbers."""
    counts.documents -= 1
    for one in view.passages(row.refs, vectors=not row.pending).values():
        counts.count(one.text, one.vector, -1)


def kill(view: View, rows: Sequence[Row], writer: Writer, generation: int) -> None:
    """Have records die in a generation, with the further parts of their texts."""
    longer = [row["id"] for row in rows if row["parts"]]
    writer.again(view.names.records, [{**row, "pad": PAD} for row in rows if not row["parts"]], generation)
    for some in chunks(longer, _SOME):
        # Rows that were read have their whole text, which no field holds.
        again = view.query(view.names.records, f"id in {some}", schema.RECORD_FIELDS)
        writer.again(view.names.records, [{**row, "pad": PAD} for row in again], generation)
        _kill_parts(view, some, (schema.OF_RECORD,), writer, generation)


def stored_fields(view: View) -> list[str]:
    """The fields of a passage's row, which are written again."""
    own = [*schema.PASSAGE_FIELDS, *schema.TOKEN_FIELDS, "vector"]
    return [*own, "words"] if view.state.words else own


def _kill_parts(view: View, owners: Sequence[int], kinds: Sequence[int], writer: Writer, generation: int) -> None:
    for some in chunks(owners, _SOME):
        where = f"kind == {schema.PART} and other in {list(kinds)} and name in {some}"
        rows = view.query(view.names.records, where, schema.RECORD_FIELDS)
        writer.again(view.names.records, [{**row, "pad": PAD} for row in rows], generation)
