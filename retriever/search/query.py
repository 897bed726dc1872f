"""Parses a question for the stages of a search, and rejects invalid ones."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from retriever.errors import UsageError
from retriever.text.analyzer import extract_terms
from retriever.text.language import detect

# Distinct terms of a question that are looked up: more than any question has, and a limit for a pasted page.
MOST_TERMS = 256
# Half a character, which Python puts in place of bytes that are not text: it cannot be stored, sent or printed.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Below this confidence the language of a question counts as unknown.
SURE = 0.6


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed question.

    ``text`` has neither outer white space nor lone surrogates, ``language`` is "" if it is unknown, ``terms`` are the
    distinct analyzer terms.
    """

    text: str
    language: str
    terms: tuple[str, ...]

    def shares_language(self, language: str) -> bool:
        """Whether a passage in ``language`` may share words with the question; in doubt it may."""
        return not language or not self.language or language == self.language


def parse(text: str) -> Query:
    """Parse a question. Raises UsageError unless it is text with a letter, digit or symbol."""
    if not isinstance(text, str):
        raise UsageError(
            f"the query must be text, not {text!r}", hint="ask a question, or give some words to search for"
        )
    text = text.strip()
    if not text:
        raise UsageError("the query is empty", hint="ask a question, or give some words to search for")
    if all(unicodedata.category(character)[0] in "PZCM" for character in text):
        raise UsageError("the query has no words, only punctuation", hint="give some words to search for")
    text = _SURROGATE.sub("\ufffd", text)
    detection = detect(text)
    language = detection.language if detection.confidence >= SURE else ""
    return Query(text, language, tuple(dict.fromkeys(extract_terms(text)))[:MOST_TERMS])
