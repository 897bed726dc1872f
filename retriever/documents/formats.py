"""Chooses the reader of a file: by its content where that is recognised, else by its extension."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from retriever.documents.delimited import read_delimited
from retriever.documents.docx import read_docx
from retriever.documents.epub import read_epub
from retriever.documents.html import read_html
from retriever.documents.interface import Member, Reader, Source
from retriever.documents.json_lines import read_json_lines
from retriever.documents.mail import read_mail
from retriever.documents.mailbox import read_mailbox
from retriever.documents.markdown import read_markdown
from retriever.documents.ofd import read_ofd
from retriever.documents.outlook import read_outlook
from retriever.documents.pdf import read_pdf
from retriever.documents.plain import read_plain
from retriever.documents.rtf import read_rtf
from retriever.documents.sniff import ARCHIVE, Content, identify
from retriever.documents.tar import read_tar
from retriever.documents.zip import read_zip
from retriever.errors import ReadError
from retriever.types import Document

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
        ".docm": read_docx,
        ".dotx": read_docx,
        ".dotm": read_docx,
        ".pdf": read_pdf,
        ".rtf": read_rtf,
        ".epub": read_epub,
        ".ofd": read_ofd,
        ".eml": read_mail,
        ".msg": read_outlook,
        ".mbox": read_mailbox,
        ".mht": read_mail,
        ".mhtml": read_mail,
        ".jsonl": read_json_lines,
        ".ndjson": read_json_lines,
        ".csv": read_delimited,
        ".tsv": read_delimited,
        ".zip": read_zip,
        ".tar": read_tar,
        **dict.fromkeys((".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz"), read_tar),
    }
)
# Formats that are ZIP archives of parts.
PACKAGES = frozenset({".docx", ".epub", ".ofd"})


def is_supported(path: str | Path) -> bool:
    """Whether files with this extension are read when a folder is scanned."""
    return os.path.splitext(path)[1].lower() in READERS


def find_reader(source: Source) -> Reader:
    """The reader of ``source``, by its content where that is recognised, else by its extension; else plain text.

    Raises ReadError if the file is of a format that no reader reads, and OSError if it cannot be opened.
    """
    suffix = source.path.suffix.lower()
    named = READERS.get(suffix)
    with source.open() as file:
        content = identify(file)
    # An archive that does not say what it is may be a damaged document.
    if content is None or (content is ARCHIVE and suffix in PACKAGES):
        return named or read_plain
    reader = READERS.get(content.suffix)
    if reader is None:
        raise ReadError(f"the file is {content.name}", hint=content.hint)
    return reader if named in {None, reader} else _note_content(reader, content, suffix)


def _note_content(reader: Reader, content: Content, suffix: str) -> Reader:
    """``reader``, with a notice that a file is not what its name says."""

    def read(source: Source) -> Iterator[Document | Member]:
        source.notice(f"read as {content.name}, which it is, although its name ends with {suffix!r}")
        yield from reader(source)

    return read
