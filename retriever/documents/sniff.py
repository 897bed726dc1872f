"""Recognises formats by content: the first bytes of a file, or the names of the parts in a container.

A name is a hint, content is a fact: what was renamed is read as what it is, or refused as what it is.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import BinaryIO

from retriever.frozen import dataclass

HEAD_SIZE = 8192
BLOCK = 1 << 20
# Bytes that the name of a stream in an OLE file takes at most.
LONGEST_STREAM = 64


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is: ``name`` with its article, ``suffix`` of the reader (a file without one is refused)."""

    name: str
    suffix: str = ""
    hint: str = ""


PDF = Content("a PDF document", ".pdf")
DOCX = Content("a Word document", ".docx")
EPUB = Content("an EPUB book", ".epub")
RTF = Content("an RTF document", ".rtf")
DOC = Content("an old Word document (.doc)", ".doc")
ODT = Content("an OpenDocument text (.odt)", ".odt")
PPTX = Content("a PowerPoint presentation (.pptx)", ".pptx")
PPT = Content("an old PowerPoint presentation (.ppt)", ".ppt")
ODP = Content("an OpenDocument presentation (.odp)", ".odp")
XLSX = Content("an Excel workbook (.xlsx)", ".xlsx")
XLS = Content("an old Excel workbook (.xls)", ".xls")
ODS = Content("an OpenDocument spreadsheet (.ods)", ".ods")
HTML = Content("an HTML page", ".html")
MAIL = Content("an e-mail message", ".eml")
ARCHIVE = Content("a ZIP archive", ".zip")
NOTEBOOK = Content("a Jupyter notebook", ".ipynb")
BZIP2 = Content("compressed (bzip2)", ".bz2")
WEB_ARCHIVE = "save it as .html"
AS_DOCX, AS_CSV, AS_PDF = "save it as .docx", "save its sheets as .csv", "save it as .pdf"

# It has the extension of WPS, but is another format.
WORKS = Content("a Microsoft Works document", ".wps")
WORKS_SHEET = Content("a Microsoft Works spreadsheet or database", hint=AS_CSV)

MAGIC = (
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"%!PS", Content("a PostScript document", hint=AS_PDF)),
    (b"\x89PNG", Content("a PNG image", ".png")),
    (b"\xff\xd8\xff", Content("a JPEG image", ".jpg")),
    (b"GIF8", Content("a GIF image")),
    (b"II*\0", Content("a TIFF image", ".tif")),
    (b"MM\0*", Content("a TIFF image", ".tif")),
    (b"8BPS\0", Content("a Photoshop image")),
    (b"\0\0\1\0", Content("an icon")),
    (b"AT&TFORM", Content("a DjVu document", hint=AS_PDF)),
    (b"\x1f\x8b", Content("compressed (gzip)", ".gz")),
    (b"\xfd7zXZ\0", Content("compressed (xz)", ".xz")),
    (b"\x28\xb5\x2f\xfd", Content("compressed (zstd)", hint="unpack it")),
    (b"7z\xbc\xaf\x27\x1c", Content("a 7z archive", ".7z")),
    (b"Rar!\x1a\x07", Content("a RAR archive", hint="unpack it")),
    (b"\x7fELF", Content("a program")),
    (b"\xcf\xfa\xed\xfe", Content("a program")),
    (b"\xca\xfe\xba\xbe", Content("a program")),
    (b"\0asm", Content("a program")),
    (b"SQLite format 3", Content("an SQLite database")),
    (b"PAR1", Content("a Parquet table", hint="convert it to .jsonl or .csv")),
    (b"OggS", Content("a sound or video file")),
    (b"fLaC", Content("a sound or video file")),
    (b"ID3\x03", Content("a sound or video file")),
    (b"ID3\x04", Content("a sound or video file")),
    (b"\x1aE\xdf\xa3", Content("a sound or video file")),
    (b"wOFF", Content("a font")),
    (b"wOF2", Content("a font")),
    (b"bplist00", Content("a property list or web archive of Apple", hint=WEB_ARCHIVE)),
    (b"HWP Document File", Content("a Hangul document (.hwp)", hint=AS_DOCX)),
    (b"\xff\0\2\0\4\4\5T", WORKS_SHEET),
    (b" T\2\0\0\0\5T", WORKS_SHEET),
)
# Formats whose mark is not at the beginning: bytes at an offset.
MAGIC_WITHIN = (
    (b"BZh", 4, b"1AY&SY", BZIP2),
    (b"BZh", 4, b"\x17rE8P\x90", BZIP2),
    (b"BM", 6, b"\0\0\0\0", Content("a BMP image", ".bmp")),
    (b"RIFF", 8, b"WEBP", Content("a WebP image", ".webp")),
    (b"RIFF", 8, b"WAVE", Content("a sound or video file")),
    (b"RIFF", 8, b"AVI ", Content("a sound or video file")),
    (b"", 4, b"ftyp", Content("a sound, video or HEIC file")),
    (b"", 257, b"ustar", Content("a TAR archive", ".tar")),
    (b"MZ", 2, b"\x90\0", Content("a program")),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The streams that tell the old formats of Office apart.
OLE_STREAMS = (
    ("EncryptedPackage", Content("an Office document encrypted with a password", hint="save it without a password")),
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
    ("__substg1.0_", Content("an Outlook message", ".msg")),
    ("HwpSummaryInformation", Content("a Hangul document (.hwp)", hint=AS_DOCX)),
    ("VisioDocument", Content("a Visio drawing", hint=AS_PDF)),
    ("Quill", Content("a Publisher document", hint=AS_PDF)),
    ("MN0", WORKS),
    ("CONTENTS", WORKS),
)
UNKNOWN_COMPOUND = Content("a compound file that holds no known document", hint=AS_DOCX)
ZIP = b"PK\x03\x04"
IWORK = Content("a Pages, Numbers or Keynote document", hint=AS_PDF)
ZIP_PARTS = (
    ("word/", DOCX),
    ("xl/", XLSX),
    ("ppt/", PPTX),
    ("visio/", Content("a Visio drawing", hint=AS_PDF)),
    ("OFD.xml", Content("an OFD document", ".ofd")),
    ("META-INF/MANIFEST.MF", Content("a Java archive")),
)
ZIP_TYPES = (
    (b"application/epub+zip", EPUB),
    (b"application/vnd.oasis.opendocument.text", ODT),
    (b"application/vnd.oasis.opendocument.spreadsheet", ODS),
    (b"application/vnd.oasis.opendocument.presentation", ODP),
    (b"application/hwp+zip", Content("a Hangul document (.hwpx)", hint=AS_DOCX)),
)
# What unpacking a damaged archive may raise.
ARCHIVE_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, RuntimeError)
# Formats of mark-up that is not text, by what stands near the beginning of an XML file.
XML = re.compile(r"\s*<(?:\?xml|svg\b)")
XML_MARKS = (
    ("<w:worddocument", Content("a Word document as XML", hint=AS_DOCX)),
    ('progid="word.document"', Content("a Word document as XML", hint=AS_DOCX)),
    ('progid="excel.sheet"', Content("an Excel workbook as XML", hint=AS_CSV)),
    ("<pkg:package", Content("a Word document as XML", hint=AS_DOCX)),
    ("<office:document", Content("an OpenDocument file as XML", hint=AS_DOCX)),
    ("<svg", Content("an SVG drawing")),
)
PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:[^-]|-(?!->))*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
# How documents of Works 1 to 4.5 begin: the version and a mark, in a head of so many bytes, and where this has the ends
# of the text and of all.
WORKS_VERSIONS, WORKS_MARK, WORKS_HEAD, WORKS_ENDS = (1, 4, 6), 0xFE, 256, 0x26
# How a notebook begins, and what is near: rows of other data have cells, too.
NOTEBOOK_HEAD = re.compile(r'\{\s*"(?:cells|metadata|nbformat|nbformat_minor|worksheets)"\s*:')
NOTEBOOK_MARK = re.compile(r'"(?:cell_type|nbformat)"\s*:')
HEADER = re.compile(r"([!-9;-~]+):[ \t]?.*|[ \t]+.*")
# The headers without which no message is sent as MIME.
MIME_HEADERS = frozenset({"mime-version", "content-type"})


def identify(file: BinaryIO) -> Content | None:
    """What an open file is by its content; None if that is not recognised, as for plain text.

    Raises OSError if the file cannot be read.
    """
    head = file.read(HEAD_SIZE)
    if head.startswith(ZIP):
        return _identify_archive(file)
    if head.startswith(OLE):
        return _identify_ole(file)
    return identify_head(head) or (WORKS if begins_as_works(head) else _identify_text(head))


def identify_head(head: bytes) -> Content | None:
    """The format whose mark ``head``, the beginning of a file, bears."""
    if head.startswith(ZIP):
        return ARCHIVE
    if head.startswith(OLE):
        return UNKNOWN_COMPOUND
    for magic, content in MAGIC:
        if head.startswith(magic):
            return content
    for start, offset, magic, content in MAGIC_WITHIN:
        if head.startswith(start) and head.startswith(magic, offset):
            return content
    return None


def begins_as_works(head: bytes) -> bool:
    """Whether a file, or the stream of a compound file, is a document of Works 1 to 4.5, by its first 256 bytes."""
    if len(head) < WORKS_HEAD or head[0] not in WORKS_VERSIONS or head[1] != WORKS_MARK:
        return False
    end, size = struct.unpack_from("<2i", head, WORKS_ENDS)
    return bool(WORKS_HEAD <= end <= size)


def _identify_archive(file: BinaryIO) -> Content:
    try:
        with zipfile.ZipFile(file) as package:
            names = package.namelist()
            kind = package.open("mimetype").read(100) if "mimetype" in names else b""
    except ARCHIVE_ERRORS:
        return ARCHIVE
    for begin, content in ZIP_TYPES:
        if kind.startswith(begin):
            return content
    is_package = "[Content_Types].xml" in names or "_rels/.rels" in names
    for part, content in ZIP_PARTS:
        # An archive may have folders of these names, too.
        if (is_package or not part.endswith("/")) and any(name.startswith(part) for name in names):
            return content
    if is_package:
        return DOCX
    return IWORK if any(name.endswith(".iwa") for name in names) else ARCHIVE


def _identify_ole(file: BinaryIO) -> Content:
    """What a compound file is: by the streams at its root, else by any name of a stream in its bytes."""
    streams = _list_streams(file)
    for stream, content in OLE_STREAMS:
        if stream.lower() in streams or (stream.endswith("_") and any(name.startswith(stream) for name in streams)):
            return content
    wanted = [(stream.encode("utf-16-le"), content) for stream, content in OLE_STREAMS]
    found: set[str] = set()
    file.seek(0)
    before = b""
    while block := file.read(BLOCK):
        data = before + block
        found |= {content.name for stream, content in wanted if stream in data}
        before = data[-LONGEST_STREAM:]
    return next((content for _, content in wanted if content.name in found), UNKNOWN_COMPOUND)


def _list_streams(file: BinaryIO) -> frozenset[str]:
    """The names of the streams and folders at the root of a compound file, in lower case; none if it is damaged."""
    from retriever.documents.ole import open_ole

    try:
        return frozenset(entry.name.lower() for entry in open_ole(file).root.kids)
    except MemoryError:
        raise
    except Exception:  # whatever the library raises on a damaged file, its bytes may still tell what it is
        return frozenset()


def _identify_text(head: bytes) -> Content | None:
    """Mark-up and messages, which are text by their bytes."""
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = head.decode("utf-16", "replace")
    else:
        text = head.removeprefix(BOM_UTF8).decode("latin-1")
    if PAGE.match(text):
        return HTML
    if text.lstrip().startswith("{\\rtf"):
        return RTF
    if XML.match(text):
        lowered = text.lower()
        return next((content for mark, content in XML_MARKS if mark in lowered), None)
    if NOTEBOOK_HEAD.match(text) and NOTEBOOK_MARK.search(text):
        return NOTEBOOK
    return _identify_message(text)


def _identify_message(text: str) -> Content | None:
    """A message with MIME headers, or a mailbox of several."""
    is_mailbox = text.startswith("From ")
    names = set()
    for line in text.splitlines()[is_mailbox:]:
        header = HEADER.fullmatch(line)
        if header is None:
            break
        names.add((header[1] or "").lower())
    if is_mailbox and {"from", "date"} <= names:
        return Content("a mailbox", ".mbox")
    return MAIL if names >= MIME_HEADERS else None
