"""Exports in Parquet: one row per passage, with the fields of its document; needs the extra ``parquet``.

Vectors are lists of 32-bit floats. The header and the seal are in the metadata of the file. A document without passages
is a row without text. Strings that are not valid Unicode (file names) have their exact form in the column ``exact``.

Every value is checked, but pyarrow unpacks pages before there are values: nothing here bounds its memory. So an import
reads in a process with limits (``parquet_process.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from retriever.errors import MissingExtraError, ReadError, install_command
from retriever.index.files.json_values import parse_json
from retriever.index.values import DOCUMENT, PASSAGE, document_fields, parse_document, parse_passage, passage_fields
from retriever.maintenance.exchange import Exported, Header, Seal, damage_error

# Rows in memory at once.
ROWS = 2048
_META = b"retriever"
_SEAL = b"retriever.seal"
_NUMBERS = ("start", "end", "line", "page", "tokens")


def write(path: Path, header: Header, documents: Iterable[Exported]) -> None:
    """Write the file, a group of rows at a time. Raises OSError, MissingExtraError."""
    arrow, parquet = _import_pyarrow()
    schema = _schema(arrow, header)
    with parquet.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer:
        rows: list[dict[str, Any]] = []
        seal = Seal(header)
        for item in documents:
            seal.add(item)
            rows.extend(_to_rows(item))
            if len(rows) >= ROWS:
                writer.write_table(arrow.Table.from_pylist(rows, schema))
                rows = []
        if rows:
            writer.write_table(arrow.Table.from_pylist(rows, schema))
        writer.add_key_value_metadata({_SEAL: json.dumps(seal.to_dict())})


def read(path: Path) -> tuple[Header, Iterator[Exported]]:
    """In this process: the header, and a stream of the documents, which raises ReadError at the end of a damaged file.

    Raises ReadError, OSError, MissingExtraError.
    """
    arrow, parquet = _import_pyarrow()
    try:
        file = parquet.ParquetFile(path, page_checksum_verification=True)
        header = parse_json((file.schema_arrow.metadata or {}).get(_META, b"null"))
        seal = parse_json((file.metadata.metadata or {}).get(_SEAL, b"null"))
    except (arrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise damage_error(path, f"it cannot be read as Parquet ({error})") from error
    known = Header.from_dict(header, path)
    return known, _documents(path, file, known, seal)


def _documents(path: Path, file: Any, header: Header, sealed: object) -> Iterator[Exported]:
    arrow, _ = _import_pyarrow()
    seal = Seal(header)
    try:
        rows = (_restore_exact(row) for batch in file.iter_batches(ROWS) for row in batch.to_pylist())
        for _, group in groupby(rows, lambda row: row["key"]):
            item = _parse_document(list(group), header)
            seal.add(item)
            yield item
    except MemoryError as error:
        raise unpacking_error(path, "there is not enough memory") from error
    except (arrow.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise damage_error(path, f"a row of it cannot be read ({type(error).__name__}: {error})") from error
    if seal.to_dict() != sealed:
        raise damage_error(path, "its contents are not what was written")


def unpacking_error(path: Path, what: str) -> ReadError:
    """The error for a file that is small only as long as it is packed."""
    return ReadError(f"{path} cannot be unpacked: {what}", hint="ask for an export in JSON Lines")


def require() -> None:
    """Load what reads and writes Parquet. Raises MissingExtraError without it."""
    _import_pyarrow()


def _schema(arrow: Any, header: Header) -> Any:
    fields = [(name, arrow.string()) for name in DOCUMENT]
    fields += [("metadata", arrow.string()), ("position", arrow.int32())]
    fields += [
        (_column(name), arrow.int64() if name in _NUMBERS else arrow.string()) for name in PASSAGE if name != "text"
    ]
    fields += [("text", arrow.string()), ("heading", arrow.list_(arrow.string())), ("exact", arrow.string())]
    fields += [("breaks", arrow.list_(arrow.int64())), ("places", arrow.list_(arrow.string()))]
    if header.vectors:
        fields.append(("vector", arrow.list_(arrow.float32(), header.dimension)))
    if header.tokens:
        fields.append(("token_vectors", arrow.binary()))
    return arrow.schema(fields, metadata={_META: json.dumps(header.to_dict())})


def _column(name: str) -> str:
    """The column of a passage field; the language of a passage has another column than that of its document."""
    return "passage_language" if name == "language" else name


def _to_rows(item: Exported) -> Iterator[dict[str, Any]]:
    document = document_fields(item.document)
    document["metadata"] = json.dumps(document["metadata"])
    if not item.passages:
        yield _make_valid(document)
    for position, passage in enumerate(item.passages):
        row = {**document, "position": position}
        row |= {_column(name): value for name, value in passage_fields(passage).items()}
        row = _make_valid(row)
        # A vector that is still to come is null.
        if item.vectors is not None and item.vectors.size:
            row["vector"] = item.vectors[position]
        if item.tokens:
            row["token_vectors"] = item.tokens[position]
        yield row


def _make_valid(row: dict[str, Any]) -> dict[str, Any]:
    """The row with invalid Unicode replaced, and the exact form of the replaced values in ``exact``."""
    exact = {
        name: value for name, value in row.items() if json.dumps(value, ensure_ascii=False) != _replace_invalid(value)
    }
    if not exact:
        return row
    return {
        **row,
        **{name: json.loads(_replace_invalid(value)) for name, value in exact.items()},
        "exact": json.dumps(exact),
    }


def _replace_invalid(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _restore_exact(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **parse_json(row["exact"])} if row["exact"] else row


def _parse_document(rows: list[Mapping[str, Any]], header: Header) -> Exported:
    document = parse_document({**rows[0], "metadata": parse_json(rows[0]["metadata"])})
    rows = [row for row in rows if row["position"] is not None]
    if [row["position"] for row in rows] != list(range(len(rows))):
        raise ValueError(f"passages of {document.key} are missing")
    names = (*PASSAGE, "heading", "breaks", "places")
    passages = [parse_passage({name: row.get(_column(name)) for name in names}) for row in rows]
    vectors = None
    if header.vectors and rows and all(row["vector"] is None for row in rows):
        return Exported(document, passages, np.empty((len(rows), 0), np.float32), [])
    if header.vectors:
        vectors = np.array([row["vector"] for row in rows], np.float32).reshape(len(rows), header.dimension)
    return Exported(document, passages, vectors, [row["token_vectors"] for row in rows] if header.tokens else [])


def _import_pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs pyarrow, which is not installed", hint=install_command("parquet")
        ) from error
    return pyarrow, pyarrow.parquet
