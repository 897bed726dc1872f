import re
import sys
import unicodedata

import pytest

from retriever.text import extras
from retriever.text.scripts import CJK, HAN, HANGUL, KANA, UNSPACED, Characters, count_scripts, script_of

PREFIXES = {
    "CJK UNIFIED": "Han",
    "HIRAGANA LETTER": "Kana",
    "KATAKANA LETTER": "Kana",
    "HANGUL SYLLABLE": "Hangul",
    "LATIN SMALL LETTER": "Latin",
    "CYRILLIC SMALL LETTER": "Cyrillic",
    "GREEK SMALL LETTER": "Greek",
    "ARABIC LETTER": "Arabic",
    "HEBREW LETTER": "Hebrew",
    "DEVANAGARI LETTER": "Devanagari",
    "BENGALI LETTER": "Bengali",
    "TAMIL LETTER": "Tamil",
    "TELUGU LETTER": "Telugu",
    "THAI CHARACTER": "Thai",
    "LAO LETTER": "Lao",
    "KHMER LETTER": "Khmer",
    "MYANMAR LETTER": "Myanmar",
    "GEORGIAN LETTER": "Georgian",
    "ARMENIAN SMALL LETTER": "Armenian",
    "ETHIOPIC SYLLABLE": "Ethiopic",
}


@pytest.mark.parametrize(("prefix", "name"), PREFIXES.items())
def test_scripts_agree_with_unicode_names(prefix: str, name: str) -> None:
    letters = [chr(code) for code in range(0x10000) if unicodedata.name(chr(code), "").startswith(prefix)]
    found = [letter for letter in letters if script_of(letter) == name]
    assert len(found) >= 0.95 * len(letters) > 0


def test_digits_punctuation_and_spaces_have_no_script() -> None:
    assert count_scripts("12 。，.!?（）“”·・\n①%") == {}


def test_counts() -> None:
    assert count_scripts("東京のABC부") == {"Han": 2, "Kana": 1, "Latin": 3, "Hangul": 1}


@pytest.mark.parametrize("parts", [HAN + KANA, UNSPACED + HANGUL, CJK, "a-c-", "x", "“‘b-ka-c"])
def test_a_set_of_characters_is_what_the_class_matches(parts: str) -> None:
    characters, pattern = Characters(parts), re.compile(f"[{parts}]")
    # Of the planes without characters, some.
    everything = "".join(map(chr, (*range(0x40000), *range(0x40000, sys.maxunicode + 1, 97))))
    assert [one for one in everything if one in characters] == pattern.findall(everything)
    assert "" not in characters


def test_a_character_of_a_name_is_what_its_class_matches() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert [one for one in everything if extras._is_of_name(one)] == re.findall(extras._NAME, everything)
