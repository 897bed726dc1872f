"""Builds archives from scratch."""

from __future__ import annotations

import io
import tarfile
import zipfile

import py7zr


def make_zip(files: dict[str, str | bytes]) -> bytes:
    """A ZIP archive with these files, each by its path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def make_tar(files: dict[str, str | bytes], *entries: tarfile.TarInfo) -> bytes:
    """A TAR archive with ``entries`` and these files, each by its path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for entry in entries:
            package.addfile(entry)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def make_seven_zip(files: dict[str, str | bytes]) -> bytes:
    """A 7z archive with these files, each by its path."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as package:
        for name, content in files.items():
            package.writestr(content, name)
    return buffer.getvalue()
