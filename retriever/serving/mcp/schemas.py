"""JSON schemas of what tools return: the one schema of the command line, HTTP and Python, as ``to_dict`` writes it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
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
    "document": TEXT,
    "index": TEXT,
    "source": TEXT,
    "citation": TEXT,
    "title": TEXT,
    "heading": listing(TEXT),
    "text": TEXT,
    "start": COUNT,
    "end": COUNT,
    "line": COUNT,
}
# Left out where the budget is short.
_DETAILS = {
    "path": optional(TEXT),
    "page": optional(COUNT),
    "end_page": optional(COUNT),
    "place": TEXT,
    "recognised": optional(NUMBER),
    "language": TEXT,
    "metadata": OBJECT,
    "duplicates": listing(OBJECT),
}
_HIT = record(
    {"rank": COUNT, "score": NUMBER, "id": TEXT, **_PLACE},
    {
        **_DETAILS,
        "cited_page": optional(COUNT),
        "sentence": optional(SPAN),
        "highlights": listing(SPAN),
        "scores": OBJECT,
    },
)
SEARCH = record(
    {
        "query": TEXT,
        "index": TEXT,
        "generation": COUNT,
        "mode": TEXT,
        "took_ms": NUMBER,
        "embedded": NUMBER,
        "hits": listing(_HIT),
        "left_out": COUNT,
    }
)
_EXCERPT = record(
    {"number": COUNT, "score": NUMBER, "passages": listing(TEXT), "tokens": COUNT, **_PLACE},
    _DETAILS,
)
CONTEXT = record(
    {
        "question": TEXT,
        "query": TEXT,
        "answerable": BOOLEAN,
        "score": NUMBER,
        "tokens": COUNT,
        "max_tokens": COUNT,
        "index": TEXT,
        "generation": COUNT,
        "excerpts": listing(_EXCERPT),
        "left_out": COUNT,
    }
)
PASSAGE = record(
    {
        "id": TEXT,
        **_PLACE,
        "before": listing(_NEIGHBOUR),
        "after": listing(_NEIGHBOUR),
        "previous": optional(TEXT),
        "next": optional(TEXT),
    },
    _DETAILS,
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
                    "passages": COUNT,
                    "date": TEXT,
                },
                {"language": TEXT, "path": optional(TEXT), "metadata": OBJECT},
            )
        ),
        "total": COUNT,
        "next": optional(COUNT),
    }
)
STATUS = record({"ready": BOOLEAN, "indexes": listing(record({"name": TEXT}))})
