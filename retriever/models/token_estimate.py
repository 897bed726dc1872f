"""Estimates the tokens of a text for models that bring no tokenizer.

Tokenizers cut a word of Latin letters into pieces of about four characters, other alphabets into shorter ones, and
give a character of Han, Kana or Hangul a token of its own. The estimate is made for the least favourable of the usual
vocabularies, so it errs on the high side: a passage that is too short costs little, one that the model cuts
loses its end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.interface import ModelDescription

# By blocks of Unicode, as insides of character classes; combining marks go with the letter before them.
_MARKS = "\u0300-\u036f"
_LATIN = "a-z\u00aa\u00ba\u00c0-\u02b8\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff" + _MARKS
# Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian.
_ALPHABETS = "\u0370-\u052f\u0531-\u058a\u0591-\u05f4\u0610-\u06ff\u0750-\u077f\u08a0-\u08ff\u10a0-\u10ff\u1f00-\u1fff"
# The scripts of South and South-East Asia and Thaana, of which most vocabularies have few pieces.
_BRAHMIC = "\u0780-\u07bf\u0900-\u109f\u1780-\u17ff"
# Runs of capitals, as in abbreviations and codes, are rare in vocabularies. Digits often have a token each.
_PIECE = re.compile(f"[A-Z]?[{_LATIN}]{{1,4}}|[A-Z]{{1,2}}|[{_ALPHABETS}{_MARKS}]{{1,3}}|[{_BRAHMIC}]{{1,2}}|\\S")
# At the start and the end of an input.
_SPECIAL_TOKENS = 2


def estimate_token_spans(text: str) -> npt.NDArray[np.int32]:
    """The characters of each token that ``text`` may have: int32 [tokens, 2]."""
    return np.array([match.span() for match in _PIECE.finditer(text)], np.int32).reshape(-1, 2)


def estimate_passage_limit(description: ModelDescription) -> int:
    """The tokens of a passage that fit beside the prefix and the special tokens; at least 1."""
    prefix = len(estimate_token_spans(description.passage_prefix))
    return max(description.max_tokens - prefix - _SPECIAL_TOKENS, 1)
