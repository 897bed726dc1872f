"""JSON schemas of what tools return: the one schema of the command line, HTTP and Python, as ``to_dict`` writes it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
OBJECT: Schema = {"type": "object"}
SPAN: Schema = {"type": "array", "items": COUNT}


def optional(schema: Schema) -> Schema:
    """A value that may be null."""
    return {**schema, "type": [schema["type"], "null"]}


def listing(item: Schema) -> Schema:
    """A list of equal things."""
    return {"type": "array", "items": item}


def record(required: dict[str, Schema], others: dict[str, Schema] | None = None) -> Schema:
    """An object with fields that it always has, and others."""
    return {"type": "object", "properties": {**required, **(others or {})}, "required": list(required)}


_NEIGHBOUR = record({"text": TEXT, "start": COUNT, "end": COUNT, "line": COUNT, "page": optional(COUNT)})
_PLACE = {
    "id": TEXT,
    "document": TEXT,
    "source": TEXT,
    "path": optional(TEXT),
    "citation": TEXT,
    "title": TEXT,
    "heading": listing(TEXT),
    "text": TEXT,
    "start": COUNT,
    "end": COUNT,
    "line": COUNT,
    "page": optional(COUNT),
    "end_page": optional(COUNT),
    "language": TEXT,
    "metadata": OBJECT,
}
_HIT = record(
    {
        **_PLACE,
        "rank": COUNT,
        "score": NUMBER,
        "index": TEXT,
        "cited_page": optional(COUNT),
        "sentence": optional(SPAN),
        "highlights": listing(SPAN),
        "scores": OBJECT,
        "duplicates": listing(OBJECT),
    }
)
SEARCH = record(
    {
        "query": TEXT,
        "index": TEXT,
        "generation": COUNT,
        "mode": TEXT,
        "took_ms": NUMBER,
        "hits": listing(_HIT),
        "left_out": COUNT,
    }
)
PASSAGE = record(
    {
        **_PLACE,
        "index": TEXT,
        "before": listing(_NEIGHBOUR),
        "after": listing(_NEIGHBOUR),
        "previous": optional(TEXT),
        "next": optional(TEXT),
    }
)
DOCUMENTS = record(
    {
        "documents": listing(
            record(
                {
                    "index": TEXT,
                    "document": TEXT,
                    "source": TEXT,
                    "title": TEXT,
                    "language": TEXT,
                    "passages": COUNT,
                    "path": optional(TEXT),
                    "date": TEXT,
                }
            )
        ),
        "total": COUNT,
        "next": optional(COUNT),
    }
)
STATUS = record({"ready": {"type": "boolean"}, "indexes": listing(record({"name": TEXT}))})
