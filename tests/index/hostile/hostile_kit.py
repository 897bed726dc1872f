"""A sound index to be made hostile, and the checksums that a stranger would make again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from index_corpus import SETTINGS, addition
from large_corpus import make_vectors

from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.files.durable import digest_bytes, digest_file
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.stores import ivf

DIMENSION = 48
ROWS = 120
LIMITS = Limits(ivf_rows=100, generations=3)
IVF_SEED = 5


@dataclass(frozen=True)
class Variant:
    """One hostile folder: ``apply`` makes it of a sound one, with a victim's folder beside it."""

    name: str
    apply: Callable[[Path, Path], None]


def make_additions(first: int, rows: int) -> list[Addition]:
    """Documents of ten passages each, with vectors and token vectors."""
    vectors = make_vectors(first + rows, IVF_SEED)[first:]
    made = []
    for start in range(0, rows, 10):
        bare = addition(f"doc{first + start:04d}", [f"tea and text {first + start + row}" for row in range(10)])
        made.append(replace(bare, vectors=vectors[start : start + 10], tokens=[b"\0\0"] * 10))
    return made


def build_base(root: Path) -> None:
    """A large segment with an inverted file, a small one, deletions in the first, and a cache."""
    settings = replace(SETTINGS, dimension=DIMENSION, tokens="made up")
    index = LocalIndex.create(root, limits=LIMITS)
    # Lists as short as the segment is small, and what can be asked of these.
    with mock.patch.object(ivf, "LIST", 16), mock.patch.object(ivf, "TARGETS", ((5, 0.5), (10, 0.4))):
        index.commit(Changes([], make_additions(0, ROWS), settings))
    index.commit(Changes(["doc0010"], make_additions(ROWS, 20), settings))
    index.close()
    cache = EmbeddingCache(root / CACHE)
    cache.put("model", [bytes([number]) * 16 for number in range(200)], make_vectors(200, 3))
    cache.remember_files({"/docs/a": (1, 2, "x")})
    cache.close()


def make_victim(folder: Path) -> None:
    """What must not change: files, a folder of files, another program's database."""
    (folder / "inner").mkdir(parents=True)
    for name in (".profile", "notes.txt", "inner/00000001-aaaaaaaa", "inner/00000009.json", "inner/x.deleted"):
        (folder / name).write_text(f"the contents of {name}\n" * 20)
    with sqlite3.connect(folder / "other.sqlite") as connection:
        connection.execute("CREATE TABLE mail (text)")
        connection.execute("INSERT INTO mail VALUES ('private')")
    connection.close()


def take_stock(folder: Path) -> dict[str, Any]:
    """The name, kind, permissions, time of change and bytes of everything in a folder."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def manifest_of(root: Path) -> Path:
    """The manifest of the newest generation."""
    return max((root / "generations").glob("*.json"))


def first_segment(root: Path) -> Path:
    """The folder of the large segment."""
    return min((root / "segments").iterdir())


def to_canonical(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def seal(root: Path, value: dict[str, Any]) -> None:
    """Write a manifest with its checksum, and CURRENT with the manifest's."""
    rest = {key: part for key, part in value.items() if key != "checksum"}
    seal_bytes(root, to_canonical({**rest, "checksum": digest_bytes(to_canonical(rest))}))


def seal_bytes(root: Path, data: bytes) -> None:
    path = manifest_of(root)
    path.write_bytes(data)
    pointer = {"digest": digest_bytes(data), "format": 3, "generation": int(path.stem)}
    (root / "CURRENT").write_bytes(to_canonical({**pointer, "manifest": f"generations/{path.name}"}))


def edit(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the values of the manifest."""
    value = json.loads(manifest_of(root).read_bytes())
    change(value)
    seal(root, value)


def reseal(root: Path, *paths: Path) -> None:
    """Make the manifest agree with files that were altered."""

    def agree(value: dict[str, Any]) -> None:
        for segment in value["segments"]:
            for file in [*segment["files"], *filter(None, [segment["tombstones"]])]:
                path = root / file["path"]
                if path in paths:
                    file["size"], file["digest"] = os.path.getsize(path), digest_file(path)

    edit(root, agree)


def put(path: Path, at: int, data: bytes) -> None:
    """Overwrite some bytes of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def run_sql(path: Path, script: str) -> None:
    """Run SQL in a database, schema included."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA writable_schema=ON;" + script)
    connection.close()


def save_archive(path: Path, **arrays: Any) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)
