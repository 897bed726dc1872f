"""Chooses the reader of a file: by its extension, or by its first bytes if the extension is unknown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from retriever.documents.delimited import read_delimited
from retriever.documents.docx import read_docx
from retriever.documents.html import read_html
from retriever.documents.interface import Reader
from retriever.documents.json_lines import read_json_lines
from retriever.documents.markdown import read_markdown
from retriever.documents.pdf import read_pdf
from retriever.documents.plain import read_plain

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": read_plain,
        ".text": read_plain,
        ".log": read_plain,
        ".rst": read_plain,
        ".md": read_markdown,
        ".markdown": read_markdown,
        ".html": read_html,
        ".htm": read_html,
        ".xhtml": read_html,
        ".docx": read_docx,
        ".pdf": read_pdf,
        ".jsonl": read_json_lines,
        ".ndjson": read_json_lines,
        ".csv": read_delimited,
        ".tsv": read_delimited,
    }
)


def is_supported(path: str | Path) -> bool:
    """Whether files with this extension are read when a folder is scanned."""
    return os.path.splitext(path)[1].lower() in READERS


def find_reader(path: Path) -> Reader:
    """The reader of ``path``, by its extension, else by its first bytes; plain text if they are not recognised either.

    Raises OSError if the first bytes are needed and cannot be read.
    """
    known = READERS.get(path.suffix.lower())
    if known is not None:
        return known
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"%PDF-"):
        return read_pdf
    if head.startswith(b"PK\x03\x04"):
        return read_docx
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return read_html
    return read_plain
