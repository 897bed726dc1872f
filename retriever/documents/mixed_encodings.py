"""Files in two encodings: lines of UTF-8 among lines of an older one, as logs and joined files have them."""

from __future__ import annotations

from retriever.documents.guess import EAST_ASIAN, LEGACY, guess_encoding

MIXED = "utf-8+"
"""Prefixes the name of the encoding of those lines that are not UTF-8."""

# UTF-8 that is there by chance is rare and short: at least this share of the bytes beyond ASCII, and this many.
MIN_SHARE, MIN_BYTES = 0.1, 8


def find_mixture(data: bytes) -> tuple[str, float] | None:
    """The name of a mixture of encodings, by lines, and the confidence in it; None if ``data`` is in one encoding."""
    valid = invalid = 0
    others: list[bytes] = []
    for line in data.splitlines(keepends=True):
        foreign = len(line) - len(line.decode("ascii", "ignore"))
        if not foreign:
            continue
        if is_utf8(line):
            valid += foreign
        else:
            invalid += foreign
            others.append(line)
    if valid < max(MIN_BYTES, MIN_SHARE * invalid):
        return None
    rest = b"".join(others)
    name, confidence = guess_encoding(rest)
    # Where the guess loses characters as well, the lines are damaged UTF-8.
    if name not in LEGACY or "\ufffd" in rest.decode(name, "replace"):
        return None
    return (MIXED + name, confidence) if name in EAST_ASIAN or confidence > 0.3 else None


def decode_mixture(data: bytes, name: str) -> str:
    """The text of ``data``: lines of UTF-8 as such, others in the second encoding of ``name``."""
    other = name.removeprefix(MIXED)
    lines = data.splitlines(keepends=True)
    return "".join(line.decode("utf-8" if is_utf8(line) else other, "replace") for line in lines)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
