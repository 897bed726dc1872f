"""The script of a character, after the Script property of the Unicode standard (UAX #24).

The table holds the scripts that sentence splitting, the analyzer and language detection distinguish. All other
letters, and digits, punctuation and spaces, have the script ``""``. Nothing here decides on a language.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

HAN = "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb\uffa0-\uffdc"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
LAO = "\u0e80-\u0ecd\u0edc-\u0edf"
KHMER = "\u1780-\u17d3\u17d7\u17dc-\u17dd"
MYANMAR = "\u1000-\u103f\u1050-\u108f\u109a-\u109f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"

#: Scripts written without spaces between words, as parts of a character class.
UNSPACED = HAN + KANA + THAI + LAO + KHMER + MYANMAR

#: Chinese and Japanese characters with their punctuation and full-width forms, as part of a character class. A line
#: break between two of them stands for no space. Not ``UNSPACED``: Thai and its like use spaces between phrases.
CJK = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"

#: Symbols that fold to themselves (Unicode categories So, Sc and Sm outside of ASCII, the dollar sign, and the marks
#: § ¶ † ‡ ‰ ‱ ※), as parts of a character class, up to U+FFFF and beyond: ``re`` is ten times as fast with a class of
#: the first kind. Regional indicators are left out: a flag is a pair of them.
SYMBOLS = (
    "\u0024\u00a2-\u00a7\u00a9\u00ac\u00ae\u00b0\u00b1\u00b6\u00d7\u00f7\u03f6\u0482\u058d-\u058f\u0606-\u0608"
    "\u060b\u060e\u060f\u06de\u06e9\u06fd\u06fe\u07f6\u07fe\u07ff\u0e3f\u0f01-\u0f03\u0f13\u0f15-\u0f17"
    "\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0fbe-\u0fc5\u0fc7-\u0fcf\u0fd5-\u0fd8\u1390-\u1399\u166d\u17db\u1940"
    "\u19de-\u19ff\u1b61-\u1b6a\u1b74-\u1b7c\u2020\u2021\u2030\u2031\u203b\u2052\u20a0-\u20c0\u2104\u2108\u2114"
    "\u2117\u2118\u211e-\u2123\u2125\u2127\u2129\u212e\u213a\u2141-\u2144\u214a-\u214d\u214f\u218a-\u2307"
    "\u230c-\u2328\u232b-\u244a\u2500-\u2767\u2794-\u27c4\u27c7-\u27e5\u27f0-\u2982\u2999-\u29d7\u29dc-\u29fb"
    "\u29fe-\u2bff\u2ce5-\u2cea\u2e50\u2e51\u2ff0-\u2ffb\u3004\u3012\u3013\u3020\u3037\u303e\u303f\u3190\u3191"
    "\u31c0-\u31e3\u327f\u4dc0-\u4dff\ua490-\ua4c6\ua828-\ua82b\ua836-\ua839\ufd40-\ufd4f\ufdcf\ufdfd-\ufdff"
)
FURTHER_SYMBOLS = (
    "\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U00010877\U00010878\U00010ac8\U0001173f"
    "\U00011fd5-\U00011ff1\U00016b3c-\U00016b3f\U00016b45\U0001bc9c\U0001cf50-\U0001d15d\U0001d16a-\U0001d16c"
    "\U0001d183\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241\U0001d245\U0001d300-\U0001d356"
    "\U0001d800-\U0001d9ff\U0001da37-\U0001da3a\U0001da6d-\U0001da74\U0001da76-\U0001da83\U0001da85\U0001da86"
    "\U0001e14f\U0001e2ff\U0001ecac\U0001ecb0\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001f1ad"
    "\U0001f260-\U0001f3fa\U0001f400-\U0001fbca"
)


class Characters:
    """A set of characters from parts of a character class, without escapes: single ones, and ranges ``a-z``.

    For single characters, of which a pattern takes milliseconds to compile.
    """

    def __init__(self, parts: str) -> None:
        self._parts = parts
        self._bounds: tuple[list[int], list[int]] | None = None

    def __contains__(self, character: str) -> bool:
        """Whether a character is one of them; an empty text is not."""
        if not character:
            return False
        starts, ends = self._bounds or self._read()
        place = bisect_right(starts, ord(character)) - 1
        return place >= 0 and ord(character) <= ends[place]

    def _read(self) -> tuple[list[int], list[int]]:
        parts, ranges, at = self._parts, [], 0
        while at < len(parts):
            last = at + 2 if parts[at + 1 : at + 2] == "-" and at + 2 < len(parts) else at
            ranges.append((ord(parts[at]), ord(parts[last])))
            at = last + 1
        joined: list[tuple[int, int]] = []
        for start, end in sorted(ranges):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        self._bounds = [start for start, _ in joined], [end for _, end in joined]
        return self._bounds


_RANGES = {
    "Han": HAN,
    "Kana": KANA,
    "Hangul": HANGUL,
    "Thai": THAI,
    "Lao": LAO,
    "Khmer": KHMER,
    "Myanmar": MYANMAR,
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f"
    "\ua722-\ua787\ua78b-\ua7ff\uab30-\uab68\ufb00-\ufb06\uff21-\uff3a\uff41-\uff5a",
    "Greek": "\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u03e1\u03f0-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c88\u2de0-\u2dff\ua640-\ua69f",
    "Armenian": "\u0531-\u0556\u0559-\u0588\ufb13-\ufb17",
    "Hebrew": "\u0591-\u05c7\u05d0-\u05f4\ufb1d-\ufb4f",
    "Arabic": "\u0610-\u061a\u0620-\u0658\u066e-\u06d3\u06d5-\u06dc\u06de-\u06ef\u06fa-\u06ff\u0750-\u077f\u0870-\u088e"
    "\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Thaana": "\u0780-\u07b1",
    "Devanagari": "\u0900-\u0963\u0971-\u097f\ua8e0-\ua8ff",
    "Bengali": "\u0980-\u09e3\u09f0-\u09f1",
    "Gurmukhi": "\u0a01-\u0a5e\u0a70-\u0a75",
    "Gujarati": "\u0a81-\u0ae3\u0af9-\u0aff",
    "Oriya": "\u0b01-\u0b63\u0b71",
    "Tamil": "\u0b82-\u0bd7",
    "Telugu": "\u0c00-\u0c63",
    "Kannada": "\u0c80-\u0ce3\u0cf1-\u0cf2",
    "Malayalam": "\u0d00-\u0d63\u0d7a-\u0d7f",
    "Sinhala": "\u0d81-\u0de5\u0df2-\u0df3",
    "Tibetan": "\u0f00\u0f40-\u0fbc",
    "Georgian": "\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2d",
    "Ethiopic": "\u1200-\u135f\u1380-\u138f\u2d80-\u2dde\uab01-\uab2e",
    "Mongolian": "\u1820-\u18aa",
}


def _parse_ranges(ranges: str) -> list[tuple[int, int]]:
    """The code point intervals, both ends included, of the contents of a character class."""
    intervals: list[tuple[int, int]] = []
    position = 0
    while position < len(ranges):
        is_pair = ranges[position + 1 : position + 2] == "-"
        intervals.append((ord(ranges[position]), ord(ranges[position + 2 if is_pair else position])))
        position += 3 if is_pair else 1
    return intervals


_TABLE = sorted((first, last, name) for name, ranges in _RANGES.items() for first, last in _parse_ranges(ranges))
_STARTS = [first for first, _, _ in _TABLE]


def script_of(character: str) -> str:
    """The Unicode name of a character's script ("Han", "Latin", …; hiragana and katakana are both "Kana")."""
    code = ord(character)
    position = bisect_right(_STARTS, code) - 1
    if position < 0:
        return ""
    _, last, name = _TABLE[position]
    return name if code <= last else ""


def count_scripts(text: str) -> Counter[str]:
    """The number of characters of each script in a text; characters without a script are not counted."""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        name = script_of(character)
        if name:
            counts[name] += count
    return counts
