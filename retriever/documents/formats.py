"""Which reader reads a file: by its extension, and by its first bytes where that says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from retriever.documents.interface import Reader
from retriever.documents.markdown import read_markdown
from retriever.documents.plain import read_plain

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": read_plain,
        ".text": read_plain,
        ".log": read_plain,
        ".rst": read_plain,
        ".md": read_markdown,
        ".markdown": read_markdown,
    }
)


def is_known(path: Path) -> bool:
    """Whether the extension is one that is read when a folder is walked."""
    return path.suffix.lower() in READERS


def reader_of(path: Path) -> Reader:
    """The reader for ``path``; a file with an unknown extension is tried as text."""
    return READERS.get(path.suffix.lower(), read_plain)
