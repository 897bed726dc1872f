"""``EmbeddingModel``: an encoder with everything that indexing and searching need of a model.

Capabilities that the encoder lacks are replaced here, or reported as missing. Nothing depends on which encoder it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from retriever.arguments import require_count, require_flag, require_texts
from retriever.models import checks
from retriever.models.interface import (
    BatchEncoder,
    Encoder,
    IndexingEncoder,
    PassageEncoder,
    TokenEncoder,
    Tokenizer,
    TokenVectors,
)
from retriever.models.scoring.language_centering import centering_of
from retriever.models.threads import run_in_threads
from retriever.models.token_cache import Key, TokenVectorCache
from retriever.models.token_estimate import estimate_passage_limit, estimate_token_spans

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

Result = TypeVar("Result")

BATCH_SIZE = 64
"""Passages embedded in one call, and so the most that a killed sync loses, unless the encoder states a number."""
CACHE_BYTES = 64 << 20
"""Size of the cache of token vectors: enough for about 700 passages of 120 tokens with the bundled model."""


class EmbeddingModel:
    """A model as the library uses it. Safe to use from several threads where its encoder is.

    ``encoder`` is the object that computes, ``description`` what it says of itself, ``centering`` removes the
    language from its vectors, ``has_token_vectors`` is whether it can do late interaction, ``batch_size`` the number of
    passages that it wants in one call, ``baselines`` what ``measure_baseline`` has measured, by the codec's name, and
    ``loaded_by`` the function, with its arguments, by which another process gets a model that has a name.
    """

    def __init__(self, encoder: Encoder, *, checked: bool = True, cache_bytes: int = CACHE_BYTES) -> None:
        """Wrap an object that satisfies ``Encoder``, and further capabilities of ``interface`` as it can.

        ``checked`` is whether to check what it returns; ``cache_bytes`` bounds the cache of
        token vectors. Raises UsageError where the object lacks a member.
        """
        require_flag("checked", checked)
        require_count("cache_bytes", cache_bytes)
        self.encoder = encoder
        self._checked = checked
        self._cache_bytes = cache_bytes
        self.loaded_by: tuple[Callable[..., EmbeddingModel], tuple[str, ...]] | None = None
        if checked:
            checks.check_encoder(encoder)
            name = type(encoder).__name__
            self.description = checks.check_description(encoder, checks.call(name, lambda: encoder.description))
        else:
            self.description = encoder.description
        self.centering = centering_of(self.description)
        self.has_token_vectors = checks.offers(encoder, *checks.TOKEN_ENCODER)
        self.batch_size = BATCH_SIZE
        if checks.offers(encoder, "batch_size"):
            self.batch_size = max(int(self._call(lambda: cast(BatchEncoder, encoder).batch_size)), 1)
        self._encodes_both = checks.offers(encoder, *checks.PASSAGE_ENCODER)
        self._has_tokenizer = checks.offers(encoder, *checks.TOKENIZER)
        self._token_vectors = TokenVectorCache(cache_bytes)
        self.baselines: dict[str, tuple[float, ...]] = {}

    @classmethod
    def of(cls, model: Encoder | EmbeddingModel) -> EmbeddingModel:
        """``model`` itself where it is one already."""
        return model if isinstance(model, EmbeddingModel) else cls(model)

    def __reduce__(self) -> tuple[Callable[..., EmbeddingModel], tuple[object, ...]]:
        """Where it is unpickled or copied it is loaded by its name, or made of the pickled object of a program."""
        make = partial(EmbeddingModel, checked=self._checked, cache_bytes=self._cache_bytes)
        return self.loaded_by or (make, (self.encoder,))

    @property
    def is_immediate(self) -> bool:
        """Whether it computes in this process, and nothing that it does waits for a server or for code of a program."""
        return not self._checked

    @property
    def passage_limit(self) -> int:
        """The most tokens, as ``token_spans`` counts them, that a passage may have without being cut."""
        if self._has_tokenizer:
            return max(int(self._call(lambda: cast(Tokenizer, self.encoder).passage_limit)), 1)
        return estimate_passage_limit(self.description)

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        """The characters of each token in a text of any length: int32 [tokens, 2]; estimated without a tokenizer."""
        if not self._has_tokenizer:
            return estimate_token_spans(text)
        spans = self._call(cast(Tokenizer, self.encoder).token_spans, text)
        return checks.check_spans(self.description.name, spans, text) if self._checked else spans

    def make_counter(self) -> Callable[[str], int]:
        """A function that counts the tokens which ``token_spans`` finds, for texts that repeat each other."""
        make = None if self._checked else getattr(self.encoder, "make_counter", None)
        return make() if make else lambda text: len(self.token_spans(text))

    @property
    def token_spans_of_many(self) -> Callable[[Sequence[str]], Sequence[npt.NDArray[np.int32]]] | None:
        """``token_spans`` for many texts in one call; None for an encoder that is not faster at it."""
        # An object of a program is asked for one text at a time, as its protocol says.
        return None if self._checked else getattr(self.encoder, "token_spans_of_many", None)

    def open_early(self) -> None:
        """Let the encoder open its files beside what is done next, where it can: the first text then waits less."""
        # An object of a program is asked for nothing that no protocol has.
        if not self._checked and hasattr(self.encoder, "open_early"):
            self.encoder.open_early()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """float32 [len(texts), dimension], not centered. Raises UsageError for what is not a list of texts."""
        return self._embed(self.encoder.encode_queries, texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """float32 [len(texts), dimension], not centered: the form in which vectors are cached.

        Raises UsageError for what is not a list of texts.
        """
        return self._embed(self.encoder.encode_passages, texts)

    def embed_query_tokens(self, text: str, language: str) -> TokenVectors:
        """The tokens of a question that take part in late interaction, centered and of unit length.

        Tokens without a letter or digit stay out, unless there are no others: a question mark is answered by any
        passage. On DRCD that raises nDCG@10 from 0.983 to 0.986.
        """
        tokens = self._call(self._token_encoder.encode_query_tokens, text)
        if self._checked:
            tokens = checks.check_token_vectors(self.description, tokens, text)
        has_word = np.array([any(map(str.isalnum, text[start:end])) for start, end in tokens.spans], bool)
        if not has_word.any():
            has_word[:] = True
        vectors = self.centering.center_tokens(tokens.vectors[has_word], language, "query_tokens")
        return TokenVectors(vectors, tokens.spans[has_word])

    def embed_passage_tokens(self, texts: Sequence[str], languages: Sequence[str]) -> list[TokenVectors]:
        """The tokens of passages, centered and of unit length."""
        return self._center_tokens(self._call(self._token_encoder.encode_passage_tokens, texts), texts, languages)

    def embed_passages_with_tokens(
        self, texts: Sequence[str], languages: Sequence[str]
    ) -> tuple[Vectors, list[TokenVectors]]:
        """``embed_passages`` and ``embed_passage_tokens``, in one pass where the encoder can do that."""
        if not self._encodes_both:
            return self.embed_passages(texts), self.embed_passage_tokens(texts, languages)
        both = self._call(cast(PassageEncoder, self.encoder).encode_passages_with_tokens, texts)
        vectors, tokens = checks.check_pair(self.description.name, both) if self._checked else both
        if self._checked:
            vectors = checks.check_vectors(self.description, vectors, len(texts))
        return vectors, self._center_tokens(tokens, texts, languages)

    def embed_passages_each(
        self, texts: Sequence[str], languages: Sequence[str], take: Callable[[int, TokenVectors], None]
    ) -> Vectors:
        """``embed_passages``; ``take`` gets the place of each passage and its tokens as of ``embed_passage_tokens``.

        Several threads call it, in no order, where the encoder can do that as soon as a passage is encoded.
        """

        def center(place: int, tokens: TokenVectors) -> None:
            vectors = self.centering.center_tokens(tokens.vectors, languages[place], "passage_tokens")
            take(place, TokenVectors(vectors, tokens.spans))

        # An object of a program is asked for nothing that no protocol has.
        if not self._checked and hasattr(self.encoder, "encode_passages_each"):
            return cast("Vectors", self.encoder.encode_passages_each(texts, center))
        vectors, tokens = self.embed_passages_with_tokens(texts, languages)
        run_in_threads(lambda place: take(place, tokens[place]), [len(own.vectors) for own in tokens])
        return vectors

    def _center_tokens(
        self, encoded: list[TokenVectors], texts: Sequence[str], languages: Sequence[str]
    ) -> list[TokenVectors]:
        """Passage tokens as the encoder returned them, checked and centered."""
        if self._checked:
            results = checks.check_list(self.description.name, encoded, len(texts))
            pairs = zip(results, texts, strict=True)
            encoded = [checks.check_token_vectors(self.description, tokens, text) for tokens, text in pairs]
        return [
            TokenVectors(self.centering.center_tokens(tokens.vectors, language, "passage_tokens"), tokens.spans)
            for tokens, language in zip(encoded, languages, strict=True)
        ]

    def cached_passage_tokens(self, texts: Sequence[str], languages: Sequence[str]) -> list[TokenVectors]:
        """As ``embed_passage_tokens``, in half precision; a passage that was asked for lately is not embedded again."""

        def embed(keys: Sequence[Key]) -> list[TokenVectors]:
            return self.embed_passage_tokens([text for text, _ in keys], [language for _, language in keys])

        return self._token_vectors.get(list(zip(texts, languages, strict=True)), embed)

    @contextmanager
    def indexing(self) -> Iterator[None]:
        """Hold what the encoder needs for many passages, such as its whole vocabulary, and let go of it at the end."""
        if not checks.offers(self.encoder, "indexing"):
            yield
            return
        holding = self._call(cast(IndexingEncoder, self.encoder).indexing)
        self._call(holding.__enter__)
        try:
            yield
        finally:
            self._call(holding.__exit__, None, None, None)

    @property
    def _token_encoder(self) -> TokenEncoder:
        return cast(TokenEncoder, self.encoder)

    def _embed(self, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> Vectors:
        require_texts("texts", texts)
        vectors = self._call(encode, texts)
        return checks.check_vectors(self.description, vectors, len(texts)) if self._checked else vectors

    def _call(self, function: Callable[..., Result], *arguments: object) -> Result:
        return checks.call(self.description.name, function, *arguments) if self._checked else function(*arguments)
