"""Halves of characters, which Python puts in place of bytes that are not text: UTF-8 cannot hold them."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def replace_surrogates(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD; offsets stay."""
    return _SURROGATE.sub("\ufffd", text)


def join_surrogates(text: str) -> str:
    """The text with the two halves of each character joined; one that stands alone becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
