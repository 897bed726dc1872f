"""The most plausible encoding of text that is neither marked nor valid UTF-8."""

from __future__ import annotations


def guess(data: bytes) -> tuple[str, float]:
    """The Python name of an encoding and the confidence in it, in 0..1."""
    import chardet

    found = chardet.detect(data[: 1 << 16])
    return found["encoding"] or "cp1252", min(0.99, found["confidence"])
