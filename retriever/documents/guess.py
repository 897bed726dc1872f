"""The most plausible encoding of text that carries no mark and is not plainly UTF-8.

Three questions in turn: is it UTF-16, is it UTF-8 with damage, which of the legacy encodings is it? The last
is answered by chardet; the first two, which it gets wrong on Chinese and Japanese, by what the characters are.
Nothing here decodes a whole file: a sample from where the text stops being ASCII is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SAMPLE_SIZE = 64 * 1024
# The legacy encodings that documents are found in; their supersets where there are any.
EAST_ASIAN = ("gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949")
LEGACY = (
    *EAST_ASIAN,
    *(f"cp125{number}" for number in range(9)),
    *("cp874", "koi8-r", "koi8-u", "cp866", "iso8859-2", "iso8859-5"),
)
# Letters of the living alphabets, Han, kana and hangul, punctuation, white space and printable ASCII.
PLAUSIBLE = re.compile(
    "[\t\n\r -~\u00a0-\u024f\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u0e7f\u1e00-\u1eff"
    "\u2010-\u203b\u2190-\u21ff\u2460-\u24ff\u2500-\u257f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]"
)
KANA_AND_MARKS = re.compile("[\u3001-\u3011\u3041-\u30ff\uff01-\uff5e\n\r]")
HAN = re.compile("[\u4e00-\u9fff]")
NOT_ASCII = re.compile(b"[^\x01-\x7f]")


def guess_encoding(data: bytes) -> tuple[str, float]:
    """The Python name of an encoding and the confidence in it, in 0..1 and short of 1."""
    sample = take_sample(data)
    return _guess_utf16(sample) or _guess_damaged_utf8(sample) or _guess_legacy(sample)


def take_sample(data: bytes) -> bytes:
    """Up to SAMPLE bytes of ``data`` from the line that the first byte beyond ASCII stands in.

    It begins at an even byte, so that the halves of UTF-16 stay together, and ends with a whole character
    where that can be told: no second byte of any encoding is below 0x30.
    """
    found = NOT_ASCII.search(data)
    if found is None or len(data) <= SAMPLE_SIZE:
        return data[:SAMPLE_SIZE]
    start = max(data.rfind(b"\n", 0, found.start()) + 1, found.start() - SAMPLE_SIZE // 2)
    sample = data[start - start % 2 :][:SAMPLE_SIZE]
    last = len(sample) - 1 - next((back for back, byte in enumerate(reversed(sample)) if 0 < byte < 0x30), 0)
    return sample[: last + 1] if last > SAMPLE_SIZE // 2 else sample


def _guess_utf16(sample: bytes) -> tuple[str, float] | None:
    """UTF-16 in either order where its characters look like writing; None where they do not.

    Text with spaces or line ends holds zero bytes then, which nothing else does. Without them it must be made
    of the common characters of Chinese and Japanese, because any pair of letters makes some character.
    """
    found = max(_score_utf16(sample), default=(0.0, ""))
    return (found[1], min(0.99, found[0])) if found[0] > 0.7 else None


def _score_utf16(sample: bytes) -> Iterator[tuple[float, str]]:
    even = sample[: len(sample) - len(sample) % 2]
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = even.decode(name)
        except UnicodeDecodeError as error:
            # The cut of the sample may part a surrogate pair; anything earlier is no UTF-16.
            if error.start < len(even) - 2:
                continue
            text = even[: error.start].decode(name)
        if text and not _is_mostly_rare_han(text):
            common = _common_share(text)
            spaced = "\0" not in text and even.count(0) > len(text) / 50
            share = len(PLAUSIBLE.findall(text)) / len(text) if spaced else 0.0
            # Both orders may be plausible; the one with more of the common characters is right.
            yield (0.75 * share + 0.25 * common if share > 0.9 else common), name


def _common_share(text: str) -> float:
    """The share of kana, East Asian marks, ASCII and the Han that everyday Chinese and Japanese is written in."""
    ascii_count = sum(character < "\x7f" and character != "\0" for character in text)
    han = "".join(HAN.findall(text))
    common = sum(_is_level_one(character) for character in han)
    return (common + ascii_count + len(KANA_AND_MARKS.findall(text))) / len(text)


def _is_mostly_rare_han(text: str) -> bool:
    """Whether most Han characters are such as hardly anybody writes: pairs of ASCII letters make those."""
    han = HAN.findall(text)
    return sum(map(_is_level_one, han)) < len(han) / 2


def _is_level_one(character: str) -> bool:
    """Whether a Han character is in the first, commoner part of GB 2312, Big5 or JIS X 0208."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("shift_jis", 0x88, 0x97)):
        coded = character.encode(encoding, "ignore")
        if coded and first <= coded[0] <= last:
            return True
    return False


def _guess_damaged_utf8(sample: bytes) -> tuple[str, float] | None:
    """UTF-8 where most of what is not ASCII is valid; None where it is not."""
    text = sample.decode("utf-8", "ignore")
    whole = len(text) - sum(character < "\x80" for character in text)
    lost = sample.decode("utf-8", "replace").count("\ufffd") - text.count("\ufffd")
    if lost == 0:
        return "utf-8", 1.0
    return ("utf-8", min(0.99, whole / (whole + lost))) if whole > 3 * lost else None


def _guess_legacy(sample: bytes) -> tuple[str, float]:
    name, confidence = _detect(sample)
    if name in EAST_ASIAN:
        return name, confidence
    # One broken byte rules a double-byte encoding out for the detector: ask again with such bytes left out.
    for candidate in EAST_ASIAN:
        mended = sample.decode(candidate, "ignore").encode(candidate, "ignore")
        if mended and len(sample) - len(mended) <= 2 + len(sample) / 100:
            found = _detect(mended)
            if found[0] == candidate and found[1] > confidence:
                name, confidence = found
    return name, confidence


def _detect(sample: bytes) -> tuple[str, float]:
    import chardet

    found = chardet.detect(
        sample, max_bytes=SAMPLE_SIZE, include_encodings=LEGACY, prefer_superset=True, compat_names=False
    )
    return found["encoding"] or "cp1252", min(0.99, found["confidence"])
