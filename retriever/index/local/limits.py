"""The limits by which the local engine decides when to split, merge, index, check and remove files."""

from __future__ import annotations

from retriever.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one index. They change how its contents are stored, never what a search finds.

    - ``flush_rows``: passages after which a commit finishes a segment and starts the next
    - ``full_rows``: the most passages of a segment that a merge creates. A search reads every segment, and a large one
      takes it little longer than a small one (see ``ivf``); but a commit may have to rewrite one
    - ``large_rows``: segments of this many passages and more are never merged for their size
    - ``tier_factor``: the segments of a tier have up to this many times the passages of those of the tier below; more
      segments than this in a tier are merged
    - ``smallest_tier``: the most passages of a segment of the lowest tier
    - ``deleted_share``: a segment with a larger share of deleted passages is rewritten
    - ``ivf_rows``: a segment of this many passages and more gets an inverted file; fewer are scanned in a millisecond
    - ``checked_bytes``: up to this size all checksums are verified before an index opens, above it in the background
    - ``generations``: how many generations commits keep
    """

    flush_rows: int = 1 << 18
    full_rows: int = 1 << 18
    large_rows: int = 1 << 17
    tier_factor: int = 8
    smallest_tier: int = 64
    deleted_share: float = 0.3
    ivf_rows: int = 50_000
    checked_bytes: int = 256 << 20
    generations: int = 3


DEFAULT_LIMITS = Limits()
