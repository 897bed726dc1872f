"""Reads image files: each picture in one becomes a page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.ocr.picture import MOST_PIXELS, SHORTEST_SIDE, shrink
from retriever.documents.ocr.rapid import is_installed
from retriever.documents.ocr.recognition import (
    allot_pages,
    describe_recognition,
    make_refusal,
    recognise_file,
    report_unread,
)
from retriever.documents.ocr.regions import Unit, find_places
from retriever.documents.pdf.read import compose_text
from retriever.documents.pdf.running import remove_running
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import WaitingPages
from retriever.signals import raise_of_signal
from retriever.types import Document

if TYPE_CHECKING:
    from PIL.Image import Image

    from retriever.documents.ocr.interface import Picture

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
# Pictures of one file that are looked at.
MOST_PICTURES = 2_000


def read_image(source: Source) -> Iterator[Document]:
    """One document with a page for each picture. Without the extra the file waits, which is reported."""
    data = source.read_bytes()
    if not is_installed():
        source.report(WaitingPages(source.name, images=1))
        return
    with open_image(data) as image:
        count = allot_pages(source, count_pictures(image), MOST_PICTURES, is_all=True)
        factors: list[float] = []
        read = dict(enumerate(recognise_file(source, iter_pictures(image, count, factors), count)))
    if all(page.is_refused for page in read.values()):
        raise make_refusal()
    # Most pictures in a folder of documents show something else.
    if not any(page.lines for page in read.values()):
        raise EmptyFileError("no text in the picture" if count == 1 else "no text in the pictures")
    report_unread(source, {at + 1: page for at, page in read.items()})
    text, starts = compose_text(remove_running([page.parts for page in read.values()]))
    text, _ = replace_unstorable(text)
    units = {
        at: Unit("xywh=" if count == 1 else f"page={at + 1}&xywh=", 1 / factor) for at, factor in enumerate(factors)
    }
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        pages=starts if count > 1 else (),
        places=find_places(text, starts, read, units),
        metadata={**({"pages": count} if count > 1 else {}), **describe_recognition(read.values())},
    )


def open_image(data: bytes) -> Image:
    """The file, of which nothing is decoded yet. Raises ReadError."""
    from PIL import Image

    with _raising_read_errors():
        return Image.open(io.BytesIO(data), formats=FORMATS)


def count_pictures(image: Image) -> int:
    """The pictures of a file. Raises ReadError."""
    with _raising_read_errors():
        return int(getattr(image, "n_frames", 1))


@contextmanager
def _raising_read_errors() -> Iterator[None]:
    """Whatever the decoders raise for a broken file is a ReadError, and what they warn of is not told."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Our own limit lies between those from which the library warns and refuses.
            warnings.simplefilter("ignore")
            yield
    except ReadError:
        raise
    except Image.DecompressionBombError as error:
        raise _make_size_error() from error
    except Exception as error:  # They raise TypeError, KeyError, struct.error and more.
        raise_of_signal(error)
        raise ReadError("the image is broken") from error


def _make_size_error() -> ReadError:
    return ReadError(
        f"the image is too large: more than {MOST_PIXELS:,} pixels", hint="scan it at 300 dots an inch or fewer"
    )


def iter_pictures(image: Image, count: int, factors: list[float]) -> Iterator[Picture]:
    """Each picture as it is seen, no larger than it needs be; ``factors`` collects by what it was multiplied.

    Raises ReadError.
    """
    for number in range(count):
        picture, factor = shrink(decode(image, number))
        factors.append(factor)
        yield picture


def decode(image: Image, number: int = 0) -> Picture:
    """One of the pictures of a file as it is seen, what is transparent as white. Raises ReadError."""
    from PIL import Image, ImageOps

    with _raising_read_errors():
        if number:
            image.seek(number)
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _make_size_error()
        if min(width, height) < SHORTEST_SIDE:
            return np.full((SHORTEST_SIDE, SHORTEST_SIDE, 3), 255, np.uint8)
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            # What is transparent shows the white of the page.
            seen = upright.convert("RGBA")
            ground = Image.new("RGBA", seen.size, "white")
            ground.alpha_composite(seen)
            upright = ground
        return np.array(upright.convert("RGB"))
