"""The files of postings: which of them tantivy is given, and what they are said to be.

What a segment's own ``meta.json`` says is checked, and only the names of its parts are carried on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retriever.frozen import dataclass
from retriever.index.files.access import read_regular
from retriever.index.files.json_values import parse_json, read_integer, read_list, read_string
from retriever.index.local.stores.columns_check import check_columns, is_form_known
from retriever.index.local.stores.links import link_files

TERMS = "terms"
ROW = "row"
OWNER = "owner"
META = "meta.json"
# The documents as they were given, of which an index stores nothing.
STORE = ".store"
# A number of its row and one of its owner for each passage.
_COLUMNS = ".fast"
TOKENIZER = "terms"
# Bytes of ``meta.json`` at most, and rows of a segment of tantivy.
_META_SIZE = 4 << 20
_MOST_ROWS = 1 << 31
# What ``meta.json`` says of every index, but for its segments: the fields are those of ``_schema``.
_NUMBER = {"fast": True, "fieldnorms": False, "stored": False}
_META_VALUES: dict[str, Any] = {
    "index_settings": {"docstore_compression": "lz4", "docstore_blocksize": 16384},
    "schema": [
        {
            "name": TERMS,
            "type": "text",
            "options": {
                "indexing": {"record": "basic", "fieldnorms": True, "tokenizer": TOKENIZER},
                "stored": False,
                "fast": False,
            },
        },
        {"name": ROW, "type": "u64", "options": {"indexed": True, **_NUMBER}},
        {"name": OWNER, "type": "u64", "options": {"indexed": False, **_NUMBER}},
    ],
    "opstamp": 0,
}
# tantivy ends the process for want of memory where a file of documents says that it is huge. None is ever read, so it
# gets this one in the place of each: that of one document without anything stored, as tantivy writes it.
_EMPTY_STORE = (
    bytes.fromhex("09000000 90800000 00000100 00008185 81808081 8e020000 000e0000 00000000 00010000 00000000 0000")
    + bytes(7)
    + b'{"version":{"major":0,"minor":27,"patch":0,"index_format_version":7},"crc":3878983991}V\0\0\0\x39\5\0\0'
)


@dataclass(frozen=True, slots=True)
class SegmentPostings:
    """The postings of one segment: the names of their files, and how many ``rows`` they are of.

    ``base`` is the ref of its row 0.
    """

    path: Path
    files: tuple[str, ...]
    rows: int
    owner: str
    base: int


def open_postings(segments: Sequence[SegmentPostings]) -> tuple[Any, Any]:
    """Open several folders as one index, through a folder of links with a combined list of segments.

    The links also keep tantivy from creating its lock file beside what it opens. Only files that the manifest lists are
    linked, and of what their ``meta.json`` says only the segments are carried on. Raises OSError, ValueError.
    """
    import tantivy

    listed = [part for segment in segments for part in _list_parts(segment)]
    meta = json.dumps({**_META_VALUES, "segments": listed}).encode()
    files = [Path(os.path.abspath(one.path), name) for one in segments for name in one.files if name != META]
    # Another version of tantivy may not read this one.
    stores = {file.name: _EMPTY_STORE for file in files if file.suffix == STORE and is_form_known()}
    with link_files({META: meta, **stores}, [file for file in files if file.name not in stores]) as links:
        index = tantivy.Index.open(str(links))
        index.config_reader("Manual", 0)
        return index.searcher(), index.schema


def _list_parts(segment: SegmentPostings) -> list[dict[str, Any]]:
    """The segments of tantivy that the postings consist of. Raises OSError, ValueError."""
    meta = parse_json(read_regular(segment.path / META, _META_SIZE))
    if not isinstance(meta, dict) or meta.get("schema") != _META_VALUES["schema"]:
        raise ValueError(f"{segment.path / META} has fields that no index has")
    parts: list[dict[str, Any]] = [
        {
            "segment_id": read_string(part, "segment_id", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
            "max_doc": read_integer(part, "max_doc", _MOST_ROWS),
            "deletes": None,
        }
        for part in read_list(meta, "segments")
    ]
    names = {name.partition(".")[0] for name in segment.files if name != META}
    if {part["segment_id"].replace("-", "") for part in parts} != names or len(names) != len(parts):
        raise ValueError(f"{segment.path / META} lists other segments than there are")
    if sum(part["max_doc"] for part in parts) != segment.rows:
        raise ValueError(f"{segment.path / META} does not list {segment.rows} passages")
    if is_form_known():
        for part in parts:
            check_columns(segment.path / f"{part['segment_id'].replace('-', '')}{_COLUMNS}", part["max_doc"])
    return parts
