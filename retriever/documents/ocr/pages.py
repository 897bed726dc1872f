"""Recognises pages: each picture once, several at a time, and what was recognised before comes from the store.

A page as it is stored is what the recogniser gave. What is left out of it is decided later (``judging``), so that pages
need not be recognised again when that changes.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_128

from retriever.documents.ocr.interface import Corners, RecognisedLine, Recogniser
from retriever.documents.ocr.picture import cut_long, fade_seals, is_blank

if TYPE_CHECKING:
    from retriever.documents.interface import PageStore
    from retriever.documents.ocr.interface import Picture

# Lines of one page that are kept, more than any page has.
MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The lines that a recogniser found on a picture of ``width`` and ``height`` pixels."""

    width: int
    height: int
    lines: tuple[RecognisedLine, ...] = ()

    def dump(self) -> bytes:
        """The page as it is stored."""
        lines = [[line.text, line.confidence, line.coverage, *sum(line.corners, ())] for line in self.lines]
        return json.dumps([self.width, self.height, lines], ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def parse(cls, data: bytes) -> RecognisedPage | None:
        """The page that was stored as ``data``; None if that is none."""
        try:
            width, height, lines = json.loads(data)
            page = cls(_size(width), _size(height), tuple(_parse_line(line) for line in lines))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        return page if len(page.lines) <= MOST_LINES else None


def recognise_pages(
    pictures: Iterable[Picture], recogniser: Recogniser, store: PageStore, *, threads: int
) -> Iterator[RecognisedPage]:
    """The pages that pictures show, in their order; ``pictures`` may be a stream, of which few are held at once."""
    with ThreadPoolExecutor(threads, thread_name_prefix="ocr-page") as pool:
        waiting: deque[tuple[bytes, RecognisedPage | Future[RecognisedPage]]] = deque()
        try:
            for picture in pictures:
                if is_blank(picture):
                    waiting.append((b"", RecognisedPage(picture.shape[1], picture.shape[0])))
                else:
                    key = _hash(picture, recogniser)
                    stored = store.recall(key)
                    known = None if stored is None else RecognisedPage.parse(stored)
                    waiting.append((key, known or pool.submit(_recognise, picture, recogniser)))
                del picture
                if len(waiting) > threads:
                    yield _take(waiting, store)
            while waiting:
                yield _take(waiting, store)
        finally:
            for _, page in waiting:
                if isinstance(page, Future):
                    page.cancel()


def _take(waiting: deque[tuple[bytes, RecognisedPage | Future[RecognisedPage]]], store: PageStore) -> RecognisedPage:
    key, page = waiting.popleft()
    if isinstance(page, Future):
        page = page.result()
        store.remember(key, page.dump())
    return page


def _recognise(picture: Picture, recogniser: Recogniser) -> RecognisedPage:
    height, width = picture.shape[:2]
    lines: list[RecognisedLine] = []
    for top, piece in cut_long(fade_seals(picture)):
        lines += [_move(line, top) for line in recogniser.recognise(piece)]
    return RecognisedPage(width, height, tuple(lines[:MOST_LINES]))


def _move(line: RecognisedLine, down: int) -> RecognisedLine:
    if not down:
        return line
    one, two, three, four = ((x, y + down) for x, y in line.corners)
    return replace(line, corners=(one, two, three, four))


def _hash(picture: Picture, recogniser: Recogniser) -> bytes:
    digest = xxh3_128(f"{recogniser.version} {picture.shape}".encode())
    digest.update(np.ascontiguousarray(picture).data)
    return digest.digest()


def _parse_line(values: Any) -> RecognisedLine:
    text, confidence, coverage, *numbers = values
    if not isinstance(text, str) or len(numbers) != 8:
        raise ValueError("no line")
    text.encode()  # a lone surrogate cannot be stored
    points = [_number(number) for number in numbers]
    corners: Corners = (
        (points[0], points[1]),
        (points[2], points[3]),
        (points[4], points[5]),
        (points[6], points[7]),
    )
    return RecognisedLine(text, _number(confidence), corners, _number(coverage))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > 1e6:
        raise ValueError("no number")
    return number


def _size(value: Any) -> int:
    if not isinstance(value, int) or not 0 < value <= 1_000_000:
        raise ValueError("no size")
    return value
