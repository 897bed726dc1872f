"""The names of sources and of what stands in them, by which a line of an answer that lists them is recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retriever.text.normalise import fold

# Words of a place in a source.
_PLACE = frozenset(map(fold, ("page", "pages", "p", "pp", "line", "lines", "see", "第", "页", "頁", "行", "见")))
#: Characters of scripts without spaces, and Hangul, as part of a character class.
DENSE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{DENSE}]+|[a-z\d]+|[^\W_a-z\d{DENSE}]+")


class SourceNames:
    """The words of the names."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._words = _PLACE.union(_WORD.findall(fold("\n".join(names))))

    def include(self, words: str) -> bool:
        """Whether words are those of names and places, and say nothing else."""
        found = _find_words(fold(words))
        return not found <= _PLACE and found <= self._words

    def may_include(self, beginning: str) -> bool:
        """Whether they may include a text that begins so, perhaps within a word."""
        folded = fold(beginning)
        last = max((match.start() for match in _WORD.finditer(folded) if match.end() == len(folded)), default=None)
        return _find_words(folded[:last]) <= self._words


def _find_words(folded: str) -> set[str]:
    return {word for word in _WORD.findall(folded) if not word.isdecimal()}
