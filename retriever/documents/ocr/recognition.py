"""Recognises the pages of one file within its limits, and says what was not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from retriever.documents.interface import Source
from retriever.documents.ocr.interface import RecognisedLine, Recogniser
from retriever.documents.ocr.judging import judge
from retriever.documents.ocr.layout import lay_out_page
from retriever.documents.ocr.pages import RecognisedPage, recognise_pages
from retriever.documents.ocr.rapid import RapidRecogniser
from retriever.errors import ReadError
from retriever.reports import SkippedSource
from retriever.system import cpu_count

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture
    from retriever.documents.pdf.fragments import Fragment

MB = 1 << 20
# What a file may take for recognition: the library with its models, for each thread, and for each page.
MEMORY, MEMORY_A_THREAD = 1_600 * MB, 320 * MB
SECONDS_TO_LOAD, SECONDS_A_PAGE = 30, 90
# Pages at once, whatever the number of cores: each holds its picture.
MOST_THREADS = 8
# What the recogniser knows, in words.
KNOWN = "the recognition knows Chinese, Japanese and Latin letters"


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page of which ``lines`` were read, on a picture of ``width`` and ``height`` pixels, and ``unread`` were not.

    ``is_refused`` says that the page was left out because most of it was not read.
    """

    width: int
    height: int
    lines: tuple[RecognisedLine, ...] = ()
    unread: int = 0
    is_refused: bool = False

    @property
    def parts(self) -> list[list[Fragment]]:
        """The fragments in each direction of writing."""
        return lay_out_page(self.width, self.height, self.lines) if self.lines else []


def allot_pages(source: Source, wanted: int, most: int, *, is_all: bool) -> int:
    """How many of the pages of a file are recognised: at most ``most``, and no more than it may have for its size.

    What is left out is reported. A small file that asks for thousands of pages is none that a scanner made. Raises
    ReadError if these pages are all of the file, and there is no room for any of them.
    """
    given = source.room.take_pages(min(wanted, most))
    if is_all and not given:
        raise ReadError("the text is not recognised: there are too many pages before it in its file")
    if given < wanted:
        source.report(
            SkippedSource(source.name, f"only {given:,} of {wanted:,} pages were recognised: it has too many")
        )
    return given


def recognise_file(source: Source, pictures: Iterable[Picture], total: int) -> Iterator[ReadPage]:
    """The pages that pictures show, in their order; ``total`` is their number."""
    threads = min(cpu_count(), MOST_THREADS)
    source.host.allow(memory=MEMORY + threads * MEMORY_A_THREAD, seconds=SECONDS_TO_LOAD)
    recogniser = _share_recogniser()
    found = recognise_pages(_allow_each(source, pictures), recogniser, source.host, threads=threads)
    try:
        for done, page in enumerate(found, 1):
            source.host.count(source.name, done, total)
            yield _judge(page)
    finally:
        recogniser.release()


@lru_cache(maxsize=1)
def _share_recogniser() -> Recogniser:
    """The recogniser of this process."""
    return RapidRecogniser()


def _allow_each(source: Source, pictures: Iterable[Picture]) -> Iterator[Picture]:
    for picture in pictures:
        source.host.allow(seconds=SECONDS_A_PAGE)
        yield picture


def _judge(page: RecognisedPage) -> ReadPage:
    judgement = judge(page.lines)
    return ReadPage(page.width, page.height, judgement.lines, judgement.unread, judgement.is_refused)


def make_refusal() -> ReadError:
    """The error for a file of whose text nothing can be recognised."""
    return ReadError(f"the text is not recognised: it is illegible or in an unknown script; {KNOWN}")


def report_unread(source: Source, pages: Mapping[int, ReadPage]) -> None:
    """Report what was not read on pages, given by their numbers from 1."""
    refused = [number for number, page in pages.items() if page.is_refused]
    if refused:
        source.notice(f"not recognised: {list_pages(refused)}, illegible or in an unknown script; {KNOWN}")
    partly = [number for number, page in pages.items() if page.lines and page.unread]
    if partly:
        count = sum(pages[number].unread for number in partly)
        source.notice(f"{count} {'line' if count == 1 else 'lines'} could not be recognised on {list_pages(partly)}")


def describe_recognition(pages: Iterable[ReadPage]) -> dict[str, object]:
    """The metadata of a document with these pages: how many were ``recognised``."""
    recognised = sum(bool(page.lines) for page in pages)
    return {"recognised": recognised} if recognised else {}


def list_pages(numbers: Sequence[int]) -> str:
    """The numbers of pages in words, the first ten of them."""
    listed = ", ".join(map(str, numbers[:10]))
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"{'page' if len(numbers) == 1 else 'pages'} {listed}{more}"
