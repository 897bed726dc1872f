"""Content decides over the name: read as what it is, or refused as what it is."""

from __future__ import annotations

import bz2
from collections.abc import Callable
from typing import Any

import pytest
from archive_makers import make_seven_zip, make_tar, make_zip
from file_makers import make_docx, make_pdf, paragraph
from ofd_maker import make_ofd, page_xml, text_object
from office_makers import make_doc, make_ppt, make_xls, make_xlsx
from ole_maker import make_msg
from ole_maker import make_ole as make_outlook
from sample_files import make_epub
from works_maker import make_older_works

from retriever.documents.formats import PACKAGES, READERS
from retriever.documents.ocr import read_image
from retriever.documents.sniff import MAGIC, MAGIC_WITHIN
from retriever.errors import ReadError

Read = Callable[..., Any]

# Files whose text is "words", by what they are, with the extension of that.
READABLE = {
    "a PDF document": (".pdf", make_pdf([[(72, 700, "words")]])),
    "a Word document": (".docx", make_docx(paragraph("words"))),
    "an RTF document": (".rtf", b"{\\rtf1\\ansi words\\par}"),
    "an HTML page": (".html", b"\n<!-- saved - page --> <!DOCTYPE html>\n<p>words</p>"),
    "an e-mail message": (
        ".eml",
        b"MIME-Version: 1.0\r\nReceived: a\r\n  by b\r\nContent-Type: text/plain\r\n\r\nwords\r\n",
    ),
    "an Outlook message": (".msg", make_outlook(make_msg({0x1000: "words"}))),
    "a mailbox": (".mbox", b"From a@example.org Tue Oct  1\nFrom: a\nDate: x\n\nwords\n"),
    "an OFD document": (".ofd", make_ofd(page_xml(text_object("words", 20, 20)))),
    "an EPUB book": (".epub", make_epub({"a.xhtml": "<p>words</p>"})),
    "a ZIP archive": (".zip", make_zip({"a.txt": "words"})),
    "a 7z archive": (".7z", make_seven_zip({"a.txt": "words"})),
    "a Jupyter notebook": (".ipynb", b'{"cells": [{"source": ["words"]}], "nbformat": 4}'),
    "compressed (bzip2)": (".bz2", bz2.compress(b"words")),
    "a TAR archive": (".tar", make_tar({"a.txt": "words"})),
    "an Excel workbook (.xlsx)": (".xlsx", make_xlsx({"words": [["words"]]})),
    "an old Excel workbook (.xls)": (".xls", make_xls({"words": [["words"]]})),
    "an old Word document (.doc)": (".doc", make_doc([("words\r", 0, b"")])),
    "an old PowerPoint presentation (.ppt)": (".ppt", make_ppt([("words", "", "")])),
    "a Microsoft Works document": (".wps", make_older_works(b"words\r\n")),
}

# One extension of each reader.
SUFFIXES = sorted({reader: suffix for suffix, reader in READERS.items()}.values())


def make_ole(stream: str = "") -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(100)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".doc", ".dat", ""])
@pytest.mark.parametrize("what", READABLE)
def test_a_document_is_read_whatever_its_name_says(read: Read, what: str, suffix: str) -> None:
    expected, data = READABLE[what]
    if what == "a ZIP archive" and suffix in PACKAGES:
        # It may be a damaged document.
        return
    reading = read(f"a{suffix}", data)
    assert set(reading.only.text.split()) == {"words"}
    # WPS writes Word documents as .wps.
    fitting = suffix not in READERS or READERS[suffix] is READERS[expected] or (expected, suffix) == (".doc", ".wps")
    told = [f"read as {what}, which it is, although its name ends with {suffix!r}"]
    assert reading.notices == ([] if fitting else told)


REFUSED = [
    (make_ole("EncryptedPackage"), "encrypted with a password"),
    (make_ole(), "a compound file that holds no known document"),
    (b"<?xml version='1.0'?><?mso-application progid='x'?><w:wordDocument/>", "a Word document as XML"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><text>words</text></svg>", "an SVG drawing"),
]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".csv", ".html", ".pdf", ".docx", ".eml", ""])
@pytest.mark.parametrize(("data", "what"), REFUSED, ids=[what for _, what in REFUSED])
def test_what_no_reader_reads_is_refused_by_its_name(read: Read, data: bytes, what: str, suffix: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(f"a{suffix}", data)
    assert what in str(caught.value)


@pytest.mark.parametrize(("stream", "what"), [("VisioDocument", "a Visio drawing"), ("Quill", "a Publisher")])
def test_a_document_of_another_program_is_named_by_its_streams(read: Read, stream: str, what: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        read("a.wps", make_ole(stream))
    assert "save it as" in caught.value.hint


@pytest.mark.parametrize("stream", ["MN0", "CONTENTS"])
def test_a_document_of_works_is_known_by_its_streams(read: Read, stream: str) -> None:
    with pytest.raises(ReadError, match="not a Works document"):
        read("a.wps", make_ole(stream))


@pytest.mark.parametrize(("magic", "content"), [item for item in MAGIC if not item[1].suffix])
def test_binary_formats_are_refused_by_name(read: Read, magic: bytes, content: Any) -> None:
    with pytest.raises(ReadError, match="the file is ") as caught:
        read("a.txt", magic + bytes(300))
    assert content.name in str(caught.value)


@pytest.mark.parametrize(
    ("start", "offset", "magic", "content"),
    [one for one in MAGIC_WITHIN if READERS.get(one[3].suffix) is not read_image],
)
def test_marks_within_a_file_are_found(read: Read, start: bytes, offset: int, magic: bytes, content: Any) -> None:
    with pytest.raises(ReadError) as caught:
        read("a.md", start + b"x" * (offset - len(start)) + magic + bytes(300))
    assert content.name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "From: me\nTo: you\nSubject: a letter\n\nDear you,"),
        ("a.txt", "Content-Type: what is it?\n\nAn essay."),
        ("a.txt", "From here on\nit goes."),
        ("a.md", "<div>\n\n<html> is an element\n\n</div>"),
        ("a.txt", "Photo <svg> tags\n"),
        ("a.txt", "RIFF and ftyp are marks"),
        ("a.xml", "<?xml version='1.0'?>\n<notes><note>four words of prose</note></notes>"),
        ("a.txt", "MZ is how it begins"),
        ("a.txt", "BZhang Wei wrote a letter"),
        ("a.txt", '{"cells": 5} is how it begins'),
    ],
)
def test_text_is_left_alone(read: Read, name: str, text: str) -> None:
    reading = read(name, text)
    assert "".join(reading.only.text.split()) in "".join(text.split()) or reading.only.text == text
    assert reading.notices == []


def test_rows_with_cells_are_no_notebook(read: Read) -> None:
    assert len(read("a.jsonl", '{"cells": [1], "text": "words"}\n{"cells": [2], "text": "more"}\n').documents) == 2
