"""Sizes and times of the engine. Tests pass others in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a caller may change.

    - ``timeout``: seconds that one call to the server may take, repeated attempts included
    - ``rows``: rows of one call; ``characters``: of the texts in them, beyond which a call ends sooner
    - ``beat``: seconds between two signs of life of a writer or reader
    - ``silence``: seconds without a sign of life after which a writer on another machine counts as dead
    - ``kept``: seconds that an old generation stays readable at least, after which only signs of life keep it
    """

    timeout: float = 20.0
    rows: int = 500
    characters: int = 4 << 20
    beat: float = 5.0
    silence: float = 20.0
    kept: float = 120.0


DEFAULT_LIMITS = Limits()
