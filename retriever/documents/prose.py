"""Tells prose from data: what people wrote to be read, from keys, numbers, paths and codes."""

from __future__ import annotations

import re

from retriever.documents.blocks import CJK_CHARACTER

WORD = re.compile(r"[^\W\d_]{2,}")
# Prose has so many words, or so many characters of Chinese or Japanese.
WORDS, HAN = 4, 6
NO_PROSE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://\S*|data:\S*|[\w.+-]+@[\w.-]+|[\w./\\:-]+)\s*", re.IGNORECASE)


def is_prose(text: str) -> bool:
    """Whether a value is prose rather than a name, a number, a path or a code."""
    sample = text[:2000]
    if len(CJK_CHARACTER.findall(sample)) >= HAN:
        return True
    return NO_PROSE.fullmatch(sample) is None and len(WORD.findall(sample)) >= WORDS
