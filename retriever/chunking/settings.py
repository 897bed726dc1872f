"""Settings: the sizes of passages, and the context that is embedded with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.errors import UsageError

#: Increase it when the same document and settings may give other passages or other embedded texts than before.
CHUNKER_VERSION = "6"


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of the model, and the context that is embedded with a passage.

    Paragraphs are packed up to ``target`` and split above ``maximum``; a section below ``minimum`` may share a
    passage with its neighbour. ``embed_heading`` puts the heading trail before the embedded text, ``embed_title`` the
    document's title before that; together they take at most ``context`` characters.

    The defaults were chosen by measurement with the bundled model; docs/decisions/passage-length.md has the figures. A
    trail dominates the embedding of a short passage and only helps long ones, so it is not embedded; neither is the
    title (docs/decisions/headings-not-embedded.md).
    """

    target: int = 192
    maximum: int = 288
    minimum: int = 48
    embed_heading: bool = False
    embed_title: bool = False
    context: int = 96

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.target <= self.maximum:
            sizes = f"{self.minimum}, {self.target} and {self.maximum}"
            raise UsageError(f"chunk sizes must satisfy 1 <= minimum <= target <= maximum, not {sizes}")
        if self.context < 0:
            raise UsageError(f"the length of the embedded context must not be negative: {self.context}")

    @classmethod
    def of(cls, target: int) -> ChunkSettings:
        """The settings for passages of ``target`` tokens, with the other sizes in proportion to the defaults."""
        if isinstance(target, bool) or not isinstance(target, int):
            raise UsageError(f"the length of passages must be a whole number of tokens, not {target!r}")
        default = cls()
        if target == default.target:
            return default
        maximum = target * default.maximum // default.target
        return cls(target=target, maximum=maximum, minimum=max(1, target * default.minimum // default.target))

    @property
    def fingerprint(self) -> str:
        """Everything that determines passages and their embedded text, as one readable string."""
        context = f"{'heading' * self.embed_heading}+{'title' * self.embed_title}/{self.context}"
        return f"{CHUNKER_VERSION}|{self.minimum}-{self.target}-{self.maximum}|{context}"


def embedding_text(title: str, heading: Sequence[str], text: str, settings: ChunkSettings) -> str:
    """The text that is embedded for a passage: the context that the settings ask for, one line each, then the text.

    Headings that are part of the text are not repeated. If the context is longer than ``settings.context``
    characters, the longest parts are shortened first.
    """
    context = [title] if settings.embed_title and title else []
    if settings.embed_heading:
        context += heading
    context = [" ".join(part.split()) for part in context if part not in text]
    parts = _shorten([part for part in context if part], settings.context)
    return "\n".join((*parts, text))


def _shorten(parts: list[str], limit: int) -> list[str]:
    """The parts, each cut to the largest common length at which all of them fit into ``limit`` characters."""
    left = limit
    allowed: dict[int, int] = {}
    for rank, index in enumerate(sorted(range(len(parts)), key=lambda at: len(parts[at]))):
        share = left // (len(parts) - rank)
        allowed[index] = min(len(parts[index]), share)
        left -= allowed[index]
    return [part[: allowed[index]] for index, part in enumerate(parts) if allowed[index]]
