"""Language centering: removes the language from a vector.

A multilingual encoder keeps each language in a region of its own, so that a question is nearest to the passages of
its own language, whatever they say. Subtracting the mean of the language, separately for questions and passages,
brings them together (Yang et al. 2021, "A Simple and Effective Method To Eliminate the Self
Language Bias in Multilingual Representations", remove directions; the mean alone achieves most of it).

The means of the bundled model come from parallel texts, so that they differ by language and not by subject;
``benchmarks/language_means/make.py`` makes them. The vectors of a model without means stay unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass

if TYPE_CHECKING:
    from retriever.models.interface import ModelDescription
    from retriever.types import Vectors

# Of the mean over all languages this share is taken out as well: none leaves all texts too similar, all of it
# costs a little within one language. 0.5 to 0.75 measure the same.
COMMON_SHARE = 0.75
# A language shifts its tokens, once they are centered by the mean of all, in the direction in which it shifts its
# passages (cosine 0.997), but less: by this share (0.70 to 0.77 in eight languages).
TOKEN_SHARE = 0.73
DATA = "language_means.npz"
KINDS = ("query", "passage", "query_tokens", "passage_tokens")


@dataclass(frozen=True, slots=True)
class LanguageCentering:
    """What to subtract, by language code and kind of vector; "" is for languages without a mean of their own."""

    offsets: dict[str, dict[str, Vectors]]
    fingerprint: str

    def knows(self, language: str) -> bool:
        """Whether a language has a mean of its own. True for every language where the model has no means at all."""
        return not self.offsets or language in self.offsets["passage"]

    @property
    def remainder(self) -> Vectors:
        """The mean of a language's passages after centering, the same for every language: float32 [dimension].

        It is the share of the common mean that is not subtracted, in vectors that were scaled back to unit length.
        """
        common = self.offsets["passage"][""] / COMMON_SHARE
        length = np.sqrt(1 - COMMON_SHARE * (2 - COMMON_SHARE) * float(common @ common))
        result: Vectors = ((1 - COMMON_SHARE) / length * common).astype(np.float32)
        return result

    def scale_to_tokens(self, offset: Vectors) -> Vectors:
        """What to subtract from centered token vectors where ``offset`` is subtracted from centered passages."""
        result: Vectors = np.float32(TOKEN_SHARE) * offset
        return result

    def center(self, vectors: Vectors, languages: Sequence[str], kind: str) -> Vectors:
        """Unit vectors with their language removed: float32 [n, dimension], one language a row.

        ``kind`` is one of ``KINDS``.
        """
        if not self.offsets:
            return vectors
        table = self.offsets[kind]
        centered = vectors - np.stack([table.get(language, table[""]) for language in languages])
        return _normalise(centered)

    def center_tokens(self, vectors: Vectors, language: str, kind: str) -> Vectors:
        """The same for the token vectors of one text, float32 [tokens, dimension]."""
        if not self.offsets:
            return _normalise(vectors)
        table = self.offsets[kind]
        return _normalise(vectors - table.get(language, table[""]))


def subtract(vectors: Vectors, offset: Vectors) -> Vectors:
    """Vectors, float32 [..., dimension], less ``offset``, float32 [dimension], scaled to unit length."""
    return _normalise(vectors - offset)


def _normalise(vectors: Vectors) -> Vectors:
    # As ``np.linalg.norm``, which copies them once more.
    norms = np.sqrt(np.add.reduce(vectors * vectors, axis=-1, keepdims=True))
    result: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32, copy=False)
    return result


NONE = LanguageCentering({}, "")


def centering_of(description: ModelDescription) -> LanguageCentering:
    """The centering that is shipped for a model; one that changes nothing where there is none."""
    centering = _read_shipped()
    # An object that was handed in may have the name of a model and vectors of its own.
    fits = centering.offsets["passage"][""].shape == (description.dimension,)
    return centering if fits and centering.fingerprint.startswith(f"{description.name}|") else NONE


def find_centering(fingerprint: str) -> LanguageCentering:
    """The centering with a fingerprint, if it is shipped; one that changes nothing otherwise. Needs no model."""
    centering = _read_shipped()
    return centering if centering.fingerprint == fingerprint else NONE


@lru_cache(maxsize=1)
def _read_shipped() -> LanguageCentering:
    with files("retriever.models.scoring").joinpath(DATA).open("rb") as file, np.load(file) as data:
        codes = [str(code) for code in data["codes"]]
        offsets = {}
        for kind in KINDS:
            means = data[kind].astype(np.float32)
            common = means.mean(axis=0)
            rows = means - (1 - COMMON_SHARE) * common
            offsets[kind] = {"": COMMON_SHARE * common, **dict(zip(codes, rows, strict=True))}
        return LanguageCentering(offsets, f"{data['model']}|{data['digest']}|{COMMON_SHARE}")
