"""Pictures in JBIG2, in which scanners store black and white pages: PDFium decodes them, on a page of a PDF.

A PDF holds the segments of such a picture without the head of its file, one after the other, each with its data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.ocr.picture import MOST_PIXELS
from retriever.errors import ReadError

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture

MARK = b"\x97JB2\r\n\x1a\n"
# What the head says: the data of a segment follows it at once; the number of pages is not told.
SEQUENTIAL, PAGES_UNKNOWN = 1, 2
# Types of segments: what a page is, and those that only say that a page or a file ends.
PAGE, END_OF_PAGE, END_OF_FILE = 48, 49, 51
BROKEN = "the image is broken"


def decode_jbig2(data: bytes) -> Picture:
    """The first page as uint8 [height, width, 3]. Raises ReadError."""
    import pypdfium2

    try:
        segments = list(_iter_segments(data))
        page = next(body for kind, _, body in segments if kind == PAGE)
        width, height = struct.unpack_from(">II", page)
    except (struct.error, IndexError, StopIteration) as error:
        raise ReadError(BROKEN) from error
    if not 0 < width * height <= MOST_PIXELS:
        raise ReadError(f"the image is too large: more than {MOST_PIXELS:,} pixels" if width * height else BROKEN)
    stream = b"".join(head + body for kind, head, body in segments if kind not in (END_OF_PAGE, END_OF_FILE))
    try:
        with pypdfium2.PdfDocument(_wrap(stream, width, height)) as document:
            picture = document[0].render(scale=1).to_numpy()
    except pypdfium2.PdfiumError as error:
        raise ReadError(BROKEN) from error
    return np.ascontiguousarray(picture[:, :, :3])


def _iter_segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The segments of the first page and of none: the type, the head and the data of each."""
    flags = data[len(MARK)]
    at = len(MARK) + (1 if flags & PAGES_UNKNOWN else 5)
    waiting: list[tuple[int, int, bytes, int]] = []
    kind = -1
    while at < len(data) and kind != END_OF_FILE:
        kind, page, head, size = _read_head(data, at)
        at += len(head)
        if not flags & SEQUENTIAL:
            waiting.append((kind, page, head, size))
            continue
        if page < 2:
            yield kind, head, data[at : at + size]
        at += size
    for kind, page, head, size in waiting:
        if page < 2:
            yield kind, head, data[at : at + size]
        at += size


def _read_head(data: bytes, at: int) -> tuple[int, int, bytes, int]:
    """The head of a segment: its type, its page, its bytes, and the length of its data."""
    number, flags, referred = struct.unpack_from(">IBB", data, at)
    count, end = referred >> 5, at + 6
    if count == 7:
        count = struct.unpack_from(">I", data, at + 5)[0] & 0x1FFFFFFF
        end = at + 9 + (count + 8) // 8
    end += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
    width = 4 if flags & 0x40 else 1
    page = int.from_bytes(data[end : end + width], "big")
    (size,) = struct.unpack_from(">I", data, end + width)
    return flags & 0x3F, page, data[at : end + width + 4], size


def _wrap(stream: bytes, width: int, height: int) -> bytes:
    """A PDF of one page that is the picture, a point to a pixel."""
    drawing = b"%d 0 0 %d 0 0 cm /P Do" % (width, height)
    picture = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % (width, height)
    picture += b"/BitsPerComponent 1/Filter/JBIG2Decode/Length %d" % len(stream)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>"
        % (width, height),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        b"<<%b>>stream\n%b\nendstream" % (picture, stream),
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer
