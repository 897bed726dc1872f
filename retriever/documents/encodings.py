"""Decodes bytes: detects the encoding with a confidence, and counts the characters that were lost.

Offsets count characters of the text as decoded here. A byte order mark is removed. Line ends are kept, except that
the carriage returns of a file without line feeds become line feeds. Characters that cannot be stored (NUL, lone
surrogates) are replaced by U+FFFD and counted.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

from retriever.arguments import quote
from retriever.documents.guess import guess_encoding
from retriever.documents.mixed_encodings import MIXED, decode_mixture, find_mixture, is_utf8
from retriever.documents.sniff import identify_head
from retriever.errors import EmptyFileError, ReadError, UsageError
from retriever.frozen import dataclass

if TYPE_CHECKING:
    from retriever.documents.interface import Source

BLOCK = 1 << 20
REPLACEMENT = "\ufffd"
# Longest first, because the mark of UTF-32-LE begins with that of UTF-16-LE.
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What Python calls encodings, too: notations of its own source, and of the names of hosts.
NOTATIONS = frozenset({"unicode-escape", "raw-unicode-escape", "punycode"})
# Encodings whose name is often given to text in a superset of theirs.
SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
}
# What HTML and XML say of their encoding.
DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
# The escape sequences that switch to JIS X 0208; everything else in such a file is ASCII.
ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
# Control characters, except those that occur in text files: backspace to carriage return, and escape.
CONTROLS = re.compile("[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# The share of control and lost characters above which a file is binary. In random bytes it is at least a tenth.
MAX_STRANGE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding's Python name, the confidence in it (0 to 1, 1 if certain), and the size in bytes of its mark.

    The name of a mixture is ``utf-8+`` and the encoding of the lines that are not UTF-8.
    """

    name: str
    confidence: float = 1.0
    bom_size: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, its encoding, and the number of characters that were replaced by U+FFFD."""

    text: str
    encoding: Encoding
    replaced: int


def canonical_name(name: str) -> str | None:
    """The Python name of a text encoding, or of the superset that is used for it; None if unknown."""
    try:
        found = codecs.lookup(name).name
        if found in NOTATIONS:
            return None
        # Some codecs, such as idna, are not text encodings and raise on arbitrary text.
        "a".encode(found)
        b"a\xff".decode(found, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return SUPERSETS.get(found, found)


def check_encoding(name: str) -> str:
    """The Python name of an encoding given by the user. Raises UsageError if it is unknown."""
    found = canonical_name(name)
    if found is None:
        raise UsageError(f"unknown encoding {quote(name)}", hint="use one such as utf-8, gb18030, big5 or shift_jis")
    return found


def detect_bom(data: bytes) -> Encoding | None:
    """The encoding of a byte order mark at the beginning of ``data``; None if there is none."""
    for mark, name in BOMS:
        if data.startswith(mark):
            return Encoding(name, bom_size=len(mark))
    return None


def detect_encoding(data: bytes) -> Encoding:
    """The encoding of a text: by its byte order mark, else UTF-8 if valid, else the most plausible guess."""
    found = detect_bom(data)
    if found is not None:
        return found
    if ISO_2022_JP.search(data):
        return Encoding("iso2022_jp", 0.99)
    if b"\0" not in data and is_utf8(data):
        return Encoding("utf-8")
    return Encoding(*_guess(data))


def _guess(data: bytes) -> tuple[str, float]:
    return (find_mixture(data) if b"\0" not in data else None) or guess_encoding(data)


def detect_stream_encoding(file: BinaryIO) -> Encoding:
    """The encoding of a file of any size, in bounded memory. The file is rewound."""
    block = file.read(BLOCK)
    found = detect_bom(block) or _detect_in_blocks(file, block)
    file.seek(0)
    return found


def _detect_in_blocks(file: BinaryIO, block: bytes) -> Encoding:
    """UTF-8 if the whole file is valid, else a guess from the first block that is not."""
    if b"\0" in block:
        return detect_encoding(block)
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_first = True
    while block:
        if ISO_2022_JP.search(block):
            return detect_encoding(block)
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            # A later block may begin in the middle of a character, but its second line does not.
            start = 0 if is_first else block.find(b"\n") + 1
            return Encoding(*_guess(block[start:] + file.read(BLOCK)))
        block, is_first = file.read(BLOCK), False
    return Encoding("utf-8")


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Decode a file's bytes, detecting the encoding unless ``encoding`` is given.

    Raises UsageError if ``encoding`` is unknown and ReadError if the file is not text.
    """
    check_not_binary(data)
    if encoding is None:
        known = detect_encoding(data)
    else:
        known = Encoding(check_encoding(encoding))
        stated = detect_bom(data)
        if stated is not None and known.name.startswith(stated.name.removesuffix("-le").removesuffix("-be")):
            known = stated
    text, replaced = decode_bytes(data[known.bom_size :], known.name)
    check_text(text, encoding)
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return Decoded(text, known, replaced)


def decode_bytes(data: bytes, encoding: str) -> tuple[str, int]:
    """The text of ``data``, and the number of bytes or characters that were replaced by U+FFFD."""
    try:
        text = decode_mixture(data, encoding) if encoding.startswith(MIXED) else data.decode(encoding)
        replaced = 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        try:
            genuine = data.count(REPLACEMENT.encode(encoding))
        except UnicodeEncodeError:
            genuine = 0
        replaced = max(1, text.count(REPLACEMENT) - genuine)
    text, unstorable = UNSTORABLE.subn(_replace, text)
    return text, replaced + unstorable


def replace_unstorable(text: str) -> tuple[str, int]:
    """``text`` with characters that cannot be stored replaced by U+FFFD, and the number of replacements."""
    return UNSTORABLE.subn(_replace, text)


def _replace(_: re.Match[str]) -> str:
    return REPLACEMENT


def check_not_binary(data: bytes) -> None:
    """Raise ReadError if the first bytes of a file are those of a well-known binary format."""
    found = identify_head(data)
    if found is not None:
        raise ReadError(f"the file is not text: it is {found.name}", hint=found.hint)


# Space of every kind, separators of ASCII included, what has no width, and what stands for what could not be decoded.
_BLANK = re.compile("[\\s\\0\\ufffd\\ufeff\\u200b-\\u200d\\u2060]*")


def check_text(text: str, encoding: str | None = None) -> None:
    """Raise ReadError if ``text`` is blank, or looks binary, as text does in another ``encoding`` than was named."""
    if _BLANK.fullmatch(text):
        # Zeros are what a broken download or disk leaves.
        kind = ReadError if "\0" in text or REPLACEMENT in text else EmptyFileError
        raise kind("the file contains no text")
    strange = len(CONTROLS.findall(text)) + text.count(REPLACEMENT)
    if strange > 3 + MAX_STRANGE_SHARE * len(text):
        if encoding is not None:
            raise ReadError(
                f"the file is not text in {encoding}",
                hint="name its encoding, or leave out --encoding (in Python: encoding=...) to have it detected",
            )
        raise ReadError(
            "the file is not text: it looks binary",
            hint="if it is text, set its encoding with --encoding (in Python: encoding=...)",
        )


def decode_source(source: Source) -> str:
    """The text of ``source``. A guessed encoding and replaced characters are reported."""
    decoded = decode(source.read_bytes(), source.encoding)
    report_encoding(source, decoded.encoding, decoded.replaced)
    return decoded.text


def decode_markup(source: Source) -> Decoded:
    """Decode HTML or XML. A declared encoding is used unless it is UTF-8 or decodes worse than the detected one."""
    data = source.read_bytes()
    if source.encoding is not None:
        return decode(data, source.encoding)
    declared = DECLARED.search(data[:4096])
    name = canonical_name(declared[1].decode("ascii")) if declared else None
    detected = detect_encoding(data)
    # What says so was found in ASCII, so that it is in no encoding without that.
    if declared and name and declared[0].decode(name, "replace").encode() != declared[0]:
        name = None
    if name is None or name == "utf-8" or detected.confidence == 1.0:
        return decode(data)
    fits = decode_bytes(data, name)[1] <= decode_bytes(data, detected.name)[1]
    return decode(data, name if fits else None)


def report_encoding(source: Source, encoding: Encoding, replaced: int) -> None:
    """Report a guessed encoding and replaced characters as notices, if there are any."""
    if encoding.confidence < 1.0:
        source.notice(f"encoding guessed: {encoding.name} (confidence {encoding.confidence:.0%})")
    if replaced:
        what = "1 character was" if replaced == 1 else f"{replaced} characters were"
        source.notice(f"{what} not valid in {encoding.name} and replaced by U+FFFD")
