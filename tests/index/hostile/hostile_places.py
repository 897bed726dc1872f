"""Hostile folders: other things than files in the places of files, and values in manifests that none has."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hostile_kit import Variant, edit, first_segment, manifest_of, seal_bytes

PLACES: dict[str, Callable[[Path], Path]] = {
    "CURRENT": lambda root: root / "CURRENT",
    "lock": lambda root: root / "writer.lock",
    "cache": lambda root: root / "cache.sqlite",
    "wal": lambda root: root / "cache.sqlite-wal",
    "shm": lambda root: root / "cache.sqlite-shm",
    "journal": lambda root: root / "cache.sqlite-journal",
    "digest": lambda root: root / "cache.sqlite.digest",
    "damaged": lambda root: root / "cache.sqlite.damaged",
    "damaged journal": lambda root: root / "cache.sqlite.damaged-journal",
    "manifest": manifest_of,
    "next manifest": lambda root: root / "generations" / "00000003.json",
    "leftover": lambda root: root / "generations" / "00000003.json.tmp",
    "leftover pointer": lambda root: root / "CURRENT.tmp",
    "leftover deletions": lambda root: root / "generations" / "00000009-00000001-aaaaaaaa.deleted",
    "leftover segment": lambda root: root / "segments" / "00000009-aaaaaaaa",
    "deletions": lambda root: next((root / "generations").glob("*.deleted")),
    "passages": lambda root: first_segment(root) / "passages.sqlite",
    "passages journal": lambda root: first_segment(root) / "passages.sqlite-journal",
    "vectors": lambda root: first_segment(root) / "dense.faiss",
    "lists": lambda root: first_segment(root) / "approximate.faiss",
    "ids": lambda root: first_segment(root) / "ids.npy",
    "languages": lambda root: first_segment(root) / "languages.npz",
    "tokens": lambda root: first_segment(root) / "tokens.bin",
    "ends": lambda root: first_segment(root) / "tokens.npy",
    "meta": lambda root: first_segment(root) / "lexical" / "meta.json",
    "terms": lambda root: next((first_segment(root) / "lexical").glob("*.term")),
    "generations": lambda root: root / "generations",
    "segments": lambda root: root / "segments",
    "segment": first_segment,
    "postings": lambda root: first_segment(root) / "lexical",
}
FOLDERS = ("generations", "segments", "segment", "postings")


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _link_file(path: Path, victim: Path) -> None:
    _clear(path)
    path.symlink_to(victim / ("other.sqlite" if "sqlite" in path.name else ".profile"))


def _link_moved(path: Path, victim: Path) -> None:
    """What was there, behind a link."""
    if path.exists():
        moved = path.with_name(f"moved {path.name}")
        path.rename(moved)
        path.symlink_to(moved.name)
    else:
        path.symlink_to(victim / "inner")


def _link_folder(path: Path, victim: Path) -> None:
    _clear(path)
    path.symlink_to(victim / "inner", target_is_directory=True)


def _link_nowhere(path: Path, victim: Path) -> None:
    _clear(path)
    path.symlink_to(victim / "made")


def _hard_link(path: Path, victim: Path) -> None:
    _clear(path)
    os.link(victim / ("other.sqlite" if "sqlite" in path.name else ".profile"), path)


def _make_pipe(path: Path, victim: Path) -> None:
    _clear(path)
    os.mkfifo(path)


def _make_socket(path: Path, victim: Path) -> None:
    _clear(path)
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(path.parent)  # The path of a socket has at most a hundred characters.
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def _make_device(path: Path, victim: Path) -> None:
    _clear(path)
    path.symlink_to("/dev/zero")


def _make_folder(path: Path, victim: Path) -> None:
    _clear(path)
    path.mkdir()
    (path / "kept").write_text("kept")


def _make_file(path: Path, victim: Path) -> None:
    _clear(path)
    path.write_bytes(b"x" * 100)


def _make_huge(path: Path, victim: Path) -> None:
    _clear(path)
    path.touch()
    os.truncate(path, 1 << 40)


KINDS = {
    "a link to a file": _link_file,
    "a link to a folder": _link_folder,
    "a link to nothing": _link_nowhere,
    "a link to itself moved": _link_moved,
    "a second name": _hard_link,
    "a pipe": _make_pipe,
    "a socket": _make_socket,
    "a device": _make_device,
    "a folder": _make_folder,
    "a file": _make_file,
    "a terabyte of nothing": _make_huge,
}


def _place(kind: Callable[[Path, Path], None], place: Callable[[Path], Path], root: Path, victim: Path) -> None:
    kind(place(root), victim)


def places() -> list[Variant]:
    return [
        Variant(f"{kind}: {place}", partial(_place, KINDS[kind], PLACES[place]))
        for place in PLACES
        for kind in KINDS
        if not (place in FOLDERS and kind == "a second name")
    ]


def _set(keys: tuple[str | int, ...], wrong: object, root: Path, victim: Path) -> None:
    def change(value: Any) -> None:
        for key in keys[:-1]:
            value = value[key]
        value[keys[-1]] = str(victim / ".profile") if wrong == "ABSOLUTE" else wrong

    edit(root, change)


def _raw(data: bytes, name: str, root: Path, victim: Path) -> None:
    if name == "CURRENT":
        (root / name).write_bytes(data)
    else:
        seal_bytes(root, data)


FIELDS: list[tuple[str | int, ...]] = [
    *[(name,) for name in ("generation", "parent", "created", "dimension", "settings", "segments", "sources")],
    *[("settings", name) for name in ("dimension", "baseline", "passage_tokens", "model", "tokens")],
    *[("segments", 0, name) for name in ("id", "rows", "documents", "terms", "files", "tombstones")],
    *[("segments", 0, name) for name in ("deleted_rows", "deleted_documents", "deleted_terms", "operating_points")],
    *[("segments", 0, "files", 0, name) for name in ("path", "size", "digest")],
    *[("segments", 0, "tombstones", name) for name in ("path", "size", "digest")],
    *[("segments", 0, "operating_points", 0, name) for name in ("results", "probes", "recall")],
]
WRONG: list[object] = [None, -1, 10**12, 10**400, "../../victim/notes.txt", "ABSOLUTE", [], {}, [[]], True, 0.5]
RAW = {
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "no JSON": b"\xff\xfe\x00",
    "UTF-16": '{"format":3}'.encode("utf-16"),
    "nothing": b"",
    "a number": b"3\n",
    "a long number": b'{"format":' + b"9" * 5000 + b"}\n",
    "not a number": b'{"format":NaN}\n',
    "millions of lists": b'{"format":3,"segments":[' + b"[]," * 4_000_000 + b"[]]}\n",
    "escapes": b'{"format":3,"a":"' + b"\\u0000" * 1000 + b'"}\n',
}


def manifests() -> list[Variant]:
    values = [Variant(f"{keys} is {str(wrong)[:40]}", partial(_set, keys, wrong)) for keys in FIELDS for wrong in WRONG]
    texts = [
        Variant(f"{name} in {where}", partial(_raw, data, where))
        for name, data in RAW.items()
        for where in ("CURRENT", "manifest")
    ]
    return [*values, *texts]
