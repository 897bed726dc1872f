"""Finds the sentence of a question that asks, behind the story that it is told with.

People tell what happened before they ask. In late interaction every token counts alike, so a long story outweighs the
question. The tokens of the last sentence that ends with a question mark therefore count ``ASKED`` times. A question of
one sentence, or without a question mark, is compared as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    import numpy.typing as npt

# On 340 written lay questions of several sentences 2 to 6 are alike.
ASKED = 3.0
# The tokens that a sentence needs to ask for something: fewer only say "Why?".
LEAST = 3
_ASKS = re.compile(r"[?？؟⁇⁈⁉]\W*\Z")


def weigh_tokens(text: str, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.float64] | None:
    """The weights of a question's tokens, float64 [m], from their places in it, int32 [m, 2]; None if all are alike."""
    sentences = split_sentences(text)
    if len(sentences) < 2 or not len(spans):
        return None
    owners = assign_sentences(sentences, spans[:, 0])
    counts = np.bincount(owners, minlength=len(sentences))
    asking = [
        number
        for number, (sentence, count) in enumerate(zip(sentences, counts, strict=True))
        if count >= LEAST and _ASKS.search(text[sentence.start : sentence.end])
    ]
    return np.where(owners == asking[-1], ASKED, 1.0) if asking else None
