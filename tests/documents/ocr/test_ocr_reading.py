"""Scans are recognised: image files and pages of PDF files, each once, in the process that reads files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from ofd_maker import SPACE, make_ofd, page_xml, text_object
from PIL import Image

from retriever.documents import IsolatedReader, ReadRequest, read_file
from retriever.documents.ocr.pages import RecognisedPage
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import Document

PICTURES = Path(__file__).parent / "pictures"
TABLE = "项目 | 2022年 | 2023年\n供水收入 | 1,530 | 1,642"


class Pages:
    """A store of pages that counts what is recognised."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.recognised = 0
        self.counted: list[tuple[int, int]] = []

    def recall(self, key: bytes) -> bytes | None:
        return self.kept.get(key)

    def remember(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value
        self.recognised += 1

    def count(self, source: str, done: int, total: int) -> None:
        self.counted.append((done, total))

    def allow(self, *, memory: int = 0, seconds: int = 0) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.fixture(scope="module")
def files(pages: Pages) -> Iterator[IsolatedReader]:
    with IsolatedReader(pages) as reader:
        yield reader


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages: a scan on its head, and another one."""
    path = tmp_path_factory.mktemp("scans") / "scan.pdf"
    notice = Image.open(PICTURES / "notice.png").convert("L")
    vertical = Image.open(PICTURES / "vertical.png").convert("L")
    notice.rotate(180).save(path, save_all=True, append_images=[vertical], resolution=100)
    return path


def read_one(files: IsolatedReader, path: Path) -> tuple[Document, list[str]]:
    notices: list[str] = []

    def report(item: Notice | SkippedSource | WaitingPages) -> None:
        assert isinstance(item, Notice)
        notices.append(item.message)

    [document] = files.read(ReadRequest(path, path.name), report=report)
    return document, notices


def test_an_image_is_read_with_its_table_and_regions(files: IsolatedReader, pages: Pages) -> None:
    document, notices = read_one(files, PICTURES / "notice.png")
    assert notices == []
    assert document.text.startswith("关于农村供水工程投资计划的通知\n\n")
    assert "总投资五千万元，请按规定组织实施，并于每月底上报进展情况。" in document.text
    assert document.text.endswith(TABLE)
    assert document.metadata == {"recognised": 1}
    cell = document.text.index("1,530")
    place = next(place for place in document.places if place.start == cell)
    left, top, width, height = map(int, place.name.removeprefix("xywh=").split(","))
    # It was drawn at (260, 25 + 4 * 46), about 70 pixels wide.
    assert (abs(left - 260) < 12, abs(top - 209) < 16, 55 < width < 95, 20 < height < 50) == (True,) * 4
    assert place.confidence is not None
    assert place.confidence > 0.9
    assert pages.counted[-1] == (1, 1)


def test_pages_of_a_pdf_are_read_whatever_way_they_lie_and_once(
    files: IsolatedReader, pages: Pages, scan: Path, tmp_path: Path
) -> None:
    document, _ = read_one(files, scan)
    assert "总投资五千万元" in document.text[: document.pages[1]]
    assert document.text[: document.pages[1]].rstrip().endswith(TABLE)
    assert "令和四年度の上水道整備" in document.text[document.pages[1] :].replace("\n", "")
    assert document.metadata["recognised"] == 2
    assert document.places[0].name.startswith("page=1&viewrect=")
    assert document.places[-1].name.startswith("page=2&viewrect=")
    before = pages.recognised
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(scan.read_bytes() + b"\n")
    again, _ = read_one(files, copy)
    assert (again.text, again.places) == (document.text, document.places)
    assert pages.recognised == before


IMAGE = '<ofd:ImageObject ResourceID="{}" CTM="{} 0 0 {} 0 0" Boundary="{} {} {} {}"/>'


def make_scan(*pages: str) -> bytes:
    """An OFD document whose images 7 and 8 are a scan and a part of the file that is missing."""
    media = "".join(
        f'<ofd:MultiMedia ID="{number}" Type="Image"><ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>'
        for number, name in ((7, "notice.png"), (8, "missing.jpg"))
    )
    resources = f'<ofd:Res {SPACE} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>'
    parts: dict[str, str | bytes] = {
        "Doc_0/Resources.xml": resources,
        "Doc_0/Res/notice.png": (PICTURES / "notice.png").read_bytes(),
    }
    return make_ofd(*pages, common="<ofd:DocumentRes>Resources.xml</ofd:DocumentRes>", parts=parts)


def test_pages_of_an_ofd_that_are_pictures_are_read_beside_those_with_text(
    files: IsolatedReader, tmp_path: Path
) -> None:
    path = tmp_path / "scan.ofd"
    width, height = Image.open(PICTURES / "notice.png").size
    high = 180 * height / width
    notice = IMAGE.format(7, 180, high, 15, 20, 180, high)
    # A number is stamped on the scan; the second page has a small picture below its text.
    area = f"<ofd:Area><ofd:PhysicalBox>0 0 200 {high + 22}</ofd:PhysicalBox></ofd:Area>"
    stamped = page_xml(notice, text_object("12", 2, 10), template=area)
    typed = "本页是文字，不需要识别，下面只有一个小小的标志。"
    small = IMAGE.format(7, 20, 9, 15, 100, 20, 9)
    path.write_bytes(make_scan(stamped, page_xml(small, text_object(typed, 20, 50))))
    document, notices = read_one(files, path)
    assert notices == []
    first, second = document.text[: document.pages[1]].rstrip(), document.text[document.pages[1] :]
    assert first.startswith("关于农村供水工程投资计划的通知\n\n")
    assert first.endswith(TABLE)
    assert second == typed
    assert document.metadata == {"recognised": 1}
    place = next(place for place in document.places if place.start == document.text.index("1,530"))
    left, top, *_ = map(int, place.name.removeprefix("page=1&viewrect=").split(","))
    # It was drawn at (260, 209) of the picture, which lies at 15 and 20 mm; places are in points.
    points = 72 / 25.4
    assert abs(left - (15 + 260 * 180 / width) * points) < 8
    assert abs(top - (20 + 209 * 180 / width) * points) < 8
    assert document.places[-1].name == "page=2"


def test_a_picture_of_an_ofd_that_is_missing_costs_its_page_alone(tmp_path: Path, files: IsolatedReader) -> None:
    path = tmp_path / "part.ofd"
    path.write_bytes(
        make_scan(page_xml(IMAGE.format(8, 210, 297, 0, 0, 210, 297)), page_xml(text_object("甲乙", 20, 50)))
    )
    reports: list[Notice | SkippedSource | WaitingPages] = []
    [document] = files.read(ReadRequest(path, path.name), report=reports.append)
    assert document.text == "甲乙"
    assert [getattr(item, "reason", getattr(item, "message", "")) for item in reports] == [
        "a picture on it cannot be read: Doc_0/Res/missing.jpg is missing",
        "no text on page 1",
    ]


def test_every_picture_of_a_file_is_a_page(files: IsolatedReader) -> None:
    document, _ = read_one(files, PICTURES / "two.tif")
    assert len(document.pages) == 2
    assert "The county supplies water to many people." in document.text
    assert "水库蓄水量达到一千二百万立方米" in document.text[document.pages[1] :]
    assert document.places[-1].name.startswith("page=2&xywh=")


def test_a_script_that_is_not_known_is_refused(files: IsolatedReader) -> None:
    with pytest.raises(ReadError, match="in an unknown script; the recognition knows Chinese"):
        read_one(files, PICTURES / "russian.png")


def test_what_cannot_be_read_is_refused(files: IsolatedReader, tmp_path: Path) -> None:
    blank, broken = tmp_path / "blank.png", tmp_path / "broken.jpg"
    Image.new("L", (300, 200), 255).save(blank)
    broken.write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 50)
    with pytest.raises(EmptyFileError, match="no text in the picture"):
        read_one(files, blank)
    for name, width in (("bomb.png", 30_000), ("large.png", 12_500)):
        bomb = tmp_path / name
        Image.new("1", (width, 10_000)).save(bomb)
        with pytest.raises(ReadError, match="too large: more than 120,000,000 pixels"):
            read_one(files, bomb)
    with pytest.raises(ReadError, match="image is broken"):
        read_one(files, broken)


def test_without_the_extra_pictures_wait(monkeypatch: pytest.MonkeyPatch, scan: Path, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    reports: list[object] = []
    image = PICTURES / "notice.png"
    assert list(read_file(image, source="notice.png", report=reports.append)) == []
    with pytest.raises(ReadError, match="no text layer") as caught:
        list(read_file(scan, source="scan.pdf", report=reports.append))
    assert "[ocr]" in (caught.value.hint or "")
    (tmp_path / "a.ofd").write_bytes(make_scan(page_xml(IMAGE.format(7, 210, 97, 0, 0, 210, 97))))
    with pytest.raises(ReadError, match="has no text") as caught:
        list(read_file(tmp_path / "a.ofd", source="a.ofd", report=reports.append))
    assert "[ocr]" in (caught.value.hint or "")
    assert reports == [
        WaitingPages("notice.png", images=1),
        WaitingPages("scan.pdf", pages=2),
        WaitingPages("a.ofd", pages=1),
    ]


def test_a_page_is_stored_as_it_was_recognised(pages: Pages) -> None:
    for value in pages.kept.values():
        page = RecognisedPage.parse(value)
        assert page is not None
        assert page.dump() == value
    for damaged in (
        b"",
        b"[]",
        b"[1,2,[[1]]]",
        b'[10,10,[["a",0.9,1,0,0,1e9,0,0,0,0,0]]]',
        b"[0,1,[]]",
        b'[10,10,[["a",1' + b"0" * 400 + b",1,0,0,1,0,0,0,0,0]]]",
        BytesIO().read(),
    ):
        assert RecognisedPage.parse(damaged) is None
