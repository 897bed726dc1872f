"""Gives memory back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """What was let go of, where the C library would keep it: vocabularies above all, made of many small pieces."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
