"""The scale of the scores of one search, and the evidence that it rests on."""

from __future__ import annotations

from retriever.frozen import dataclass

# Coverage up to FEW_WORDS is that of words which any passage on the subject may share, above it of the question's own.
FEW_WORDS, MANY_WORDS = 0.2, 0.6


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a ranking says about whether its question is answered.

    - ``similarity``: of the best passage, in standard deviations above the best of as many unrelated passages; by
      tokens where these were compared, else as a whole, 0 in lexical mode
    - ``whole``: the same as a whole, where ``similarity`` is by tokens; else 0
    - ``crossed``: 1 if the best passage is in another language than the question, else 0
    - ``few_words``, ``many_words``: how much of the question its words cover, 0 to 1, up to ``FEW_WORDS`` and above;
      0 in another language
    - ``length``: the logarithm of the number of the question's tokens, as far as more of them are more evidence, or of
      its terms where tokens were not compared
    - ``margin``: the log-odds by which it stands out from those behind it
    """

    similarity: float
    whole: float
    crossed: float
    few_words: float
    many_words: float
    length: float
    margin: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of one search: ``odds + moved`` are the log-odds that a passage answers.

    ``evidence`` is what it rests on; None where scores are as they were ranked, as those of a reranker.
    """

    moved: float = 0.0
    evidence: Evidence | None = None

    def apply(self, odds: float) -> float:
        """The log-odds that a passage answers, from those of the ranking."""
        return odds + self.moved


AS_RANKED = Scale()
