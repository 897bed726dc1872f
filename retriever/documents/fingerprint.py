"""A fingerprint of everything here that decides what comes of a file: another one may read what this one refused."""

from __future__ import annotations

import hashlib
import platform
import re
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from retriever.documents.ocr.rapid import is_installed
from retriever.errors import PACKAGE

# The packages whose code reads files.
CODE = ("documents", "text")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_VERSION = re.compile(r"^Version: *(.+?) *$", re.MULTILINE)


def reading_fingerprint() -> str:
    """BLAKE2b, 16 bytes in hex, of the readers' code and of the versions of Python and of what the package requires.

    Libraries that are not installed count as such, so that an extra that comes or goes changes it. Versions are
    looked up each time, in some milliseconds: a library may be installed while the process lives.
    """
    digest = hashlib.blake2b(repr((platform.python_version(), is_installed())).encode(), digest_size=16)
    for name in (PACKAGE, *_list_requirements()):
        digest.update(f"{name} {_find_version(name)}\n".encode())
    digest.update(_digest_code())
    return digest.hexdigest()


def _list_requirements() -> list[str]:
    """The libraries that the package names, those of extras included; none where it is not installed as a package."""
    try:
        lines = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return []
    return sorted({found.group().lower() for line in lines if (found := _NAME.match(line))})


def _find_version(name: str) -> str:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return "none"
    # As ``found.version``, which takes ten times as long: it parses all that a library says of itself.
    line = _VERSION.search(found.read_text("METADATA") or "")
    return line[1] if line else found.version


@cache
def _digest_code() -> bytes:
    """A digest of the code of readers. This process goes on with the code that it started with."""
    root = Path(__file__).parents[1]
    digest = hashlib.blake2b()
    for package in CODE:
        for path in sorted(path for path in (root / package).rglob("*") if path.suffix in {".py", ".txt"}):
            with suppress(OSError):
                digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.digest()
