"""Embeds passages and their tokens through the embedding cache, so that no text is embedded twice.

Computed vectors are cached before they are used, so that an interrupted run does not compute them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import TokenVectors
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.types import Passage, Vectors


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

    ``on_passages`` is called with the number of passages that are done.
    """

    model: EmbeddingModel
    cache: EmbeddingStore
    on_passages: Callable[[int], None] = lambda _: None
    embedded: int = 0
    reused: int = 0

    def embed_with_tokens(
        self, texts: Sequence[str], passages: Sequence[Passage], codec: TokenCodec
    ) -> tuple[Vectors, list[bytes]]:
        """What ``embed`` and ``CachedTokenEncoder.encode`` give, each new passage in one pass through the model.

        A text of ``texts`` that is not just that of its passage takes two.
        """
        tokens = CachedTokenEncoder(self.model, self.cache, codec)
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
        fingerprint = self.model.description.fingerprint
        missing = tokens.find_missing(passages)
        known = self.cache.get(fingerprint, [text_hash(passage.text) for passage in missing])
        # Equal texts in two languages have one vector.
        by_text = {text_hash(passage.text): passage for passage in missing}
        keys = [key for key in by_text if key not in known]
        for start in range(0, len(keys), self.model.batch_size):
            batch = keys[start : start + self.model.batch_size]
            items = [by_text[key] for key in batch]
            vectors, encoded = self.model.embed_passages_with_tokens(
                [item.text for item in items], [item.language for item in items]
            )
            self.cache.put(fingerprint, batch, vectors)
            tokens.put(items, encoded)
            self.on_passages(len(batch))
        return len(keys)

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
        keys = list(missing)
        for start in range(0, len(keys), self.model.batch_size):
            batch = keys[start : start + self.model.batch_size]
            vectors = self.model.embed_passages([missing[key] for key in batch])
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

    def encode(self, passages: Sequence[Passage]) -> list[bytes]:
        """The encoded token vectors of each passage, which depend on its text and language only."""
        hashes = [token_hash(passage) for passage in passages]
        found = self.cache.get_bytes(self._fingerprint, hashes)
        missing = list({key: item for key, item in zip(hashes, passages, strict=True) if key not in found}.values())
        for start in range(0, len(missing), self.model.batch_size):
            batch = missing[start : start + self.model.batch_size]
            tokens = self.model.embed_passage_tokens(
                [passage.text for passage in batch], [passage.language for passage in batch]
            )
            found.update(self.put(batch, tokens))
        return [found[key] for key in hashes]

    def find_missing(self, passages: Sequence[Passage]) -> list[Passage]:
        """The passages whose token vectors are not cached."""
        hashes = [token_hash(passage) for passage in passages]
        found = self.cache.get_bytes(self._fingerprint, hashes)
        return [passage for key, passage in zip(hashes, passages, strict=True) if key not in found]

    def put(self, passages: Sequence[Passage], tokens: Sequence[TokenVectors]) -> dict[bytes, bytes]:
        """Encode and cache the token vectors of passages; what was cached, by its key."""
        values = {
            token_hash(passage): self.codec.encode(
                passage.text, own, assign_sentences(split_sentences(passage.text), own.spans[:, 0])
            )
            for passage, own in zip(passages, tokens, strict=True)
        }
        self.cache.put_bytes(self._fingerprint, list(values), list(values.values()))
        return values

    @property
    def _fingerprint(self) -> str:
        description, centering = self.model.description, self.model.centering
        return token_fingerprint(description.fingerprint, centering.fingerprint, self.codec.name)
