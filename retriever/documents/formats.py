"""Chooses the reader of a file: by its content where that is recognised, else by its extension."""

from __future__ import annotations

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from retriever.documents.asciidoc import read_asciidoc
from retriever.documents.code import EXTENSIONS, read_code
from retriever.documents.delimited import read_delimited
from retriever.documents.doc import read_doc
from retriever.documents.docx import read_docx
from retriever.documents.epub import read_epub
from retriever.documents.html import read_html
from retriever.documents.interface import Member, Reader, Source
from retriever.documents.json_lines import read_json_lines
from retriever.documents.json_prose import read_json
from retriever.documents.mail import read_mail
from retriever.documents.mailbox import read_mailbox
from retriever.documents.markdown import read_markdown
from retriever.documents.mdx import read_mdx
from retriever.documents.notebook import read_notebook
from retriever.documents.ocr import read_image
from retriever.documents.odt import read_odt
from retriever.documents.ofd import read_ofd
from retriever.documents.org import read_org
from retriever.documents.outlook import read_outlook
from retriever.documents.pdf import read_pdf
from retriever.documents.plain import read_plain
from retriever.documents.rst import read_rst
from retriever.documents.rtf import read_rtf
from retriever.documents.seven_zip import read_seven_zip
from retriever.documents.slides import read_odp, read_ppt, read_pptx
from retriever.documents.sniff import ARCHIVE, HEAD_SIZE, UNKNOWN_COMPOUND, Content, identify
from retriever.documents.spreadsheets import read_ods, read_xls, read_xlsx
from retriever.documents.subtitles import read_subtitles
from retriever.documents.tar import read_tar
from retriever.documents.tex import read_tex
from retriever.documents.works import read_works
from retriever.documents.xml import read_xml
from retriever.documents.zip import read_zip
from retriever.errors import ReadError
from retriever.types import Document

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": read_plain,
        ".text": read_plain,
        ".log": read_plain,
        ".rst": read_rst,
        ".adoc": read_asciidoc,
        ".asciidoc": read_asciidoc,
        ".org": read_org,
        ".tex": read_tex,
        ".mdx": read_mdx,
        ".srt": read_subtitles,
        ".vtt": read_subtitles,
        ".ipynb": read_notebook,
        ".json": read_json,
        ".xml": read_xml,
        ".md": read_markdown,
        ".markdown": read_markdown,
        ".html": read_html,
        ".htm": read_html,
        ".xhtml": read_html,
        ".docx": read_docx,
        ".docm": read_docx,
        ".dotx": read_docx,
        ".dotm": read_docx,
        ".doc": read_doc,
        ".dot": read_doc,
        ".wps": read_works,
        ".odt": read_odt,
        ".ott": read_odt,
        ".pptx": read_pptx,
        ".pptm": read_pptx,
        ".ppsx": read_pptx,
        ".ppsm": read_pptx,
        ".potx": read_pptx,
        ".ppt": read_ppt,
        ".pps": read_ppt,
        ".odp": read_odp,
        ".otp": read_odp,
        ".xlsx": read_xlsx,
        ".xlsm": read_xlsx,
        ".xltx": read_xlsx,
        ".xltm": read_xlsx,
        ".xls": read_xls,
        ".xlt": read_xls,
        ".ods": read_ods,
        ".ots": read_ods,
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
        **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), read_image),
        ".zip": read_zip,
        ".7z": read_seven_zip,
        ".tar": read_tar,
        **dict.fromkeys((".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz"), read_tar),
        **dict.fromkeys(EXTENSIONS, read_code),
    }
)
# Extensions of formats that are ZIP archives of parts, and of those that are compound files of streams.
PACKAGES = frozenset(
    suffix
    for suffix, reader in READERS.items()
    if reader in {read_docx, read_odt, read_pptx, read_odp, read_xlsx, read_ods, read_epub, read_ofd}
)
COMPOUNDS = frozenset(
    suffix for suffix, reader in READERS.items() if reader in {read_doc, read_ppt, read_works, read_xls}
)
# Extensions that two formats have in common, with the reader of the other one: WPS writes Word documents as .wps.
SHARED: Mapping[str, Reader] = MappingProxyType({".wps": read_doc})
TEXT = Content("text")
# What reads a text that bears the name of a format that is none: programs export tables as text and call them .xls.
TEXT_READERS: Mapping[Reader | None, Reader] = MappingProxyType(
    {read_doc: read_plain, read_works: read_plain, read_xls: read_delimited}
)


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
    if content is None:
        return _read_text_of(source, named) if named in TEXT_READERS else named or read_plain
    # A container that does not say what it is may be a damaged document.
    if (content is ARCHIVE and suffix in PACKAGES) or (content is UNKNOWN_COMPOUND and suffix in COMPOUNDS):
        return named or read_plain
    reader = READERS.get(content.suffix)
    if reader is None:
        raise ReadError(f"the file is {content.name}", hint=content.hint)
    is_named = named in {None, reader} or SHARED.get(suffix) is reader
    return reader if is_named else _note_content(reader, content, suffix)


def _read_text_of(source: Source, named: Reader | None) -> Reader:
    """The reader of a file that is not recognised, by whether its bytes are text."""
    with source.open() as file:
        head = file.read(HEAD_SIZE)
    is_text = b"\0" not in head or head.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if is_text and head.strip():
        return _note_content(TEXT_READERS[named], TEXT, source.path.suffix.lower())
    return named or read_plain


def _note_content(reader: Reader, content: Content, suffix: str) -> Reader:
    """``reader``, with a notice that a file is not what its name says."""

    def read(source: Source) -> Iterator[Document | Member]:
        source.notice(f"read as {content.name}, which it is, although its name ends with {suffix!r}")
        yield from reader(source)

    return read
