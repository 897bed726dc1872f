"""Finds where a claim denies what an excerpt says in the same words, or says what the excerpt denies.

A sentence and its denial have the same figures and names, and nearly the same meaning to a model. So clauses with the
same words are compared: whether one of them denies and the other does not. Denials in other words are seen
as far as they refuse or forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from retriever.citations.denial_words import CONSENTS, DENIALS, NEUTRAL, REFUSALS
from retriever.citations.folded_patterns import compile_folded
from retriever.text.analyzer import split_runs
from retriever.text.normalise import fold
from retriever.text.sentences import split_clauses, split_sentences

_NEUTRAL = {language: compile_folded(pattern) for language, pattern in NEUTRAL.items()}
_CONSENTS = {language: compile_folded(pattern) for language, pattern in CONSENTS.items()}
_REFUSALS = {language: compile_folded(pattern) for language, pattern in REFUSALS.items()}
# A refusal stands as NUL while words beside it, by which it is told, are left out.
_DENIALS = {language: compile_folded(rf"{pattern}|\0") for language, pattern in DENIALS.items()}
# What is not forbidden is allowed.
_DENIED_REFUSALS = {
    language: compile_folded(
        rf"(?:{DENIALS[language]})[得能可会被]?\s?(?:\w+\s){{0,2}}?(?:(?:{DENIALS[language]})\s(?:\w+\s)?)?(?:{pattern})"
    )
    for language, pattern in REFUSALS.items()
}
# Also where the splitter of sentences is in doubt, as after numbers: "there were 58. Nobody died".
_STOP = re.compile(r"(?<=[.!?…])\s+")
_WINDOW = 3
# The share of a claim's words that clauses have to contain to say the same, and how many words that takes.
_SAME_WORDS, _LEAST_TERMS = 0.7, 3
# Clauses that have nearly as many of them are as good, and those that have few words besides are better.
_NEARLY, _FEW_MORE = 0.1, 1.2
_LEAST_WORD, _STEM = 3, 5


@dataclass(frozen=True, slots=True)
class Clause:
    """The words of a clause but for those that deny or allow, and whether it denies, or allows in so many words."""

    terms: frozenset[str]
    denies: bool
    allows: bool = False


Window: TypeAlias = "tuple[frozenset[str], tuple[Clause, ...]]"  # the words of neighbouring clauses, and these


def read_clauses(text: str, language: str) -> list[tuple[Clause, ...]]:
    """The clauses of each sentence of a text."""
    return [
        tuple(
            _read(part, language)
            for clause in split_clauses(text, span.start, span.end)
            for part in _STOP.split(text[clause.start : clause.end])
        )
        for span in split_sentences(text)
    ]


def read_windows(text: str, language: str) -> tuple[Window, ...]:
    """What may deny a claim: up to three neighbouring clauses of a sentence of a text, and whole sentences."""
    return tuple(_join(read_clauses(text, language))) if language in _DENIALS else ()


def contradicts(words: str, language: str, windows: Sequence[Window]) -> bool:
    """Whether a claim, or a clause of it, is the denial of clauses of an excerpt in the same language."""
    if not windows:
        return False
    whole = _read(words, language)
    parts = [clause for sentence in read_clauses(words, language) for clause in sentence]
    claimed = [part for part in (whole, *parts) if len(part.terms) >= _LEAST_TERMS]
    return any(_is_denied(part, windows) for part in dict.fromkeys(claimed))


def _is_denied(claimed: Clause, windows: Sequence[Window]) -> bool:
    """Whether the clauses that have most of a claim's words all deny it, or affirm what it denies."""
    shares = [len(claimed.terms & terms) / len(claimed.terms) for terms, _ in windows]
    best = max(shares, default=0.0)
    if best < _SAME_WORDS:
        return False
    near = [window for share, window in zip(shares, windows, strict=True) if share >= best - _NEARLY]
    shortest = min(len(terms) for terms, _ in near)
    return all(_opposes(clauses, claimed) for terms, clauses in near if len(terms) <= _FEW_MORE * shortest)


def _opposes(clauses: tuple[Clause, ...], claimed: Clause) -> bool:
    """Whether clauses deny what a claim says, or say what it denies.

    One that shares no word with the claim is about something else; where one denies and another allows, it is in doubt.
    """
    about = [clause for clause in clauses if clause.terms & claimed.terms or not clause.terms]
    denies = any(clause.denies for clause in about)
    return denies != claimed.denies and not (denies and any(clause.allows for clause in clauses))


def _join(sentences: list[tuple[Clause, ...]]) -> Iterator[Window]:
    """Up to three neighbouring clauses of a sentence as one, and all of them."""
    for clauses in sentences:
        for first in range(len(clauses)):
            for last in range(first + 1, min(first + _WINDOW, len(clauses)) + 1):
                yield _merge(clauses[first:last])
        yield _merge(clauses)


def _merge(clauses: tuple[Clause, ...]) -> Window:
    return frozenset(term for clause in clauses for term in clause.terms), clauses


def _read(text: str, language: str) -> Clause:
    folded = fold(text)
    allows = False
    for patterns, instead in ((_DENIED_REFUSALS, " "), (_CONSENTS, " "), (_REFUSALS, "\0"), (_NEUTRAL, " ")):
        if pattern := patterns.get(language):
            folded, count = pattern.subn(instead, folded)
            allows = allows or (count > 0 and patterns is _CONSENTS)
    denials = _DENIALS.get(language)
    plain = denials.sub(" ", folded) if denials else folded
    denies = plain != folded
    return Clause(frozenset(_find_terms(plain)), denies, allows and not denies)


def _find_terms(folded: str) -> Iterator[str]:
    """Words by their first letters, since their endings differ, and pairs of characters of scripts without spaces."""
    for run, is_dense in split_runs(folded):
        if is_dense:
            yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        elif len(run) >= _LEAST_WORD or run.isdecimal():
            yield run[:_STEM]
