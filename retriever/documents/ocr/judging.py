"""Tells what was recognised from what was invented: lines of scripts that the recogniser does not know, and noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retriever.documents.ocr.interface import RecognisedLine

# A line below one of these was not read. What they are measured on is in docs/decisions/recognition.md.
LEAST_CONFIDENCE = 0.8
LEAST_COVERAGE = 0.4
# A page of which less than this share was read, by the length of lines, is refused.
LEAST_READ = 0.6
# The signs of formulas, of which the models know those without accents: Greek words come out with holes.
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The lines of a page that were read. ``unread`` counts the others; ``is_refused`` if they are most of the page."""

    lines: tuple[RecognisedLine, ...]
    unread: int
    is_refused: bool


def judge(lines: Sequence[RecognisedLine]) -> Judgement:
    """Which lines of a page were read."""
    read = tuple(line for line in lines if is_read(line))
    total = sum(_measure(line) for line in lines)
    refused = bool(lines) and sum(_measure(line) for line in read) < LEAST_READ * total
    return Judgement(() if refused else read, len(lines) - len(read), refused)


def is_read(line: RecognisedLine) -> bool:
    """Whether the text of a line accounts for its ink, is sure enough, and is of a script that is known whole."""
    letters = sum(character.isalpha() for character in line.text)
    if 2 * len(_GREEK.findall(line.text)) > letters:
        return False
    return bool(line.text) and line.confidence >= LEAST_CONFIDENCE and line.coverage >= LEAST_COVERAGE


def _measure(line: RecognisedLine) -> float:
    (left, top), (right, other_top) = line.corners[0], line.corners[1]
    return float(((right - left) ** 2 + (other_top - top) ** 2) ** 0.5)
