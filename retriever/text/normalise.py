"""Folding: the normal form in which texts are compared, with a mapping back to the original characters.

Folding removes the differences between compatibility forms (NFKC: full and half width, ligatures, circled digits),
the digits of all scripts, upper and lower case, traditional and simplified Han with their regional variants, letters
with and without diacritics (Latin, Greek, Cyrillic), Arabic and Hebrew with and without vowel points, and composed
and decomposed characters. Marks that distinguish words in their script are kept: kana voicing, Indic vowel signs,
Thai tones. Folded text is for comparison only; what is shown or cited is always the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from retriever.types import Span

# Sequences that form one character: conjoining jamo, and kana with a separate voicing mark.
_CLUSTER = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"
    "|[\u304b-\u30fe\uff66-\uff9d][\u3099\u309a\uff9e\uff9f]"
    "|[\uac00-\ud7a3][\u11a8-\u11c2]"
)

# Marks that are ignored: combining diacritics, Hebrew points, Arabic vowels, and invisible characters.
_DROPPED = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)

# Equivalent letters that Unicode does not decompose.
_EQUIVALENT = {
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    "ٱ": "ا",
}

# Scripts in which decomposing letters would remove marks that distinguish words.
_KEEPS_MARKS = re.compile("[\u0900-\u0dff\u3040-\u30ff\uac00-\ud7a3]")


@lru_cache(maxsize=1)
def _load_simplified() -> dict[str, str]:
    """The map from traditional, variant and Japanese forms of Han characters to simplified ones."""
    table = files("retriever.text").joinpath("simplified.txt").read_text(encoding="utf-8")
    characters, targets = table.split("\n")[:2]
    return dict(zip(characters, targets, strict=True))


def _fold_character(text: str) -> str:
    """The folded form of one character or of one cluster."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isdecimal():
        return "".join(str(unicodedata.decimal(digit)) for digit in text)
    parts = (part if _KEEPS_MARKS.match(part) else unicodedata.normalize("NFKD", part) for part in text)
    text = _DROPPED.sub("", "".join(parts))
    han = _load_simplified()
    return "".join(han.get(part, _EQUIVALENT.get(part, part)) for part in text)


class _FoldTable(dict[int, str]):
    """A table for ``str.translate`` that computes the entry of a character on first use."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_TABLE = _FoldTable()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. ``origins[i]`` is the span of ``text[i]`` in the original; None if all offsets are unchanged."""

    text: str
    origins: tuple[Span, ...] | None = None

    def span(self, start: int, end: int) -> Span:
        """The span in the original of the non-empty ``text[start:end]``."""
        if self.origins is None:
            return Span(start, end)
        return Span(self.origins[start].start, self.origins[end - 1].end)


def fold(text: str) -> str:
    """The folded form of a text."""
    if _CLUSTER.search(text):
        text = _CLUSTER.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return text.translate(_TABLE)


def fold_with_offsets(text: str) -> Folded:
    """The folded form of a text, with the original span of each of its characters."""
    odd = "".join(sorted(character for character in set(text) if len(_TABLE[ord(character)]) != 1))
    if not odd and not _CLUSTER.search(text):
        return Folded(text.translate(_TABLE))
    folded: list[str] = []
    origins: list[Span] = []
    position = 0
    for match in re.finditer(f"{_CLUSTER.pattern}|[{re.escape(odd)}]" if odd else _CLUSTER, text):
        start, end = match.span()
        folded.append(text[position:start].translate(_TABLE))
        origins.extend(Span(at, at + 1) for at in range(position, start))
        piece = fold(match[0])
        folded.append(piece)
        origins.extend([Span(start, end)] * len(piece))
        position = end
    folded.append(text[position:].translate(_TABLE))
    origins.extend(Span(at, at + 1) for at in range(position, len(text)))
    return Folded("".join(folded), tuple(origins))
