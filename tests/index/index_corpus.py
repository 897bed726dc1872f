"""Small made-up documents for the tests of the index, and what the index has to answer about them, by brute force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from retriever.index.identity import passage_id
from retriever.index.interface import Addition, Candidates, Changes, StoredDocument, searched
from retriever.index.local.index import LocalIndex
from retriever.types import Passage

DIMENSION = 8
SETTINGS = {"encoder": "made up", "passage_tokens": 200}


def analyze(text: str) -> list[str]:
    # A path that is not UTF-8 may be a title; the analyzer proper gives no terms for what is no character.
    return text.encode("utf-8", "replace").decode("utf-8").split()


def vector(text: str, dimension: int = DIMENSION) -> np.ndarray:
    """A vector that follows from the text; its numbers are few, so that scores tie, and exact in half precision."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return (np.random.default_rng(seed).integers(-2, 3, dimension) / 4).astype(np.float32)


def addition(key: str, texts: Sequence[str], dimension: int = DIMENSION) -> Addition:
    passages = []
    start = 0
    for number, text in enumerate(texts):
        language = "zh" if number % 2 else "en"
        passages.append(
            Passage(text, start, start + len(text), ("chapter", key), number + 1, None, language, len(text))
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
    return Addition(document, passages, vectors)


def changes(removals: Iterable[str] = (), additions: Mapping[str, Sequence[str]] | None = None) -> Changes:
    return Changes(list(removals), [addition(key, texts) for key, texts in (additions or {}).items()], SETTINGS)


def create(path: Path, **options: int) -> LocalIndex:
    return LocalIndex.create(path, analyze=analyze, **options)


def open_index(path: Path) -> LocalIndex:
    return LocalIndex.open(path, analyze=analyze)


def build(path: Path, corpus: Mapping[str, Sequence[str]]) -> LocalIndex:
    index = create(path)
    index.commit(changes(additions=corpus))
    return index


def contents(index: LocalIndex) -> dict[str, list[str]]:
    """What the newest generation holds: each document's texts, by key."""
    snapshot = index.snapshot()
    return {
        document.key: [stored.passage.text for stored in snapshot.passages(refs.tolist())]
        for refs, document in snapshot.documents()
    }


Ranking = list[tuple[str, float]]


def ranking(index: LocalIndex, found: Candidates) -> Ranking:
    ids = [stored.id for stored in index.snapshot().passages(found.refs.tolist())]
    return list(zip(ids, found.scores.tolist(), strict=True))


class Oracle:
    """The answers of an index of these documents, found by looking at every passage."""

    def __init__(self, corpus: Mapping[str, Sequence[str]]) -> None:
        self.passages = {}
        self.searched = {}
        for key, texts in corpus.items():
            added = addition(key, texts)
            for number, passage in enumerate(added.passages):
                name = f"{passage_id(key, passage):016x}"
                self.passages[name] = passage
                self.searched[name] = searched(added.document, passage, number)

    def dense(self, query: np.ndarray, limit: int, within: set[str] | None = None) -> Ranking:
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

    def mean_length(self) -> float:
        lengths = [len(analyze(text)) for text in self.searched.values()]
        return sum(lengths) / len(lengths) if lengths else 0.0

    def _among(self, within: set[str] | None) -> list[tuple[str, Passage]]:
        return [(name, passage) for name, passage in self.passages.items() if within is None or name in within]


def _ranked(scores: Mapping[str, float]) -> Ranking:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
