"""Settings: the sizes of passages, and the context that is embedded with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.errors import UsageError

#: Increase it when the same document and settings may give other passages or other embedded texts than before.
CHUNKER_VERSION = "4"


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of the model, and the context that is embedded with a passage.

    Paragraphs are packed up to ``target`` and split above ``maximum``; a section below ``minimum`` may share a
    passage with its neighbour. ``embed_heading`` puts the heading trail before the embedded text, ``embed_title`` the
    document's title before that; together they take at most ``context`` characters.

    The defaults were chosen by measurement with the bundled model, by mean reciprocal rank. "reports" is 35 Chinese
    questions about details of five long reports in a larger corpus; "articles" is 300 questions of DRCD with the
    paragraphs of an article joined to a document. "hybrid" is the mean of the dense and BM25 scores, scaled per query;
    the maximum is 1.5 times the target:

    ====== ============= =============== ================ =============================
    target reports dense reports hybrid  articles hybrid  reports dense with the trail
    ====== ============= =============== ================ =============================
    64     0.83          0.92            -                0.80
    96     0.77          0.91            0.93             0.73
    128    0.67          0.89 to 0.91    0.93             0.66
    192    0.69          0.87            0.95             0.66
    256    0.61          0.86            0.95             0.63
    384    0.49          0.81            0.96             0.59
    ====== ============= =============== ================ =============================

    With late interaction the smaller sizes lose their lead. On questions of DRCD, hybrid with 30 candidates reranked,
    nDCG@10 is 0.983, 0.983 and 0.978 at 128, 192 and 256 tokens, and the first five passages contain the complete
    answer for 0.958, 0.990 and 0.995 of the questions. The default is a compromise between the two.

    These passages were filled to the target. Boundaries are now chosen by a hash of the words after them, which fills
    the passages of long runs to 0.7 of the target on average, so that 192 gives the lengths that 160 gave. Long
    paragraphs are divided evenly: compared with hashed boundaries, nDCG@10 is 0.986 instead of 0.985 (1,000 questions
    of DRCD, hybrid, token vectors stored in the index), the first five passages contain the complete answer for 0.987
    instead of 0.985 (600 questions, long documents), with 18 % fewer passages.

    A trail dominates the embedding of a short passage and only helps long ones, so it is not embedded. Neither is the
    title (articles, dense: 0.84 without, 0.82 with).
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
