"""The index on disk: passages, vectors and postings in immutable segments, one generation at a time.

``local.LocalIndex`` is the way in; ``interface`` is what ingestion and search know of it.
"""
