"""Parses a question for the stages of a search, and rejects invalid ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from retriever.errors import UsageError
from retriever.frozen import dataclass
from retriever.surrogates import replace_surrogates
from retriever.text.analyzer import CURRENT, Analyzer
from retriever.text.language import detect, other_languages

# Characters of a question that count, more than any model reads; the rest is cut off before anything looks at it.
LONGEST_QUESTION = 10_000
# Distinct terms of a question that are looked up: more than any question has, and a limit for a pasted page.
MOST_TERMS = 256
# Below this confidence the language of a question counts as unknown.
SURE = 0.6


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed question.

    ``text`` has neither outer white space nor lone surrogates, ``language`` is "" if it is unknown, ``others`` are
    languages that the question may as well be in, ``terms`` are the distinct analyzer terms.
    """

    text: str
    language: str
    terms: tuple[str, ...]
    others: tuple[str, ...] = ()

    def require_terms(self) -> None:
        """Raise UsageError if there is nothing to look up in lexical mode."""
        if not self.terms:
            raise UsageError(
                f"the query {self.text!r} has no word, number or symbol that can be looked up",
                hint="add a word, or search by meaning, too (mode hybrid)",
            )

    def shares_language(self, language: str) -> bool:
        """Whether a passage in ``language`` may share words with the question; in doubt it may."""
        return not language or not self.language or language in (self.language, *self.others)

    def follow_corpus(self, passages: Mapping[str, int]) -> Query:
        """The question in the language, of those that it may be in, that most ``passages`` are in."""
        if not self.others:
            return self
        # Of languages as common as each other, the detected one.
        best = max((self.language, *self.others), key=lambda language: passages.get(language, 0))
        return replace(self, language=best, others=(self.language, *self.others))


def clean(text: str) -> str:
    """The question without outer white space and lone surrogates, cut where no model reads on."""
    return replace_surrogates(text.strip()[:LONGEST_QUESTION].rstrip())


def parse(text: str, analyzer: Analyzer = CURRENT) -> Query:
    """Parse a question, of which the first ``LONGEST_QUESTION`` characters count.

    Raises UsageError unless it is text with a letter, digit or symbol.
    """
    if not isinstance(text, str):
        raise UsageError(
            f"the query must be text, not {text!r}", hint="ask a question, or give some words to search for"
        )
    text = clean(text)
    if not text:
        raise UsageError("the query is empty", hint="ask a question, or give some words to search for")
    terms = tuple(dict.fromkeys(analyzer.extract_question_terms(text)))[:MOST_TERMS]
    if not terms and all(unicodedata.category(character)[0] in "PZCM" or character == "\ufffd" for character in text):
        raise UsageError("the query has no words, only punctuation", hint="give some words to search for")
    detection = detect(text)
    language = detection.language if detection.confidence >= SURE else ""
    return Query(text, language, terms, other_languages(text, language))
