"""Readings of words, from ruby annotations: not part of the text, but the words are found by them.

A document keeps them as a list in its metadata, ``東京（とうきょう）``; passages that contain the word are indexed with
its reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from retriever.frozen import dataclass

FIELD = "ruby"
"""The name in a document's metadata."""

_STORED = re.compile("([^（）]+)（([^（）]+)）")


@dataclass(frozen=True, slots=True)
class Reading:
    """A word and how it is read."""

    word: str
    reading: str


def store_readings(metadata: Mapping[str, Any], readings: Iterable[Reading]) -> dict[str, Any]:
    """``metadata`` with the readings, each once; unchanged if there are none."""
    stored = [f"{item.word}（{item.reading}）" for item in dict.fromkeys(readings)]
    stored = [text for text in stored if _STORED.fullmatch(text)]
    return {**metadata, FIELD: stored} if stored else dict(metadata)


def append_readings(text: str, metadata: Mapping[str, Any]) -> str:
    """``text`` with the readings of the words in it on a line below; ``text`` alone if there are none."""
    read = [item.reading for item in _find_readings(metadata) if item.word in text]
    return f"{text}\n{' '.join(read)}" if read else text


def hide_readings(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """``metadata`` as a hit shows it, without the readings, of which a book has thousands."""
    if not _find_readings(metadata):
        return metadata
    return {name: value for name, value in metadata.items() if name != FIELD}


def _find_readings(metadata: Mapping[str, Any]) -> list[Reading]:
    """The readings in ``metadata``; [] if it has none, or if a field of that name means something else."""
    stored = metadata.get(FIELD)
    if not isinstance(stored, list | tuple):
        return []
    found = [_STORED.fullmatch(item) if isinstance(item, str) else None for item in stored]
    readings = [Reading(match[1], match[2]) for match in found if match is not None]
    return readings if len(readings) == len(stored) else []
