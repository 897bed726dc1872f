"""Embeds passages and their tokens through the embedding cache, so that no text is embedded twice.

Computed vectors are cached before they are used, so that an interrupted run does not compute them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.scoring import token_codes
from retriever.models.scoring.token_codes import TokenCodec
from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.models.embedding_model import EmbeddingModel
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
    """Embeds passages through the cache, and counts the computed and the cached ones."""

    model: EmbeddingModel
    cache: EmbeddingStore
    on_passages: Callable[[int], None]
    embedded: int = 0
    reused: int = 0

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
    """Embeds the tokens of passages, encoded as an index stores them (see ``token_codes``), through the cache.

    ``on_passages`` is called with the number of passages that are done.
    """

    model: EmbeddingModel
    cache: EmbeddingStore
    on_passages: Callable[[int], None] = lambda _: None

    def encode(self, passages: Sequence[Passage]) -> list[bytes]:
        """The encoded token vectors of each passage, which depend on its text and language only."""
        description = self.model.description
        codec = TokenCodec(description.dimension)
        fingerprint = token_fingerprint(description.fingerprint, self.model.centering.fingerprint, token_codes.NAME)
        hashes = [token_hash(passage) for passage in passages]
        found = self.cache.get_bytes(fingerprint, hashes)
        missing = {key: item for key, item in zip(hashes, passages, strict=True) if key not in found}
        self.on_passages(len(passages) - len(missing))
        keys = list(missing)
        for start in range(0, len(keys), self.model.batch_size):
            batch = keys[start : start + self.model.batch_size]
            texts = [missing[key].text for key in batch]
            encoded = self.model.embed_passage_tokens(texts, [missing[key].language for key in batch])
            values = [
                codec.encode(text, tokens, assign_sentences(split_sentences(text), tokens.spans[:, 0]))
                for text, tokens in zip(texts, encoded, strict=True)
            ]
            self.cache.put_bytes(fingerprint, batch, values)
            found.update(zip(batch, values, strict=True))
            self.on_passages(len(batch))
        return [found[key] for key in hashes]
