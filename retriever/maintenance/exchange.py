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
from retriever.index.files.json_values import read_integer
from retriever.index.values import document_fields, parse_source, passage_fields
from retriever.types import Passage, Source, StoredDocument

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
            sources = tuple(map(parse_source, value.get("sources", ())))
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


def _require(fields: Mapping[str, Any], name: str, kind: type) -> Any:
    """A field of this type. Raises KeyError, TypeError."""
    value: Any = fields[name]
    if type(value) is not kind:
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
