"""Which characters, and which sequences of them, are written for one another: the tables of folding.

Nothing here folds a text; see ``normalise``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from retriever.lazy import compile_later
from retriever.text.tables import CharacterTable

if TYPE_CHECKING:
    import numpy.typing as npt

#: Letters that are equivalent although Unicode decomposes neither.
LETTERS = {
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
#: These and more, since version 2. The letters of Malayalam and Bengali without a vowel (chillu, khanda ta) are also
#: written with a virama; Devanagari, Gurmukhi and Gujarati write one nasal sign for the other.
ALL_LETTERS = {
    **LETTERS,
    "ڪ": "ك",
    "ۃ": "ه",
    "\u0901": "\u0902",
    "\u0a01": "\u0a02",
    "\u0a81": "\u0a82",
    "\u09ce": "\u09a4\u09cd",
    "\u0d7a": "\u0d23\u0d4d",
    "\u0d7b": "\u0d28\u0d4d",
    "\u0d7c": "\u0d30\u0d4d",
    "\u0d7d": "\u0d32\u0d4d",
    "\u0d7e": "\u0d33\u0d4d",
    "\u0d7f": "\u0d15\u0d4d",
    **dict(zip("〡〢〣〤〥〦〧〨〩", "一二三四五六七八九", strict=True)),
}

#: Sequences that form one character: conjoining jamo, and kana with a separate voicing mark.
CLUSTER = compile_later(
    "[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"
    "|[\u304b-\u30fe\uff66-\uff9d][\u3099\u309a\uff9e\uff9f]"
    "|[\uac00-\ud7a3][\u11a8-\u11c2]"
)

#: The signs of a number that is written digit by digit.
HAN_DIGITS = {**{digit: str(number) for number, digit in enumerate("〇一二三四五六七八九")}, "零": "0", "○": "0"}
_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}0]"
# Sequences of folded characters that stand for another one, each with the characters that one of them contains.
_SEQUENCES = (
    # Iteration marks repeat the character before them: 人々, いすゞ.
    "(?P<repeated>[\u3400-\u4dbf\u4e00-\u9fff]々+"
    "|[\u3041-\u3096\u30a1-\u30fa][ゝゞヽヾ\u3099\u309a]*[ゝゞヽヾ][\u3099\u309a]*)"
    "|(?P<composed>[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|[\u304b-\u3096\u309d-\u30fe][\u3099\u309a]"
    "|[\uac00-\ud7a3][\u11a8-\u11c2])"
    # A year digit by digit, 二〇二二 and 一九九八, also with other signs for 0.
    f"|(?P<year>(?<!{_HAN_DIGIT})(?:二[〇零○0]|一[八九]){_HAN_DIGIT}{{2}}(?!{_HAN_DIGIT}))"
    # A unit with an exponent: m² is ㎡, and no 2 after a number or word (10⁶, a note²).
    "|(?P<unit>(?<![a-z])[a-z]{1,3}\\^[0-9])"
    # Hindi writes a nasal before a consonant of its class as one sign as well: हिन्दी, हिंदी.
    "|(?P<nasal>ङ्[क-घ]|ञ्[च-झ]|ण्[ट-ढ]|न्[त-ध]|म्[प-भ])"
    # Thai and Lao: two vowels typed for the one that looks like them; a tone typed within sara am.
    "|(?P<double>เเ|ເເ)"
    "|(?P<am>\u0e4d[\u0e48-\u0e4b]\u0e32|\u0ecd[\u0ec8-\u0ecb]\u0eb2)"
)
SEQUENCE = compile_later(_SEQUENCES)
# What every sequence contains: one of these characters, or one of these pairs by a character that is looked for first.
_SIGN = re.compile("[\u1160-\u11ff\u3099\u309a々ゝヽゞヾ^\u094d\u0e4d\u0ecd]")
_PAIRS = {"一": ("一八", "一九"), "二": ("二〇", "二零", "二○", "二0"), "เ": ("เเ",), "ເ": ("ເເ",)}

# What a character may be: neither, the first of such a pair, such a sign.
_PLAIN, _FIRST, _SIGNED = 1, 2, 3


def may_resolve(folded: str) -> bool:
    """Whether a folded text may contain a match of ``SEQUENCE``, in a fraction of the time that it takes to look."""
    return _SIGN.search(folded) is not None or any(
        first in folded and any(map(folded.__contains__, pairs)) for first, pairs in _PAIRS.items()
    )


def find_sequences(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """Where ``SEQUENCE`` may match in texts of which each character is folded: intp [n], in no order.

    ``codes`` are their code points, with one more behind them. A text without such a place has no match.
    """
    kinds = _KINDS.look_up(codes)
    signs, firsts = np.flatnonzero(kinds == _SIGNED), np.flatnonzero(kinds == _FIRST)
    first, second = codes[firsts], codes[np.minimum(firsts + 1, len(codes) - 1)]
    is_pair = np.zeros(len(firsts), bool)
    for pair in chain.from_iterable(_PAIRS.values()):
        is_pair |= (first == ord(pair[0])) & (second == ord(pair[1]))
    return np.concatenate((signs, firsts[is_pair]))


def _describe(characters: str) -> list[int]:
    return [_SIGNED if _SIGN.match(one) else _FIRST if one in _PAIRS else _PLAIN for one in characters]


def compose(match: re.Match[str]) -> str:
    """What a match of ``CLUSTER`` stands for."""
    return unicodedata.normalize("NFKC", match[0])


def resolve(match: re.Match[str]) -> str:
    """What a match of ``SEQUENCE``, in folded text, stands for."""
    text = match[0]
    kind = match.lastgroup
    if kind == "composed":
        return compose(match)
    if kind == "repeated":
        text = unicodedata.normalize("NFC", text)
        base, marks = text[0], text[1:]
        repeats = {**dict.fromkeys("々ゝヽ", base), **dict.fromkeys("ゞヾ", _voice(base))}
        return base + "".join(repeats.get(mark, mark) for mark in marks)
    if kind == "year":
        return "".join(HAN_DIGITS.get(digit, digit) for digit in text)
    if kind == "unit":
        return text.replace("^", "")
    if kind == "nasal":
        return f"\u0902{text[-1]}"
    return "แ" if text == "เเ" else "ແ" if text == "ເເ" else text[1] + text[0] + text[2]


def _voice(kana: str) -> str:
    """The voiced form of a kana; itself where it has none."""
    plain = unicodedata.normalize("NFD", kana)[0]
    voiced = unicodedata.normalize("NFC", f"{plain}\u3099")
    return voiced if len(voiced) == 1 else kana


@lru_cache(maxsize=1)
def load_simplified() -> dict[str, str]:
    """The map from traditional, variant and Japanese forms of Han characters to simplified ones."""
    return _read_table("simplified.txt")


@lru_cache(maxsize=1)
def load_radicals() -> dict[str, str]:
    """The map from radicals and strokes to the ideographs that Unicode calls equivalent."""
    return _read_table("radicals.txt")


def _read_table(name: str) -> dict[str, str]:
    characters, targets = files("retriever.text").joinpath(name).read_text(encoding="utf-8").split("\n")[:2]
    return dict(zip(characters, targets, strict=True))


_KINDS = CharacterTable(_describe)
