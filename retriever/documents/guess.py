"""Guesses the encoding of text that has no byte order mark and is not valid UTF-8.

The candidates are tried in order: UTF-16, damaged UTF-8, the legacy encodings. chardet decides among the legacy
encodings. It gets the first two wrong on Chinese and Japanese, so these are judged by which characters they decode to.
Only a sample around the first non-ASCII byte is examined, never a whole file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from retriever.lazy import compile_later
from retriever.text.scripts import script_of

SAMPLE_SIZE = 64 * 1024
# The legacy encodings that documents are written in, or their supersets.
EAST_ASIAN = ("gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949")
LEGACY = (
    *EAST_ASIAN,
    *(f"cp125{number}" for number in range(9)),
    *("cp874", "koi8-r", "koi8-u", "cp866", "cp850", "cp852"),
    *(f"iso8859-{number}" for number in (2, 4, 5, 6, 7, 9, 13, 15, 16)),
    *("mac-cyrillic", "mac-roman", "mac-greek", "mac-latin2"),
)
# Letters of modern alphabets, Han, kana and hangul, punctuation, white space and printable ASCII.
PLAUSIBLE = compile_later(
    "[\t\n\r -~\u00a0-\u024f\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u0e7f\u1e00-\u1eff"
    "\u2010-\u203b\u2190-\u21ff\u2460-\u24ff\u2500-\u257f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]"
)
KANA_AND_MARKS = compile_later("[\u3001-\u3011\u3041-\u30ff\uff01-\uff5e\n\r]")
HAN = compile_later("[\u4e00-\u9fff]")
# Encodings that the detector is this much less sure of than of the best are compared by plausibility.
NEAR, MAX_NEAR = 0.3, 10
# Files in the encodings of DOS and of the old Mac are rare, and so are these of ISO 8859.
PRIORS = {
    **dict.fromkeys(("cp850", "cp852", "mac-cyrillic", "mac-roman", "mac-greek", "mac-latin2"), 0.98),
}
PLAUSIBILITY_SIZE = 4096
FEW = 0.1
# Bytes beyond ASCII, and the share of them below which a text is hardly UTF-16.
HIGH, FEW_HIGH = bytes(range(0x80, 0x100)), 0.05
# Symbols, controls and characters that do not exist.
ODD_CATEGORIES = frozenset({"Sm", "So", "Sc", "Sk", "Cc", "Cn", "Co"})
NOT_ASCII = re.compile(b"[^\x01-\x7f]")


def guess_encoding(data: bytes) -> tuple[str, float]:
    """The Python name of the most plausible encoding, and the confidence in it, 0 to 0.99."""
    sample = _take_sample(data)
    return _guess_utf16(sample) or _guess_damaged_utf8(sample) or _guess_legacy(sample)


def _take_sample(data: bytes) -> bytes:
    """Up to SAMPLE_SIZE bytes of ``data`` from the line of the first non-ASCII byte.

    The sample begins at an even offset, so that UTF-16 code units stay whole, and ends after a byte below 0x30, which
    is never the second byte of a character, if there is one.
    """
    found = NOT_ASCII.search(data)
    if found is None or len(data) <= SAMPLE_SIZE:
        return data[:SAMPLE_SIZE]
    start = max(data.rfind(b"\n", 0, found.start()) + 1, found.start() - SAMPLE_SIZE // 2)
    sample = data[start - start % 2 :][:SAMPLE_SIZE]
    last = len(sample) - 1 - next((back for back, byte in enumerate(reversed(sample)) if 0 < byte < 0x30), 0)
    return sample[: last + 1] if last > SAMPLE_SIZE // 2 else sample


def measure_plausibility(sample: bytes, encoding: str) -> float:
    """The share, 0 to 1, of the characters beyond ASCII that stand where a character of their kind may stand.

    Odd are symbols and controls beside letters, capitals after small letters, and letters of two scripts in a word.
    """
    text = sample[:PLAUSIBILITY_SIZE].decode(encoding, "replace")
    foreign = sum(character > "\x7f" for character in text)
    odd = sum(_is_odd(before, after) for before, after in pairwise(text) if before > "\x7f" or after > "\x7f")
    letters = [character for character in text if character.isalpha()]
    others = sum(script_of(character) != "Latin" for character in letters)
    # A text in Latin letters does not hold a few of another alphabet.
    share = 0.5 if 0 < others < FEW * len(letters) else 1.0
    return max(0.0, share - odd / foreign) if foreign else 1.0


def _is_odd(before: str, after: str) -> bool:
    if before.isalpha() and after.isalpha():
        return (before.islower() and after.isupper()) or script_of(before) != script_of(after)
    other = after if before.isalpha() else before
    return (before.isalpha() or after.isalpha()) and other > "\x7f" and unicodedata.category(other) in ODD_CATEGORIES


def _guess_utf16(sample: bytes) -> tuple[str, float] | None:
    """UTF-16 in either byte order if the characters are plausible text; None if they are not.

    UTF-16 text with spaces or line breaks contains zero bytes, which other encodings do not. Without them it must
    consist of common Chinese and Japanese characters, because any pair of ASCII letters decodes to some character; and
    of those a tenth of the bytes or more are beyond ASCII, which letters are not that repeat as a common pair: xxxx.
    """
    if 0 not in sample and len(sample.translate(None, HIGH)) > (1 - FEW_HIGH) * len(sample):
        return None
    found = max(_score_utf16(sample), default=(0.0, ""))
    return (found[1], min(0.99, found[0])) if found[0] > 0.7 else None


def _score_utf16(sample: bytes) -> Iterator[tuple[float, str]]:
    even = sample[: len(sample) - len(sample) % 2]
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = even.decode(name)
        except UnicodeDecodeError as error:
            # The end of the sample may split a surrogate pair; an earlier error means it is not UTF-16.
            if error.start < len(even) - 2:
                continue
            text = even[: error.start].decode(name)
        if text and not _is_mostly_rare_han(text):
            common = _common_share(text)
            spaced = "\0" not in text and even.count(0) > len(text) / 50
            share = len(PLAUSIBLE.findall(text)) / len(text) if spaced else 0.0
            # Both byte orders may be plausible; the one with more common characters is right.
            yield (0.75 * share + 0.25 * common if share > 0.9 else common), name


def _common_share(text: str) -> float:
    """The share of kana, East Asian punctuation, ASCII and the Han characters of everyday Chinese and Japanese."""
    ascii_count = sum(character < "\x7f" and character != "\0" for character in text)
    han = "".join(HAN.findall(text))
    common = sum(_is_level_one(character) for character in han)
    return (common + ascii_count + len(KANA_AND_MARKS.findall(text))) / len(text)


def _is_mostly_rare_han(text: str) -> bool:
    """Whether most Han characters are rare ones, which is what pairs of ASCII letters decode to."""
    han = HAN.findall(text)
    return sum(map(_is_level_one, han)) < len(han) / 2


def _is_level_one(character: str) -> bool:
    """Whether a Han character is in level 1, the common characters, of GB 2312, Big5 or JIS X 0208."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("shift_jis", 0x88, 0x97)):
        coded = character.encode(encoding, "ignore")
        if coded and first <= coded[0] <= last:
            return True
    return False


def _guess_damaged_utf8(sample: bytes) -> tuple[str, float] | None:
    """UTF-8 if most of the non-ASCII characters are valid; None otherwise."""
    text = sample.decode("utf-8", "ignore")
    whole = len(text) - sum(character < "\x80" for character in text)
    lost = sample.decode("utf-8", "replace").count("\ufffd") - text.count("\ufffd")
    if lost == 0:
        return "utf-8", 1.0
    return ("utf-8", min(0.99, whole / (whole + lost))) if whole > 3 * lost else None


def _guess_legacy(sample: bytes) -> tuple[str, float]:
    likely = _detect(sample)
    name, confidence = likely[0]
    if name in EAST_ASIAN:
        return name, confidence
    # One broken byte makes the detector rule out a double-byte encoding, so retry without such bytes.
    for candidate in EAST_ASIAN:
        repaired = sample.decode(candidate, "ignore").encode(candidate, "ignore")
        if repaired and 0 < len(sample) - len(repaired) <= 2 + len(sample) / 100:
            found = _detect(repaired)[0]
            if found[0] == candidate and found[1] > confidence:
                name, confidence = found
    return (name, confidence) if name in EAST_ASIAN else _choose_plausible(sample, likely)


def _detect(sample: bytes) -> list[tuple[str, float]]:
    """The encodings that fit ``sample`` by the frequencies of its bytes, with confidences, best first."""
    import chardet

    # No name is replaced by that of a superset, for some of chardet's are none: Windows-1251 is not of ISO-8859-5.
    found = chardet.detect_all(
        sample, max_bytes=SAMPLE_SIZE, include_encodings=LEGACY, prefer_superset=False, compat_names=False
    )
    likely = [(str(item["encoding"]), min(0.99, item["confidence"])) for item in found if item["encoding"]]
    return likely or [("cp1252", 0.1)]


def _choose_plausible(sample: bytes, likely: list[tuple[str, float]]) -> tuple[str, float]:
    """Of encodings of which the detector is about as sure as of the best, the one whose text has fewest oddities."""
    near = [item for item in likely if item[1] >= NEAR * likely[0][1] and item[0] not in EAST_ASIAN][:MAX_NEAR]
    return max(
        near or likely,
        key=lambda item: item[1] * measure_plausibility(sample, item[0]) ** 3 * PRIORS.get(item[0], 1.0),
    )
