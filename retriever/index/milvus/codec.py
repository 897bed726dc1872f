"""How documents and passages become texts of rows, and back. What comes back is checked: a server may hold anything."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from retriever.index.files.json_values import parse_json, read_integer, read_string
from retriever.index.statistics import LanguageSums
from retriever.index.values import document_fields, parse_document, parse_passage, passage_fields
from retriever.types import Passage, StoredDocument

# Characters of one field: four bytes each at most, and a field has 65,535.
_CHARACTERS = 16_000
_ASCII = 64_000
# Fields of a passage that are written even where they are empty or 0.
_ALWAYS = ("text", "start", "end", "line")
# Terms of one passage, at most.
_TERMS = 1 << 20
# The largest number of a term, so that it is the dimension of a sparse vector.
MOST_TERMS = (1 << 32) - 2
# Passages of one document, at most: some gigabytes of text.
MOST_PASSAGES = 1 << 22


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its number, the first ref of its passages, and whether it is pending."""

    number: int
    first: int
    pending: bool
    document: StoredDocument

    @property
    def refs(self) -> range:
        """The refs of its passages, in document order."""
        return range(self.first, self.first + self.document.passages)


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage, its length in terms and its distinct terms."""

    passage: Passage
    length: int
    terms: Sequence[str]


def dump(value: object) -> str:
    """The JSON text of a value, in characters that UTF-8 has."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def split(text: str) -> list[str]:
    """The text in parts that a field holds; at least one."""
    size = _ASCII if text.isascii() else _CHARACTERS
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]


def dump_document(row: DocumentRow) -> str:
    """The text of a document's record."""
    own = {"first": row.first, "count": row.document.passages, "pending": row.pending}
    return dump(document_fields(row.document) | own)


def load_document(number: int, text: str) -> DocumentRow:
    """The document of a record. Raises ValueError."""
    values = _load(text)
    count, first = read_integer(values, "count", MOST_PASSAGES), read_integer(values, "first", 1 << 62)
    document = replace(parse_document(values), passages=count)
    return DocumentRow(number, first, values.get("pending") is True, document)


def dump_passage(text: PassageText) -> str:
    """The text of a passage's row."""
    values = {name: value for name, value in passage_fields(text.passage).items() if value or name in _ALWAYS}
    return dump(values | {"length": text.length, "terms": list(text.terms)})


def load_passage(body: str) -> PassageText:
    """The passage of a row. Raises ValueError."""
    values = _load(body)
    terms = values.get("terms")
    if not isinstance(terms, list) or len(terms) > _TERMS or not all(type(one) is str for one in terms):
        raise ValueError("the terms of a passage")
    return PassageText(parse_passage(values), read_integer(values, "length"), terms)


def dump_sums(code: str, sums: LanguageSums) -> str:
    """The text of a language's record."""
    data = b64encode(sums.vectors.astype("<f8").tobytes()).decode()
    return dump({"code": code, "passages": sums.passages, "pending": sums.pending, "vectors": data})


def load_sums(text: str, dimension: int) -> tuple[str, LanguageSums]:
    """The language of a record and its sums. Raises ValueError."""
    values = _load(text)
    data = np.frombuffer(load_bytes(read_string(values, "vectors")), "<f8")
    if data.size not in (0, dimension) or not np.isfinite(data).all():
        raise ValueError("the sums of a language")
    vectors = data.astype(np.float64) if data.size else np.zeros(dimension)
    passages = read_integer(values, "passages")
    return read_string(values, "code"), LanguageSums(passages, vectors, read_integer(values, "pending", passages))


def load_list(text: str, size: int) -> list[int]:
    """A list of that many counts. Raises ValueError."""
    value = parse_json(text)
    if not isinstance(value, list) or len(value) != size or not all(type(one) is int and one >= 0 for one in value):
        raise ValueError("a list of counts")
    return value


def load_terms(text: str) -> dict[str, int]:
    """Terms with their numbers. Raises ValueError."""
    values = _load(text)
    return {term: read_integer(values, term, MOST_TERMS, 1) for term in values}


def load_bytes(text: str) -> bytes:
    """The bytes of a text in base64. Raises ValueError."""
    try:
        return b64decode(text, validate=True)
    except Base64Error as error:
        raise ValueError("bytes in base64") from error


def dump_bytes(data: bytes) -> str:
    """Bytes in base64."""
    return b64encode(data).decode()


def _load(text: str) -> Mapping[str, Any]:
    values = parse_json(text)
    if not isinstance(values, dict):
        raise ValueError("a row holds no JSON object")
    return values
