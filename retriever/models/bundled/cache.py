"""Keeps prepared models in the user's cache: built aside, checksummed, moved into place whole, rebuilt when broken.

What is in them is the builder's business. Nothing here knows ONNX or tokens, and nothing is printed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from retriever.errors import EXHAUSTED, ModelError
from retriever.locks import WORK
from retriever.paths import absolute_path
from retriever.system import sync_file, sync_folder

Progress: TypeAlias = Callable[[str, float], None]
"""Called with what is being done and the share that is done, 0 to 1."""
Builder: TypeAlias = Callable[[Path, Progress], None]
"""Writes a model's files into an empty folder."""

ENVIRONMENT = "RETRIEVER_CACHE"
MANIFEST = "manifest.json"

_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Where prepared models live: ``$RETRIEVER_CACHE``, else the user's cache folder."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return _locate(chosen)
    from platformdirs import user_cache_path

    return _locate(str(user_cache_path("retriever")))


@lru_cache(maxsize=16)
def _locate(path: str) -> Path:
    """Where a path led when it was first used: a relative one does not move with the working folder."""
    return absolute_path(path)


def is_complete(folder: Path, *, check: bool = False) -> bool:
    """Whether every file of the manifest is there with its size and, with ``check``, with its digest.

    Raises OSError where the system is short of what it takes to look.
    """
    try:
        entries = json.loads((folder / MANIFEST).read_bytes())["files"]
        for name, (size, digest) in entries.items():
            path = folder / name
            if path.stat().st_size != size or (check and _digest(path) != digest):
                return False
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise
        return False
    return True


def prepare_cached(
    name: str, build: Builder, *, cache: Path | None = None, on_progress: Progress | None = None, check: bool = False
) -> Path:
    """The folder of the prepared model ``name``, built now if it is missing or broken.

    ``check`` compares digests instead of sizes alone. Processes that ask at once wait for one of them to build.
    Raises ModelError when the cache cannot be written.
    """
    parent = cache or cache_folder()
    folder = parent / name
    if is_complete(folder, check=check):
        return folder
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _build_alone(folder, build, on_progress or _ignore, check=check)
    except OSError as error:
        raise _cannot_write(parent, error) from error
    return folder


def _build_alone(folder: Path, build: Builder, on_progress: Progress, *, check: bool) -> None:
    from filelock import FileLock

    WORK.precede()  # what is built here may take long, and the lock needs locks that a fork takes
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if is_complete(folder, check=check):  # another process built it while this one waited
            return
        for leftover in folder.parent.glob(f"{folder.name}.*.partial"):  # of a process that was killed
            shutil.rmtree(leftover)
        aside = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        aside.mkdir()
        try:
            build(aside, on_progress)
            _seal(aside)
            if folder.exists():
                shutil.rmtree(folder)
            aside.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _seal(folder: Path) -> None:
    """Write the manifest and bring all files to the disk, the manifest last."""
    paths = sorted(folder.iterdir())
    entries = {path.name: (path.stat().st_size, _digest(path)) for path in paths}
    for path in paths:
        path.chmod(0o644)
        _sync(path)
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({"files": entries}, indent=1) + "\n", encoding="utf-8")
    _sync(manifest)
    sync_folder(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _cannot_write(parent: Path, error: OSError) -> ModelError:
    if error.errno == errno.ENOSPC:
        return ModelError(
            f"no space left to prepare the model in {parent}",
            hint=f"free about 250 MB there, or set {ENVIRONMENT} to a folder on another disk",
        )
    return ModelError(
        f"cannot prepare the model in {parent}: {error.strerror or error}",
        hint=EXHAUSTED.get(error.errno or 0, f"set {ENVIRONMENT} to a folder that can be written"),
    )


def _ignore(_message: str, _share: float) -> None:
    return None
