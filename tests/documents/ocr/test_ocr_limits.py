"""A small file cannot ask for thousands of pages to be recognised, each of which takes seconds."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from retriever.documents import read_file
from retriever.documents.interface import BYTES_A_PAGE, PAGES, Room, Source
from retriever.documents.ocr.recognition import allot_pages
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import Notice, SkippedSource, WaitingPages

FRAMES = 3 * PAGES


def make_frames() -> bytes:
    """A picture file of many small empty frames."""
    frames = [Image.new("1", (20, 20), 1) for _ in range(FRAMES)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def read(path: Path) -> list[str]:
    """What is told of a file in which there is no text."""
    told: list[str] = []

    def report(item: Notice | SkippedSource | WaitingPages) -> None:
        told.append(item.reason if isinstance(item, SkippedSource) else getattr(item, "message", ""))

    try:
        list(read_file(path, source=path.name, report=report))
    except EmptyFileError as error:
        told.append(str(error))
    return told


def test_frames_beyond_the_size_of_the_file_are_left_out(tmp_path: Path) -> None:
    data = make_frames()
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    given = PAGES + len(data) // BYTES_A_PAGE
    assert read(path) == [
        f"only {given} of {FRAMES} pages were recognised: it has too many",
        "no text in the pictures",
    ]


def test_all_files_in_an_archive_share_the_pages(tmp_path: Path) -> None:
    data = make_frames()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.tif", "b.tif"):
            archive.writestr(name, data)
    given = PAGES + path.stat().st_size // BYTES_A_PAGE
    told = read(path)
    assert told[:2] == [f"only {given} of {FRAMES} pages were recognised: it has too many", "no text in the pictures"]
    assert told[2:] == ["the text is not recognised: there are too many pages before it in its file"]


@pytest.mark.parametrize(("size", "wanted", "given"), [(0, 10, 10), (0, 1000, PAGES), (40_000_000, 2_000, 2_000)])
def test_a_scan_has_pages_by_its_size(size: int, wanted: int, given: int) -> None:
    told: list[object] = []
    source = Source(Path("a.pdf"), "a.pdf", None, None, told.append, room=Room.of(size))
    assert allot_pages(source, wanted, 5_000, is_all=True) == given
    assert len(told) == (given < wanted)


def test_pages_without_room_are_told_once() -> None:
    told: list[object] = []
    source = Source(Path("a.pdf"), "a.pdf", None, None, told.append, room=Room(pages=0))
    with pytest.raises(ReadError, match="too many pages before it"):
        allot_pages(source, 3, 5_000, is_all=True)
    assert told == []
    assert allot_pages(source, 3, 5_000, is_all=False) == 0  # the others have text of their own
    assert told == [SkippedSource("a.pdf", "only 0 of 3 pages were recognised: it has too many")]
