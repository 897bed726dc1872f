"""A batch of passages to embed: the unit of work that a model does, in this process or in another.

What a task gives depends on it and on the model alone, so that it may be done anywhere, and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from retriever.models.scoring.token_forms import find_codec
from retriever.models.threads import run_in_threads
from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import TokenVectors
    from retriever.types import Vectors


@dataclass(frozen=True, slots=True)
class Task:
    """Texts to embed, each in its language.

    - ``vectors``: whether their vectors are asked for
    - ``codec``: the form in which their token vectors are asked for; "" for none
    """

    texts: tuple[str, ...]
    languages: tuple[str, ...]
    vectors: bool = True
    codec: str = ""


class Embedded(NamedTuple):
    """What a task gives.

    ``vectors`` are those of the model before centering, float32 [texts, dimension], or [0, dimension] if none were
    asked for; ``tokens`` are encoded, and empty if none were asked for.
    """

    vectors: Vectors
    tokens: list[bytes]


def embed(model: EmbeddingModel, task: Task) -> Embedded:
    """Do a task with a model. Raises ModelError."""
    if not task.codec:
        return Embedded(model.embed_passages(task.texts), [])
    codec = find_codec(task.codec, model.description.dimension)
    encoded = [b""] * len(task.texts)

    def encode(place: int, own: TokenVectors) -> None:
        text = task.texts[place]
        encoded[place] = codec.encode(text, own, assign_sentences(split_sentences(text), own.spans[:, 0]))

    if task.vectors:
        return Embedded(model.embed_passages_each(task.texts, task.languages, encode), encoded)
    tokens = model.embed_passage_tokens(task.texts, task.languages)
    run_in_threads(lambda place: encode(place, tokens[place]), [len(own.vectors) for own in tokens])
    return Embedded(np.zeros((0, model.description.dimension), np.float32), encoded)


class Embedder(Protocol):
    """Does tasks, in this process or elsewhere."""

    @property
    def batch_size(self) -> int:
        """How many passages to ask for in one task."""

    @property
    def look_ahead(self) -> int:
        """How many passages to announce before they are asked for; 0 for none."""

    def announce(self, task: Task) -> None:
        """Begin with what will soon be asked for, where that is possible. What is never asked for is forgotten."""

    def run(self, task: Task) -> Embedded:
        """Do a task. Raises ModelError."""


@dataclass(frozen=True, slots=True)
class LocalEmbedder:
    """Embeds in this process; see ``Embedder``."""

    model: EmbeddingModel
    look_ahead: int = 0

    @property
    def batch_size(self) -> int:
        """See ``Embedder.batch_size``."""
        return self.model.batch_size

    def announce(self, task: Task) -> None:
        """See ``Embedder.announce``."""

    def run(self, task: Task) -> Embedded:
        """See ``Embedder.run``."""
        return embed(self.model, task)
