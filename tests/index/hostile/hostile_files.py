"""Hostile folders: crafted SQLite, FAISS, NumPy and tantivy files, with checksums that agree."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from hostile_kit import ROWS, Variant, first_segment, put, reseal, run_sql, save_archive

ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT i AS number, i AS row, 'x' AS key, "
    "'x' AS id, 0 AS document, '' AS language, NULL AS page, '' AS heading, 1 AS terms, 'x' AS held, 'x' AS text, "
    "'' AS source, '' AS file, '' AS file_hash, '' AS hash, '' AS title, '{}' AS metadata, 0 AS first_row, "
    "1 AS row_count, 0 AS start, 0 AS \"end\", 1 AS line, 1 AS tokens, '' AS breaks, '' AS places FROM n"
)
PASSAGES_SQL = {
    **{
        f"{name} is endless": f"DROP TABLE {name}; CREATE VIEW {name} AS {ENDLESS};"
        for name in ("documents", "passages", "terms")
    },
    "a table more": "CREATE TABLE other (x);",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM passages; END;",
    "no table": "DROP TABLE passages;",
    "a column more": "ALTER TABLE passages ADD COLUMN other;",
    "a schema that lies": "UPDATE sqlite_master SET rootpage = 2;",
    "a schema without SQL": "UPDATE sqlite_master SET sql = NULL;",
    "a schema of junk": "UPDATE sqlite_master SET sql = 'CREATE TABLE x(' WHERE name = 'passages';",
    "roots beyond the file": "UPDATE sqlite_master SET rootpage = 99999999 WHERE type = 'table';",
    "rows from far on": "UPDATE documents SET first_row = 1000000000000;",
    "rows without end": "UPDATE documents SET row_count = 1000000000000;",
    "fewer rows than none": "UPDATE documents SET row_count = -5;",
    "a first row of text": "UPDATE documents SET first_row = 'x';",
    "keys that are numbers": "UPDATE documents SET key = 5;",
    "keys that are nothing": "UPDATE documents SET key = x'';",
    "keys that are the same": "UPDATE documents SET key = 'a';",
    "titles of invalid bytes": "UPDATE documents SET title = x'ff00ff';",
    "metadata that is deep": f"UPDATE documents SET metadata = '{'[' * 100_000}';",
    "metadata that is a list": "UPDATE documents SET metadata = '[1]';",
    "metadata that is a number": "UPDATE documents SET metadata = 5;",
    "metadata that is no JSON": "UPDATE documents SET metadata = '{';",
    "hashes that are bytes": "UPDATE documents SET hash = x'00';",
    "documents left out": "DELETE FROM documents WHERE number > 3;",
    "passages left out": "DELETE FROM passages WHERE row % 2;",
    "passages of others": "UPDATE passages SET document = 7;",
    "passages of nobody": "UPDATE passages SET document = 1000000;",
    "texts that are numbers": "UPDATE passages SET text = 5;",
    "texts that are bytes": "UPDATE passages SET text = x'ff';",
    "no texts": "UPDATE passages SET text = '';",
    "other texts": "UPDATE passages SET text = 'altered ' || row;",
    "starts before the start": "UPDATE passages SET start = -5;",
    "ends beyond the end": 'UPDATE passages SET "end" = 9223372036854775807;',
    "pages of text": "UPDATE passages SET page = 'x';",
    "headings that are deep": f"UPDATE passages SET heading = '{'[' * 100_000}' WHERE row < 3;",
    "headings that are objects": "UPDATE passages SET heading = '{}';",
    "headings of numbers": "UPDATE passages SET heading = '[1]';",
    "languages of bytes": "UPDATE passages SET language = x'ff';",
    "languages of numbers": "UPDATE passages SET language = 5;",
    "breaks of text": "UPDATE passages SET breaks = '1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x';",
    "places of numbers": "UPDATE passages SET places = '1';",
    "places of bytes": "UPDATE passages SET places = x'ff';",
    "terms beyond all": "UPDATE passages SET terms = 9223372036854775807;",
    "terms of text": "UPDATE passages SET terms = 'x';",
    "held terms of nothing": "UPDATE terms SET held = x'';",
    "held terms of text": "UPDATE terms SET held = 'x';",
    "held terms of nobody": "DELETE FROM terms;",
}
CACHE_SQL = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON files BEGIN DELETE FROM embeddings; END;",
    "a view": f"DROP TABLE embeddings; CREATE VIEW embeddings AS {ENDLESS};",
    "endless files": f"DROP TABLE files; CREATE VIEW files AS {ENDLESS};",
    "another program's": "DROP TABLE files; DROP TABLE embeddings; DROP TABLE fingerprints; CREATE TABLE mail (x);",
    "roots that are one": "UPDATE sqlite_master SET rootpage = 2;",
    "files of numbers": "UPDATE files SET path = 5, size = 'x', mtime_ns = 1.5, hash = 7;",
    "vectors of text": "UPDATE OR REPLACE embeddings SET vector = 'x', hash = 'y', checksum = 'z';",
    "numbers of text": "UPDATE fingerprints SET fingerprint = x'ff00';",
}
CLASSES = (b"IxFI", b"IxF2", b"IwFl", b"IwQ4", b"IHNf", b"IxPT", b"IxMp", b"IxPq", b"IwPQ", b"null", b"IxRF", b"Iwrf")


def _passages(script: str, root: Path, victim: Path) -> None:
    path = first_segment(root) / "passages.sqlite"
    run_sql(path, script)
    reseal(root, path)


def _cache(script: str, root: Path, victim: Path) -> None:
    run_sql(root / "cache.sqlite", script)
    (root / "cache.sqlite.digest").unlink()


@lru_cache(maxsize=1)
def _make_bomb() -> bytes:
    """800 MB of terms in 800 kB."""
    part, checksum = b"a" * (8 << 20), 1
    for _ in range(100):
        checksum = zlib.adler32(part, checksum)
    packer = zlib.compressobj(9)
    # After a full flush nothing refers to what came before, so that a part can be repeated.
    head, again = (packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return head + again * 99 + packer.flush()[:-4] + checksum.to_bytes(4, "big")


def _bomb_terms(root: Path, victim: Path) -> None:
    path = first_segment(root) / "passages.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("UPDATE terms SET held = ?", (_make_bomb(),))
    connection.commit()
    connection.close()
    reseal(root, path)


def _loop_pages(name: str, root: Path, victim: Path) -> None:
    """Every page with children has the same child everywhere."""
    path = root / name if name == "cache.sqlite" else first_segment(root) / name
    data = bytearray(path.read_bytes())
    size = struct.unpack(">H", data[16:18])[0]
    size = 65536 if size == 1 else size
    for start in range(0, len(data), size):
        head = start + (100 if start == 0 else 0)
        if data[head] in (2, 5):
            cells = struct.unpack(">H", data[head + 3 : head + 5])[0]
            child = start // size + 1  # Itself.
            data[head + 8 : head + 12] = struct.pack(">I", child)
            for cell in range(cells):
                at = start + struct.unpack(">H", data[head + 12 + 2 * cell : head + 14 + 2 * cell])[0]
                data[at : at + 4] = struct.pack(">I", child)
    path.write_bytes(bytes(data))
    if name == "cache.sqlite":
        (root / "cache.sqlite.digest").unlink()
    else:
        reseal(root, path)


def _name_super_journal(suffix: str, root: Path, victim: Path) -> None:
    """A journal that names a file elsewhere, which SQLite would remove once the journal was rolled back."""
    name = str(victim / "notes.txt").encode()
    header = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">iIIII", 0, 1, 1, 512, 4096)
    ending = struct.pack(">I", 0x40000000 // 4096 + 1) + name + struct.pack(">II", len(name), sum(name)) + header[:8]
    (root / f"cache.sqlite{suffix}-journal").write_bytes(header.ljust(512, b"\0") + ending)


def _alter(name: str, at: int, data: bytes, root: Path, victim: Path) -> None:
    path = first_segment(root) / name
    put(path, at if at >= 0 else path.stat().st_size + at, data)
    reseal(root, path)


def _cut(name: str, share: float, root: Path, victim: Path) -> None:
    path = first_segment(root) / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    reseal(root, path)


def _scatter(name: str, seed: int, root: Path, victim: Path) -> None:
    """Bytes at random places are others; tantivy's own checksum, which it does not compare, stays as it is."""
    chance = random.Random(seed)
    path = next(first_segment(root).glob(name))
    data = bytearray(path.read_bytes())
    for _ in range(1 + seed % 5):
        data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 255))
    path.write_bytes(bytes(data))
    reseal(root, path)


def _change_meta(change: Callable[[dict[str, Any]], object], root: Path, victim: Path) -> None:
    path = first_segment(root) / "lexical" / "meta.json"
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value))
    reseal(root, path)


def _write(name: str, data: bytes | Callable[[], bytes], root: Path, victim: Path) -> None:
    """``data`` that takes long to make is a function, which only a variant that is used calls."""
    path = next((root / "generations").glob("*.deleted")) if name == "deletions" else first_segment(root) / name
    path.write_bytes(data() if callable(data) else data)
    reseal(root, path)


def _delete(arrays: dict[str, Any], root: Path, victim: Path) -> None:
    path = next((root / "generations").glob("*.deleted"))
    with np.load(path) as known:
        save_archive(path, **{**dict(known), **arrays})
    reseal(root, path)


def _declare(shape: str, kind: str = "<i8") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode()


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return stream.getvalue()


def _compress_800_mb() -> bytes:
    stream = io.BytesIO()
    # In pieces: what makes a folder is held to the memory that its uses may take.
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("documents.npy", "w") as member,
    ):
        member.write(_declare("100000000,"))
        for _ in range(80):
            member.write(bytes(1_000_000))
    return stream.getvalue()


def _meta_changes() -> dict[str, Callable[[dict[str, Any]], object]]:
    return {
        "no segments": lambda meta: meta["segments"].clear(),
        "each segment twice": lambda meta: meta["segments"].extend(meta["segments"][:]),
        "a huge segment": lambda meta: meta["segments"][0].update(max_doc=2**31 - 1),
        "fewer rows": lambda meta: meta["segments"][0].update(max_doc=1),
        "a path for a segment": lambda meta: meta["segments"][0].update(segment_id="../../../victim"),
        "a number for a segment": lambda meta: meta["segments"][0].update(segment_id=5),
        "other fields": lambda meta: meta["schema"].pop(),
        "fields that are none": lambda meta: meta.update(schema=5),
        "no schema": lambda meta: meta.pop("schema"),
        "another store": lambda meta: meta.update(index_settings={"docstore_compression": "zstd"}),
        "deletions": lambda meta: meta["segments"][0].update(deletes={"num_deleted_docs": 5, "opstamp": 1}),
    }


def files() -> list[Variant]:
    """All variants of this module."""
    made = [Variant(f"passages: {name}", partial(_passages, sql)) for name, sql in PASSAGES_SQL.items()]
    made += [Variant(f"cache: {name}", partial(_cache, sql)) for name, sql in CACHE_SQL.items()]
    made += [Variant("passages: terms of 800 MB", _bomb_terms)]
    made += [
        Variant(f"pages of {name} lead to themselves", partial(_loop_pages, name))
        for name in ("passages.sqlite", "cache.sqlite")
    ]
    made += [
        Variant(f"a journal that names another file{end}", partial(_name_super_journal, end))
        for end in ("", ".damaged")
    ]
    for name in ("dense.faiss", "approximate.faiss"):
        made += [Variant(f"{name}: class {kind.decode()}", partial(_alter, name, 0, kind)) for kind in CLASSES]
        for at in (4, 8, 15, 16, 24, 32, 33, 37, 41, 45, 49, 53, 57, 61, 65, 69, 73, 80, 90, 102, 110):
            for data in (b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xff" * 4):
                made.append(Variant(f"{name}: {data!r} at {at}", partial(_alter, name, at, data)))
        made += [Variant(f"{name}: {share} of it", partial(_cut, name, share)) for share in (0.0, 0.001, 0.5, 0.99)]
    made += [Variant(f"lists: at random {seed}", partial(_scatter, "approximate.faiss", seed)) for seed in range(30)]
    made += [Variant("vectors that are infinite", partial(_alter, "dense.faiss", 100, b"\x00\x7c" * 500))]
    made += [Variant("vectors that are no numbers", partial(_alter, "dense.faiss", 90, b"\xff" * 28_000))]
    for name in ("term", "idx", "fast", "fieldnorm", "pos", "store"):
        made += [
            Variant(f"postings: {name} {seed}", partial(_scatter, f"lexical/*.{name}", seed)) for seed in range(10)
        ]
    made += [Variant(f"meta: {name}", partial(_change_meta, change)) for name, change in _meta_changes().items()]
    for name in ("ids.npy", "tokens.npy"):
        for what, data in {
            "800 MB": _declare("100000000,"),
            "more than there is": _declare("99999999999999,"),
            "objects": _declare("310,", "|O"),
            "another type": _declare("310,", "<f8") + bytes(8 * 310),
            "fewer": _declare("5,", "<u8") + bytes(40),
            "no array": b"junk",
            "a program": b"\x93NUMPY\1\0\x80\0" + b"__import__('os').system('true')".ljust(128),
            "brackets": b"\x93NUMPY\1\0\xff\xff" + b"(" * 65535,
        }.items():
            made.append(Variant(f"{name}: {what}", partial(_write, name, data)))
    empty = _declare("0,")
    archives: dict[str, bytes | Callable[[], bytes]] = {
        "800 MB": _zip({"documents": _declare("100000000,"), "rows": empty, "hashes": empty, "counts": empty}),
        "800 MB compressed": _compress_800_mb,
        "objects": _zip({"documents": _declare("1,", "|O") + b"\x80\x04N."}),
        "nothing": b"",
        "no archive": b"PK\3\4 and so on",
        "many": partial(_zip, {f"x{number}": empty for number in range(5000)}),
        "names": _zip({"../../victim/made": empty}),
    }
    for what, archive in archives.items():
        made.append(Variant(f"deletions: {what}", partial(_write, "deletions", archive)))
        made.append(Variant(f"languages: {what}", partial(_write, "languages.npz", archive)))
    for what, arrays in {
        "rows beyond the end": {"rows": np.arange(10) + 10**12},
        "rows before the start": {"rows": np.arange(-10, 0)},
        "rows out of order": {"rows": np.arange(20, 10, -1)},
        "documents of text": {"documents": np.array(["x"])},
        "rows of halves": {"rows": np.arange(10) / 2},
        "rows in two dimensions": {"rows": np.zeros((5, 2), np.int64)},
        "fewer counts": {"counts": np.zeros(1, np.int64)},
        "counts below zero": {"counts": np.full(ROWS, -5)},
        "sums of another dimension": {"language_sums": np.zeros((2, 3))},
        "sums that are no numbers": {"language_sums": np.full((2, 48), np.nan)},
        "languages that there are not": {"language_codes": np.array(["xx", "yy"])},
        "no sums": {"language_sums": np.zeros(0)},
    }.items():
        made.append(Variant(f"deletions: {what}", partial(_delete, arrays)))
    made.append(
        Variant(
            "token vectors that end before they begin",
            partial(_write, "tokens.npy", _declare(f"{ROWS},", "<u8") + np.arange(ROWS, 0, -1).astype("<u8").tobytes()),
        )
    )
    return made
