"""The contents of an exported index, common to all file formats: a header, then documents with their passages.

Every field is preserved exactly, also strings that are not valid Unicode. Nothing here reads or writes files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from retriever.errors import ReadError
from retriever.index.files.json_values import MOST, read_integer
from retriever.index.local.manifest import read_source
from retriever.index.places import format_place, parse_place
from retriever.types import Passage, Place, Source, StoredDocument

if TYPE_CHECKING:
    from retriever.types import Vectors

VERSION = 1
_DIMENSIONS = 1 << 16
MARK = "retriever index"


@dataclass(frozen=True, slots=True)
class Header:
    """The header of an export; it is used before the rest is read, so it has its own checksum.

    ``settings`` and ``sources`` are those of the index. ``vectors`` and ``tokens`` are true if the passages have
    vectors and token vectors.
    """

    settings: Mapping[str, Any]
    dimension: int
    vectors: bool
    tokens: bool
    sources: tuple[Source, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        value = {"export": MARK, "version": VERSION, **asdict(self)}
        return {**value, "checksum": _checksum(value)}

    @classmethod
    def from_dict(cls, value: object, path: Path) -> Header:
        """The header from its JSON value. Raises ReadError for an invalid one and for an unknown version."""
        if not isinstance(value, dict) or value.get("export") != MARK:
            raise ReadError(
                f"{path} is not an exported index",
                hint="create one with `retriever export FILE` (in Python: export_index)",
            )
        if value.get("version") != VERSION:
            raise ReadError(
                f"{path} has export version {value.get('version')}; this version reads {VERSION}",
                hint="upgrade retriever to the version that wrote it, or ask for an export of this one",
            )
        if value.get("checksum") != _checksum({name: part for name, part in value.items() if name != "checksum"}):
            raise damage_error(path, "the checksum of its header differs")
        try:
            sources = tuple(map(read_source, value.get("sources", ())))
            return cls(
                settings=_require(value, "settings", dict),
                dimension=read_integer(value, "dimension", _DIMENSIONS),
                vectors=_require(value, "vectors", bool),
                tokens=_require(value, "tokens", bool),
                sources=sources,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damage_error(path, f"its header cannot be read ({error})") from error


@dataclass(frozen=True, slots=True)
class Exported:
    """A document with its passages.

    ``vectors`` is float32 [passages, dimension], [passages, 0] with no ``tokens`` for a document that is pending, and
    None in a file without vectors.
    """

    document: StoredDocument
    passages: Sequence[Passage]
    vectors: Vectors | None
    tokens: Sequence[bytes]


DOCUMENT = ("key", "id", "source", "file", "file_hash", "hash", "title", "language")
PASSAGE = ("text", "start", "end", "line", "page", "language", "tokens")


def document_fields(document: StoredDocument) -> dict[str, Any]:
    """The fields of a document by name."""
    return {name: getattr(document, name) for name in DOCUMENT} | {"metadata": dict(document.metadata)}


def passage_fields(passage: Passage) -> dict[str, Any]:
    """The fields of a passage by name."""
    fields = {name: getattr(passage, name) for name in PASSAGE} | {"heading": list(passage.heading)}
    # Left out where there are none, so that the seals of older exports stay valid.
    if passage.breaks:
        fields["breaks"] = list(passage.breaks)
    if passage.places:
        fields["places"] = [format_place(place) for place in passage.places]
    return fields


def parse_document(fields: Mapping[str, Any]) -> StoredDocument:
    """The document from its fields by name. Raises KeyError, TypeError."""
    metadata = fields["metadata"]
    if type(metadata) is not dict:
        raise TypeError(f"'metadata' is {type(metadata).__name__}")
    return StoredDocument(**{name: _require(fields, name, str) for name in DOCUMENT}, metadata=metadata)


def parse_passage(fields: Mapping[str, Any]) -> Passage:
    """The passage from its fields by name. Raises KeyError, TypeError."""
    heading = fields["heading"]
    if type(heading) is not list or not all(type(title) is str for title in heading):
        raise TypeError("'heading' is not a list of titles")
    numbers = {name: _require(fields, name, int) for name in ("start", "end", "line", "tokens")}
    page = None if fields["page"] is None else _require(fields, "page", int)
    texts = {name: _require(fields, name, str) for name in ("text", "language")}
    breaks = fields.get("breaks") or []
    if type(breaks) is not list or not all(type(place) is int and 0 <= place <= MOST for place in breaks):
        raise TypeError("'breaks' is not a list of offsets")
    places = _parse_places(fields.get("places") or [])
    return Passage(**texts, **numbers, page=page, heading=tuple(heading), breaks=tuple(breaks), places=places)


def _parse_places(values: object) -> tuple[Place, ...]:
    """The places, each as its offset and its name. Raises TypeError."""
    if not isinstance(values, list) or not all(type(value) is str for value in values):
        raise TypeError("'places' is not a list of places")
    try:
        return tuple(map(parse_place, values))
    except ValueError as error:
        raise TypeError("'places' is not a list of places") from error


def _require(fields: Mapping[str, Any], name: str, kind: type) -> Any:
    """A field of this type, a number from 0 on. Raises KeyError, TypeError."""
    value: Any = fields[name]
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= MOST):
        raise TypeError(f"{name!r} is {repr(value)[:60]}")
    return value


class Seal:
    """The seal of an export: counts of documents and passages, and the XXH3-128 digest of header and contents."""

    def __init__(self, header: Header) -> None:
        self.documents = 0
        self.passages = 0
        self._digest = xxh3_128(json.dumps(header.to_dict(), sort_keys=True).encode())

    def add(self, item: Exported) -> None:
        """Add a document to the counts and the digest."""
        fields = [document_fields(item.document), *map(passage_fields, item.passages)]
        self._digest.update(json.dumps(fields, sort_keys=True).encode())
        if item.vectors is not None:
            self._digest.update(item.vectors.astype("<f4").tobytes())
        for run in item.tokens:
            self._digest.update(run)
        self.documents += 1
        self.passages += len(item.passages)

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {"documents": self.documents, "passages": self.passages, "digest": self._digest.hexdigest()}


def _checksum(value: Mapping[str, Any]) -> str:
    return xxh3_128(json.dumps(value, sort_keys=True).encode()).hexdigest()


def damage_error(path: Path, what: str) -> ReadError:
    """The error for a damaged export."""
    return ReadError(f"{path} is damaged: {what}", hint="export the index again, or copy the file again")
