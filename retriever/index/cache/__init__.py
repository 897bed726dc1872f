"""The embedding cache: what was embedded, by fingerprint and text hash, beside an index or in the user's cache."""
