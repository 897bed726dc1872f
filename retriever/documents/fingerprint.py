"""A fingerprint of everything here that decides what comes of a file: another one may read what this one refused."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from retriever.documents.ocr.rapid import is_installed
from retriever.errors import PACKAGE

# The packages whose code reads files.
CODE = ("documents", "text")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def reading_fingerprint() -> str:
    """BLAKE2b, 16 bytes in hex, of the readers' code and of the versions of Python and of what the package requires.

    Libraries that are not installed count as such, so that an extra that comes or goes changes it. It takes some
    hundredths of a second, and is not kept: a library may be installed while the process lives.
    """
    digest = hashlib.blake2b(repr((platform.python_version(), is_installed())).encode(), digest_size=16)
    for name in (PACKAGE, *_list_requirements()):
        version = "none"
        with suppress(metadata.PackageNotFoundError):
            version = metadata.version(name)
        digest.update(f"{name} {version}\n".encode())
    for data in _read_code():
        digest.update(hashlib.blake2b(data).digest())
    return digest.hexdigest()


def _list_requirements() -> list[str]:
    """The libraries that the package names, those of extras included; none where it is not installed as a package."""
    try:
        lines = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return []
    return sorted({found.group().lower() for line in lines if (found := _NAME.match(line))})


def _read_code() -> Iterator[bytes]:
    root = Path(__file__).parents[1]
    for package in CODE:
        for path in sorted(path for path in (root / package).rglob("*") if path.suffix in {".py", ".txt"}):
            with suppress(OSError):
                yield path.read_bytes()
