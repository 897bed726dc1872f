"""Prepares the picture of a page for its recognition: its size, and the seals stamped over its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfPage

    from retriever.documents.ocr.interface import Picture

# Pictures of more pixels are refused: they would unpack to gigabytes.
MOST_PIXELS = 120_000_000
# The longer side of a page in pixels. Beyond, letters do not get clearer: of A4 these are 250 dots an inch.
LONGEST_SIDE = 2_900
# Dots an inch of a page of a document, and the least length of its longer side in pixels.
RESOLUTION, LEAST_SIDE = 200, 1_400
# Smaller pictures hold no text that one could read.
SHORTEST_SIDE = 16
# A picture that is longer than so many widths is cut into pieces: one of a long page on a screen.
# Lower ones are left whole: a line that runs downwards is not a long page.
LONGEST_SHAPE, LONGEST_CUT = 2.6, 2_000
PIECE = 1.6
# What a page without ink may have of other than its most frequent brightness, and how far that may be from it.
_BLANK, _NEAR = 0.0001, 40
# How much redder than green and blue the ink of a seal is, and its least share of the picture.
_REDDER, _LEAST_RED = 45, 0.0004
# The sides of a seal as shares of the longer side of a page, and how far it may be from square: seals are 3 to 5 cm.
_SEAL_SIDE = (0.06, 0.3)
_SEAL_SHAPE = 1.7


def choose_scale(width: float, height: float) -> float:
    """The pixels to a point for the picture of a page of so many points."""
    longest = max(width, height, 1.0)
    return min(max(RESOLUTION / 72, LEAST_SIDE / longest), LONGEST_SIDE / longest)


def render(page: PdfPage) -> tuple[Picture, float]:
    """The picture of a page of a PDF, and its pixels to a point."""
    scale = choose_scale(*page.get_size())
    bitmap = page.render(scale=scale, rev_byteorder=True)
    picture: Picture = np.array(bitmap.to_numpy()[:, :, :3])
    bitmap.close()
    return picture, scale


def is_blank(picture: Picture) -> bool:
    """Whether a picture shows nothing but its ground."""
    grey = picture[::2, ::2].mean(axis=2)
    ground = np.bincount(grey.astype(np.uint8).ravel(), minlength=256).argmax()
    return bool((np.abs(grey - ground) > _NEAR).mean() < _BLANK)


def shrink(picture: Picture) -> tuple[Picture, float]:
    """The picture with its longer side bounded, and by what it was multiplied. A long picture keeps its width."""
    import cv2

    height, width = picture.shape[:2]
    longest = max(height, width) if max(height, width) < LONGEST_SHAPE * min(height, width) else min(height, width)
    factor = min(1.0, LONGEST_SIDE / longest)
    if factor == 1.0:
        return picture, 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    shrunk: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return shrunk, factor


def cut_long(picture: Picture) -> Iterator[tuple[int, Picture]]:
    """The pieces of a picture that is much higher than wide, each with its upper edge; they are cut between lines."""
    height, width = picture.shape[:2]
    if height < max(LONGEST_SHAPE * width, LONGEST_CUT):
        yield 0, picture
        return
    contrast = np.ptp(picture.mean(axis=2), axis=1)
    top = 0
    while height - top > LONGEST_SHAPE * width:
        first, last = top + int(PIECE * width * 0.75), top + int(PIECE * width * 1.25)
        bottom = first + int(contrast[first:last].argmin())
        yield top, picture[top:bottom]
        top = bottom
    yield top, picture[top:]


def fade_seals(picture: Picture) -> Picture:
    """The picture with the red ink of seals turned to paper, so that the black text below it can be read.

    Red ink elsewhere stays: the headings of Chinese official documents are red.
    """
    import cv2

    red = picture[:, :, 0].astype(np.int16)
    others = np.maximum(picture[:, :, 1], picture[:, :, 2]).astype(np.int16)
    mask = (red - others > _REDDER).astype(np.uint8)
    if mask.mean() < _LEAST_RED:
        return picture
    longest = max(mask.shape)
    reach = max(3, round(longest * 0.012)) | 1
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, _, found, _ = cv2.connectedComponentsWithStats(closed)
    faded = picture
    for left, top, width, height, _ in found[1:count].tolist():
        sides = (min(width, height), max(width, height))
        if sides[0] < _SEAL_SIDE[0] * longest or sides[1] > _SEAL_SIDE[1] * longest:
            continue
        if sides[1] > _SEAL_SHAPE * sides[0]:
            continue
        if faded is picture:
            faded = picture.copy()
        part = (slice(max(0, top - 2), top + height + 2), slice(max(0, left - 2), left + width + 2))
        faded[part] = _fade(picture[part], mask[part])
    return faded


def _fade(part: Picture, mask: Picture) -> Picture:
    """A part of a picture as its red channel shows it, with the ink of the seal as light as the paper."""
    red = part[:, :, 0]
    paper = int(np.percentile(red, 90))
    ink = int(np.median(red[mask > 0])) if mask.any() else paper
    # Black ink below a seal is far darker than the seal is in its own colour.
    level = max(1, min(ink, paper))
    stretched = np.clip(red.astype(np.float32) * (paper / level), 0, 255)
    plain = np.where(mask > 0, stretched, red).astype(np.uint8)
    return np.repeat(plain[:, :, None], 3, axis=2)
