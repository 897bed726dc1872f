"""Exports in JSON Lines: a header, one line per document with its passages, and the seal as the last line.

Vectors are half-precision floats and token vectors bytes, both in base64. The seal has counts and a digest of all
documents and passages, so that a truncated or modified file is detected.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from retriever.index.files.access import open_regular
from retriever.index.files.json_values import parse_json
from retriever.index.values import document_fields, parse_document, parse_passage, passage_fields
from retriever.maintenance.exchange import Exported, Header, Seal, damage_error

# Bytes of a header at most; it lists the sources.
_HEADER_SIZE = 16 << 20


def write(path: Path, header: Header, documents: Iterable[Exported]) -> None:
    """Write the file, a document at a time. Raises OSError."""
    seal = Seal(header)
    with path.open("wb") as file:
        file.write(format_line(header.to_dict()))
        for item in documents:
            file.write(format_line(to_fields(item)))
            seal.add(item)
        file.write(format_line(seal.to_dict()))


def read(path: Path) -> tuple[Header, Iterator[Exported]]:
    """The header, and a stream of the documents, which raises ReadError at the end of a damaged file.

    Raises ReadError, OSError.
    """
    with _open(path) as file:
        first = file.readline(_HEADER_SIZE)
    # A damaged export begins with an object all the same; anything else is a file of another kind.
    header = Header.from_dict(_parse(first, path) if first.startswith(b"{") else None, path)
    return header, _documents(path, header)


def _documents(path: Path, header: Header) -> Iterator[Exported]:
    seal = Seal(header)
    with _open(path) as file:
        file.readline()
        for line in file:
            value = _parse(line, path)
            if "key" not in value:
                if value != seal.to_dict() or file.read(1):
                    raise damage_error(path, "its last line does not match the others")
                return
            item = parse_item(value, header, path)
            seal.add(item)
            yield item
    raise damage_error(path, "it is truncated")


def format_line(value: Mapping[str, Any]) -> bytes:
    """A line of an export, with its end."""
    try:
        return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(value, separators=(",", ":")) + "\n").encode("ascii")


def to_fields(item: Exported) -> dict[str, Any]:
    """A document with its passages, vectors included, as a JSON value."""
    passages = [passage_fields(passage) for passage in item.passages]
    if item.vectors is not None:
        for fields, vector in zip(passages, item.vectors, strict=True):
            fields["vector"] = b64encode(vector.astype("<f2").tobytes()).decode()
    for fields, run in zip(passages, item.tokens, strict=False):
        fields["token_vectors"] = b64encode(run).decode()
    return {**document_fields(item.document), "passages": passages}


def parse_item(value: Mapping[str, Any], header: Header, path: Path) -> Exported:
    """The document that ``to_fields`` made a value of. Raises ReadError for anything else."""
    try:
        passages = [parse_passage(fields) for fields in value["passages"]]
        vectors = None
        if header.vectors:
            data = b"".join(b64decode(fields["vector"], validate=True) for fields in value["passages"])
            # Without a single byte, the vectors are still to come.
            dimension = header.dimension if data else 0
            vectors = np.frombuffer(data, "<f2").reshape(len(passages), dimension).astype(np.float32)
        tokens = [
            b64decode(fields["token_vectors"], validate=True)
            for fields in value["passages"]
            if header.tokens and (vectors is None or vectors.size)
        ]
        return Exported(parse_document(value), passages, vectors, tokens)
    except (KeyError, TypeError, ValueError, Base64Error) as error:
        raise damage_error(path, f"a document in it cannot be read ({type(error).__name__}: {error})") from error


def _open(path: Path) -> BinaryIO:
    return os.fdopen(open_regular(path), "rb")


def _parse(line: bytes, path: Path) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except ValueError as error:
        raise damage_error(path, "a line is not valid JSON") from error
    if not isinstance(value, dict):
        raise damage_error(path, "a line is not a JSON object")
    return value
