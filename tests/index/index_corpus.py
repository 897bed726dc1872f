"""Small made-up documents for the tests of the index, and what the index has to answer about them, by brute force."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from retriever.filters import Filter
from retriever.index.identity import passage_id
from retriever.index.interface import (
    Addition,
    Candidates,
    Changes,
    PassageTerms,
    Selection,
    Snapshot,
    StoredPassage,
    indexed_text,
)
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.settings import IndexSettings
from retriever.types import Passage, StoredDocument

DIMENSION = 8
SETTINGS = IndexSettings(
    model="made up",
    model_name="made up",
    dimension=DIMENSION,
    encoder="made up",
    centering="",
    chunker="made up",
    analyzer="made up",
    passage_tokens=200,
    baseline=(0.0, 1.0, 0.0, 1.0),
)

# Segments of few passages, which are merged often.
SMALL_SEGMENTS = Limits(flush_rows=4, full_rows=32, large_rows=16, tier_factor=2, smallest_tier=2)
# An index that counts as large, so that its checksums are verified in the background.
LARGE_INDEX = Limits(checked_bytes=0)


def analyze(text: str) -> list[str]:
    # A path that is not UTF-8 may be a title; the analyzer proper gives no terms for what is not a character.
    return text.encode("utf-8", "replace").decode("utf-8").split()


def vector(text: str, dimension: int = DIMENSION) -> npt.NDArray[np.float32]:
    """A vector that follows from the text; its numbers are few, so that scores tie, and exact in half precision."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return (np.random.default_rng(seed).integers(-2, 3, dimension) / 4).astype(np.float32)


def addition(key: str, texts: Sequence[str], dimension: int = DIMENSION) -> Addition:
    passages = []
    start = 0
    for number, text in enumerate(texts):
        language = "zh" if number % 2 else "en"
        passages.append(
            Passage(text, start, start + len(text), ("chapter", key), number + 1, number + 1, language, len(text))
        )
        start += len(text) + 1
    document = StoredDocument(
        key=key,
        id=key,
        source=f"docs/{key}",
        file=f"/docs/{key}",
        file_hash=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(),
        hash=hashlib.sha256(" ".join(texts).encode()).hexdigest(),
        title=f"title of {key}",
        language="en",
        metadata={"year": len(texts), "tags": ["a", "b"]},
    )
    vectors = np.array([vector(text, dimension) for text in texts], np.float32).reshape(len(texts), dimension)
    return Addition(document, passages, vectors, terms_of(document, passages))


def terms_of(document: StoredDocument, passages: Sequence[Passage]) -> list[PassageTerms]:
    """The words of each passage, as the terms that an index is given."""
    words = [analyze(indexed_text(document, passage, number)) for number, passage in enumerate(passages)]
    return [PassageTerms(list(dict.fromkeys(own)), len(own)) for own in words]


def changes(removals: Iterable[str] = (), additions: Mapping[str, Sequence[str]] | None = None) -> Changes:
    return Changes(list(removals), [addition(key, texts) for key, texts in (additions or {}).items()], SETTINGS)


def create(path: Path, limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
    return LocalIndex.create(path, limits=limits)


def open_index(path: Path, limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
    return LocalIndex.open(path, limits=limits)


def build(path: Path, corpus: Mapping[str, Sequence[str]], limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
    index = create(path, limits)
    index.commit(changes(additions=corpus))
    return index


def stored_passages(snapshot: Snapshot) -> dict[str, list[StoredPassage]]:
    """The live passages of each document, by its key, in document order."""
    documents = list(snapshot.stored_documents())
    found: dict[str, list[StoredPassage]] = {document.key: [] for document in documents}
    for passages in snapshot.find_documents([document.id for document in documents]):
        found[passages[0].document.key] = passages
    assert all(document.passages == len(found[document.key]) for document in documents)
    return found


def refs_of(snapshot: Snapshot) -> list[int]:
    """The refs of all live passages."""
    return [stored.ref for passages in stored_passages(snapshot).values() for stored in passages]


def contents(index: LocalIndex) -> dict[str, list[str]]:
    """What the newest generation holds: each document's texts, by key."""
    return {
        key: [stored.passage.text for stored in passages] for key, passages in stored_passages(index.snapshot()).items()
    }


def selection(snapshot: Snapshot, ids: Collection[str]) -> Selection:
    """The live passages of these ids, by a filter that names the documents and pages that they are on."""
    pages = {
        key: [str(stored.passage.page) for stored in passages if stored.id in ids]
        for key, passages in stored_passages(snapshot).items()
    }
    parts = [f'document = "{key}" and page in ({", ".join(on)})' for key, on in pages.items() if on]
    return snapshot.select(Filter.parse(" or ".join(parts) or "page = 0"))


def sums(snapshot: Snapshot) -> dict[str, tuple[int, list[float]]]:
    """What ``languages`` says, comparable: equal only where every sum is, to the last bit."""
    return {code: (one.passages, one.vectors.tolist()) for code, one in snapshot.languages.items()}


Ranking: TypeAlias = list[tuple[str, float]]


def ranking(snapshot: Snapshot, found: Candidates) -> Ranking:
    ids = [stored.id for stored in snapshot.fetch(found.refs.tolist())]
    return list(zip(ids, found.scores.tolist(), strict=True))


class Oracle:
    """The answers of an index of these documents, found by looking at every passage."""

    def __init__(self, corpus: Mapping[str, Sequence[str]]) -> None:
        self.passages: dict[str, Passage] = {}
        self.searched: dict[str, str] = {}
        for key, texts in corpus.items():
            added = addition(key, texts)
            for number, passage in enumerate(added.passages):
                name = f"{passage_id(key, passage):016x}"
                self.passages[name] = passage
                self.searched[name] = indexed_text(added.document, passage, number)

    def dense(self, query: npt.NDArray[np.float32], limit: int, within: set[str] | None = None) -> Ranking:
        scores = {
            name: float(vector(passage.text).astype(np.float64) @ query.astype(np.float64))
            for name, passage in self._among(within)
        }
        ranked = _ranked(scores)
        return [item for item in ranked if len(ranked) <= limit or item[1] >= ranked[limit - 1][1]]

    def lexical(self, weights: Mapping[str, float], limit: int, within: set[str] | None = None) -> Ranking:
        scores = {
            name: sum(weight for term, weight in weights.items() if term in analyze(self.searched[name]))
            for name, _ in self._among(within)
        }
        return _ranked({name: score for name, score in scores.items() if score})[:limit]

    def document_frequency(self, term: str) -> int:
        return sum(term in analyze(text) for text in self.searched.values())

    def languages(self) -> dict[str, tuple[int, list[float]]]:
        """Passages and the sum of their vectors, by language; see ``sums``."""
        found: dict[str, list[npt.NDArray[np.float64]]] = {}
        for passage in self.passages.values():
            found.setdefault(passage.language, []).append(vector(passage.text).astype(np.float64))
        return {code: (len(vectors), np.sum(vectors, axis=0).tolist()) for code, vectors in found.items()}

    def mean_length(self) -> float:
        lengths = [len(analyze(text)) for text in self.searched.values()]
        return sum(lengths) / len(lengths) if lengths else 0.0

    def _among(self, within: set[str] | None) -> list[tuple[str, Passage]]:
        return [(name, passage) for name, passage in self.passages.items() if within is None or name in within]


def _ranked(scores: Mapping[str, float]) -> Ranking:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
