"""Pictures in JBIG2, as scans in OFD documents are, whose lines are coded as those of a fax."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from retriever.documents.interface import Source
from retriever.documents.ofd.glyphs import Matrix
from retriever.documents.ofd.jbig2 import MARK, decode_jbig2
from retriever.documents.ofd.pictures import PicturePage, PlacedPicture
from retriever.documents.package import Package
from retriever.errors import ReadError

PAGE, REGION, END_OF_PAGE, END_OF_FILE = 48, 38, 49, 51


@pytest.fixture(scope="module")
def drawing() -> Image.Image:
    """A frame and words in black on white."""
    image = Image.new("1", (200, 80), 1)
    draw = ImageDraw.Draw(image)
    draw.text((20, 20), "Water 2022", fill=0)
    draw.rectangle((5, 5, 30, 12), fill=0)
    return image


def code_as_fax(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    ImageOps.invert(image.convert("L")).convert("1").save(buffer, "TIFF", compression="group4")
    tags = Image.open(buffer).tag_v2  # type: ignore[attr-defined]
    return buffer.getvalue()[tags[273][0] : tags[273][0] + tags[279][0]]


def make_jbig2(image: Image.Image, *, is_sequential: bool = True, size: tuple[int, int] | None = None) -> bytes:
    """A file of two pages, of which the second is empty."""
    width, height = size or image.size
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + code_as_fax(image)
    blank = struct.pack(">IIIIBH", 9, 9, 0, 0, 0, 0)
    segments = [(PAGE, 1, page), (REGION, 1, region), (END_OF_PAGE, 1, b"")]
    segments += [(PAGE, 2, blank), (END_OF_PAGE, 2, b""), (END_OF_FILE, 0, b"")]
    heads = [struct.pack(">IBBBI", at, kind, 0, page, len(data)) for at, (kind, page, data) in enumerate(segments)]
    bodies = [data for _, _, data in segments]
    joined = [head + body for head, body in zip(heads, bodies, strict=True)]
    parts = joined if is_sequential else heads + bodies
    return MARK + bytes([is_sequential]) + struct.pack(">I", 2) + b"".join(parts)


@pytest.mark.parametrize("is_sequential", [True, False])
def test_a_picture_is_decoded_to_its_pixels(drawing: Image.Image, is_sequential: bool) -> None:
    picture = decode_jbig2(make_jbig2(drawing, is_sequential=is_sequential))
    assert np.array_equal(picture, np.array(drawing.convert("RGB")))


def test_a_picture_that_is_damaged_or_too_large_is_refused(drawing: Image.Image) -> None:
    whole = make_jbig2(drawing)
    for data in (MARK, whole[:30], MARK + b"\1" + b"\xff" * 40, make_jbig2(drawing, size=(0, 80))):
        with pytest.raises(ReadError, match="broken"):
            decode_jbig2(data)
    with pytest.raises(ReadError, match="too large"):
        decode_jbig2(make_jbig2(drawing, size=(1 << 16, 1 << 16)))


def test_it_is_drawn_on_its_page(drawing: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "a.ofd"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scan.jb2", make_jbig2(drawing))
    source = Source(path, path.name, None, None, lambda _: None)
    with zipfile.ZipFile(path) as archive:
        package = Package(source, archive, "the document")
        placed = PlacedPicture("scan.jb2", Matrix(200, 0, 0, 80, 0, 0))
        page, _, missing = PicturePage(package, (placed,), 200, 80).draw()
    assert missing == []
    assert 0.01 < (page < 128).mean() < 0.2
