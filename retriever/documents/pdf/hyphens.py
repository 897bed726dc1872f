"""Decides whether a hyphen at the end of a line broke a word or belongs to a compound.

The document is asked first: a word that it writes elsewhere, whole or with the hyphen, is written so here. Then come
rules that need no dictionary: figures and capitals behind a hyphen keep it, and so do the commonest parts of compounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retriever.documents.blocks import CJK_CHARACTER
from retriever.lazy import lazy

MARK = "\x02"
_HYPHENS = (MARK, "-", "\u2010")
_WORDS = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)*")
_LAST_WORD = re.compile(r"([^\W_]+(?:[-\u2010][^\W_]+)*)[-\u2010\x02]$")
_FIRST_WORD = re.compile(r"[^\W_]+")
# The commonest parts of compounds in front of a hyphen and behind one, in languages that break words with hyphens.
_IN_FRONT = """
all cross ex far half high large long low mid multi non quasi self semi short single so state two three four five well
wide vice après au avant ci demi grand outre peut quelques rendez sous vis кое по во из северо юго физико
"""
_BEHIND = """
aged aware based bearing bound built called centred centered class cost dependent depth driven effective efficient elect
employed existing facing family financed free friendly funded general going grade growing income intensive in led level
like line long looking made minded named neutral off old only oriented owned packed paid party per powered profit proof
quality range ranging related resistant rich round run scale scaled sector sensitive sized specific speed sponsored
standing state style term time tolerant to up usage weight wide wise year years être dire là même mêmes moi toi vous
nous elle elles ils lui ce je vis midi то либо нибудь таки ка за
"""
_FRONT_PARTS = frozenset(_IN_FRONT.split())
_BACK_PARTS = frozenset(_BEHIND.split())


class Hyphens:
    """The hyphens of one document, whose words are collected from ``texts`` when the first question is asked."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    def join(self, above: str, below: str) -> str:
        """Two lines of one paragraph as one text."""
        if not above.endswith(_HYPHENS):
            cjk = CJK_CHARACTER.match(above[-1:]) or CJK_CHARACTER.match(below[:1])
            return f"{above}{below}" if cjk else f"{above} {below}"
        first, second = _LAST_WORD.search(above), _FIRST_WORD.match(below)
        if first is None or second is None:
            is_dash = second is None or above[-2:-1].isspace()
            return f"{resolve(above)} {below}" if is_dash else f"{resolve(above)}{below}"
        return f"{above[:-1]}{'-' if self._is_compound(first[1], second[0]) else ''}{below}"

    def _is_compound(self, first: str, second: str) -> bool:
        whole, hyphenated = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
        if hyphenated in self._words:
            return True
        if whole in self._words:
            return False
        if not second[0].islower():
            # Scripts without small letters are not hyphenated at the ends of lines.
            return True
        if first[-1].isdigit() or "-" in first:
            return True
        return first.casefold() in _FRONT_PARTS or second.casefold() in _BACK_PARTS

    @lazy
    def _words(self) -> frozenset[str]:
        return frozenset(
            word.replace("\u2010", "-").casefold() for text in self._texts for word in _WORDS.findall(text)
        )


def resolve(text: str) -> str:
    """``text`` with a plain hyphen in the place of the mark at its end."""
    return f"{text[:-1]}-" if text.endswith(MARK) else text
