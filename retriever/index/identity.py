"""The identity of a passage: the same words at the same place of the same document, in every index that holds them."""

from __future__ import annotations

import re

from xxhash import xxh3_64, xxh3_64_intdigest

from retriever.types import Passage


def passage_id(key: str, passage: Passage) -> int:
    """XXH3-64 of the document's key, the passage's offsets and its text; written as 16 hexadecimal digits."""
    state = xxh3_64(key.encode("utf-8", "surrogatepass"))
    state.update(f"\0{passage.start}\0{passage.end}\0".encode())
    state.update(passage.text.encode("utf-8", "surrogatepass"))
    return state.intdigest()


def parse_passage_id(name: str) -> int | None:
    """The number of a passage id of 16 hexadecimal digits; None for any other string."""
    return int(name, 16) if re.fullmatch("[0-9a-f]{16}", name) else None


def term_hash(term: str) -> int:
    """XXH3-64 of a term, which identifies it in stored counts."""
    return xxh3_64_intdigest(term.encode("utf-8", "surrogatepass"))
