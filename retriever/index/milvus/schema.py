"""The collections of an index: their names, their fields, and the kinds of rows in them.

- *head*: the pointer to the newest generation, the mark of a commit under way, signs of life of writers and readers
- *records*: documents, terms, counts of terms, sums of languages, and parts of texts that are longer than a field
- *passages*: one row for each passage

A rebuild makes new collections of records and passages, an *era*, which is named by the generation that begins it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retriever.index.identity import term_hash

if TYPE_CHECKING:
    from retriever.index.milvus.location import Location

NEVER = 1 << 62
"""The value of ``died`` of a live row."""

# Kinds of records. The number of a record has its kind in the upper bits, so each kind counts for itself.
DOCUMENT, TERMS, COUNTS, LANGUAGE, MEMO, PART = range(1, 7)
# Counts the numbers given to terms; no record is of this kind.
NUMBER = 7
# What a part continues: the text of a record, the text of a passage, the token vectors of a passage.
OF_RECORD, OF_PASSAGE, OF_TOKENS = range(3)
_KIND_BITS = 56
# Kinds of rows of the head.
POINTER, MARK, WRITER, READER, CLOCK = range(5)

# Bytes of a text field. Milvus allows 65,535.
FIELD = 65_535
# Milvus has no vectors of one number, and no collection without vectors.
LEAST_DIMENSION = 2

RECORD_FIELDS = ["id", "kind", "name", "other", "born", "died", "parts", "body"]
PASSAGE_FIELDS = ["ref", "document", "place", "name", "language", "page", "pending", "born", "died", "parts", "body"]
TOKEN_FIELDS = ["tokens", "token_parts"]
HEAD_FIELDS = ["id", "kind", "body"]
NO_PAGE = -1


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the collections of one era."""

    records: str
    passages: str

    @classmethod
    def of(cls, location: Location, era: int) -> Names:
        """Those of an era of the index at a location."""
        return cls(f"{location.prefix}__{era}_records", f"{location.prefix}__{era}_passages")


def head_name(location: Location) -> str:
    """The name of the collection that says what the index is."""
    return f"{location.prefix}__head"


def record_id(kind: int, number: int) -> int:
    """The id of the ``number``-th record of a kind."""
    return kind << _KIND_BITS | number


def record_number(identity: int) -> int:
    """The number of a record within its kind."""
    return identity & ((1 << _KIND_BITS) - 1)


def signed(number: int) -> int:
    """An unsigned 64-bit number as Milvus stores it."""
    return number - (1 << 64) if number >> 63 else number


def name_of(text: str) -> int:
    """The number by which a text is looked up; two texts may share it, so the text is compared as well."""
    return signed(term_hash(text))


def head_schema(new: Any, kinds: Any) -> Any:
    """The fields of the head. ``new`` makes a schema, ``kinds`` are the data types of pymilvus."""
    schema = new(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", kinds.INT64, is_primary=True)
    schema.add_field("kind", kinds.INT64)
    schema.add_field("body", kinds.VARCHAR, max_length=FIELD)
    schema.add_field("pad", kinds.FLOAT_VECTOR, dim=LEAST_DIMENSION)
    return schema


def records_schema(new: Any, kinds: Any) -> Any:
    """The fields of the records; see ``head_schema``."""
    schema = new(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", kinds.INT64, is_primary=True)
    for name in ("kind", "name", "other", "born", "died", "parts"):
        schema.add_field(name, kinds.INT64)
    schema.add_field("body", kinds.VARCHAR, max_length=FIELD)
    schema.add_field("pad", kinds.FLOAT_VECTOR, dim=LEAST_DIMENSION)
    return schema


def passages_schema(new: Any, kinds: Any, dimension: int, *, words: bool) -> Any:
    """The fields of the passages; ``words`` where the server has sparse vectors. See ``head_schema``."""
    schema = new(auto_id=False, enable_dynamic_field=False)
    schema.add_field("ref", kinds.INT64, is_primary=True)
    for name in ("document", "place", "name", "language", "page", "pending", "born", "died", "parts", "token_parts"):
        schema.add_field(name, kinds.INT64)
    schema.add_field("body", kinds.VARCHAR, max_length=FIELD)
    schema.add_field("tokens", kinds.VARCHAR, max_length=FIELD)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=max(dimension, LEAST_DIMENSION))
    if words:
        schema.add_field("words", kinds.SPARSE_FLOAT_VECTOR)
    return schema
