"""Embeds passages and their tokens through the embedding cache, so that no text is embedded twice.

Computed vectors are cached before they are used, so that an interrupted run does not compute them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from retriever.ingest.workers.task import LocalEmbedder, Task

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.ingest.workers.task import Embedder
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.types import Passage, Vectors


Item = TypeVar("Item")


def text_hash(text: str) -> bytes:
    """The cache key of a text: BLAKE2b, 16 bytes, of its UTF-8 form."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def token_fingerprint(encoder: str, centering: str, form: str) -> str:
    """The cache fingerprint of token vectors: those of model and centering, and the name of their encoding."""
    return f"{encoder}|{centering}|{form}"


def token_hash(passage: Passage) -> bytes:
    """The cache key of a passage's token vectors, which depend on its text and language."""
    return text_hash(f"{passage.language}\n{passage.text}")


@dataclass(slots=True)
class CachedEmbedder:
    """Embeds passages through the cache, and counts the computed and the cached ones.

    ``on_passages`` is called with the number of passages that are done. ``workers`` does the work, by default this
    process.
    """

    model: EmbeddingModel
    cache: EmbeddingStore
    on_passages: Callable[[int], None] = lambda _: None
    embedded: int = 0
    reused: int = 0
    workers: Embedder | None = None

    @property
    def look_ahead(self) -> int:
        """How many passages to announce before they are embedded."""
        return self.workers.look_ahead if self.workers else 0

    def announce(self, texts: Sequence[str], passages: Sequence[Passage], codec: TokenCodec | None) -> None:
        """Let the workers begin with what ``embed`` or ``embed_with_tokens`` will be asked for."""
        if self.workers is None:
            return
        alone = [(text, passage.language) for text, passage in zip(texts, passages, strict=True)]
        if codec:
            tokens = CachedTokenEncoder(self.model, self.cache, codec, self.workers)
            plain = [passage for text, passage in zip(texts, passages, strict=True) if text == passage.text]
            both = {passage.text: passage.language for passage in self._list_new(plain, tokens)}
            self.workers.announce(_make_task(both.items(), codec=codec.name))
            alone = [pair for pair in alone if pair[0] not in both]
            rest = [passage for passage in tokens.find_missing(passages) if both.get(passage.text) != passage.language]
            own = dict.fromkeys((passage.text, passage.language) for passage in rest)
            self.workers.announce(_make_task(own, vectors=False, codec=codec.name))
        known = self.cache.get(self.model.description.fingerprint, [text_hash(text) for text, _ in alone])
        missing = dict.fromkeys((text, "") for text, _ in alone if text_hash(text) not in known)
        self.workers.announce(_make_task(missing))

    def embed_with_tokens(
        self, texts: Sequence[str], passages: Sequence[Passage], codec: TokenCodec
    ) -> tuple[Vectors, list[bytes]]:
        """What ``embed`` and ``CachedTokenEncoder.encode`` give, each new passage in one pass through the model.

        A text of ``texts`` that is not just that of its passage takes two.
        """
        tokens = CachedTokenEncoder(self.model, self.cache, codec, self.workers)
        plain = [passage for text, passage in zip(texts, passages, strict=True) if text == passage.text]
        done = self._embed_both(plain, tokens)
        report, self.on_passages = self.on_passages, lambda _: None
        try:
            vectors = self.embed(texts, [passage.language for passage in passages])
        finally:
            self.on_passages = report
        # They came from the cache just now, where they were put before.
        self.embedded += done
        self.reused -= done
        encoded = tokens.encode(passages)
        self.on_passages(len(passages) - done)
        return vectors, encoded

    def _embed_both(self, passages: Sequence[Passage], tokens: CachedTokenEncoder) -> int:
        """Cache vectors and token vectors of passages that have neither; the number of these."""
        workers = self.workers or LocalEmbedder(self.model)
        new = self._list_new(passages, tokens)
        for items in _split(new, workers.batch_size):
            pairs = [(item.text, item.language) for item in items]
            vectors, encoded = workers.run(_make_task(pairs, codec=tokens.codec.name))
            self.cache.put(self.model.description.fingerprint, [text_hash(item.text) for item in items], vectors)
            tokens.put(items, encoded)
            self.on_passages(len(items))
        return len(new)

    def _list_new(self, passages: Sequence[Passage], tokens: CachedTokenEncoder) -> list[Passage]:
        """The passages that have neither vector nor token vectors. Equal texts in two languages have one vector."""
        missing = tokens.find_missing(passages)
        known = self.cache.get(self.model.description.fingerprint, [text_hash(passage.text) for passage in missing])
        by_text = {text_hash(passage.text): passage for passage in missing}
        return [passage for key, passage in by_text.items() if key not in known]

    def count_missing(self, texts: Sequence[str]) -> int:
        """How many of the texts have no vector in the cache."""
        hashes = {text_hash(text) for text in texts}
        return len(hashes - self.cache.get(self.model.description.fingerprint, hashes).keys())

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Vectors of ``texts`` in order, centered by language, float32 [len(texts), dimension].

        Equal texts are computed once. The cache contains the vectors of the model before centering.
        """
        if not texts:
            return np.zeros((0, self.model.description.dimension), np.float32)
        fingerprint = self.model.description.fingerprint
        hashes = [text_hash(text) for text in texts]
        found = self.cache.get(fingerprint, hashes)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in found}
        self.reused += len(texts) - len(missing)
        self.on_passages(len(texts) - len(missing))
        workers = self.workers or LocalEmbedder(self.model)
        for batch in _split(list(missing), workers.batch_size):
            vectors, _ = workers.run(_make_task([(missing[key], "") for key in batch]))
            self.cache.put(fingerprint, batch, vectors)
            # Read back: the cache rounds vectors, and the result must not depend on whether they were cached.
            found.update(self.cache.get(fingerprint, batch))
            self.embedded += len(batch)
            self.on_passages(len(batch))
        vectors = np.stack([found[key] for key in hashes]).astype(np.float32)
        return self.model.centering.center(vectors, languages, "passage")


@dataclass(slots=True)
class CachedTokenEncoder:
    """Embeds the tokens of passages, encoded as an index stores them (see ``token_codes``), through the cache."""

    model: EmbeddingModel
    cache: EmbeddingStore
    codec: TokenCodec
    workers: Embedder | None = None

    def encode(self, passages: Sequence[Passage]) -> list[bytes]:
        """The encoded token vectors of each passage, which depend on its text and language only."""
        hashes = [token_hash(passage) for passage in passages]
        found = self.cache.get_bytes(self._fingerprint, hashes)
        missing = list({key: item for key, item in zip(hashes, passages, strict=True) if key not in found}.values())
        workers = self.workers or LocalEmbedder(self.model)
        for batch in _split(missing, workers.batch_size):
            pairs = [(passage.text, passage.language) for passage in batch]
            found.update(self.put(batch, workers.run(_make_task(pairs, vectors=False, codec=self.codec.name)).tokens))
        return [found[key] for key in hashes]

    def find_missing(self, passages: Sequence[Passage]) -> list[Passage]:
        """The passages whose token vectors are not cached."""
        hashes = [token_hash(passage) for passage in passages]
        found = self.cache.get_bytes(self._fingerprint, hashes)
        return [passage for key, passage in zip(hashes, passages, strict=True) if key not in found]

    def put(self, passages: Sequence[Passage], tokens: Sequence[bytes]) -> dict[bytes, bytes]:
        """Cache the encoded token vectors of passages; what was cached, by its key."""
        values = {token_hash(passage): own for passage, own in zip(passages, tokens, strict=True)}
        self.cache.put_bytes(self._fingerprint, list(values), list(values.values()))
        return values

    @property
    def _fingerprint(self) -> str:
        description, centering = self.model.description, self.model.centering
        return token_fingerprint(description.fingerprint, centering.fingerprint, self.codec.name)


def _make_task(pairs: Iterable[tuple[str, str]], *, vectors: bool = True, codec: str = "") -> Task:
    """The task of texts, each with its language."""
    pairs = list(pairs)
    return Task(tuple(text for text, _ in pairs), tuple(language for _, language in pairs), vectors, codec)


def _split(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in batches."""
    return (items[start : start + size] for start in range(0, len(items), size))
