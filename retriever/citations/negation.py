"""Finds where a claim denies what an excerpt says in the same words, or says what the excerpt denies.

A sentence and its denial have the same figures and names, and nearly the same meaning to a model. So clauses with the
same words are compared: whether one of them denies and the other does not. Denials in other words are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from retriever.citations.folded_patterns import compile_folded
from retriever.text.analyzer import split_runs
from retriever.text.normalise import fold
from retriever.text.sentences import split_clauses, split_sentences

_DENIALS = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t)\b",
    "zh": r"没有|没|不(?![同少久断仅但过足管论])|唔(?![该該使])|冇|未(?!来)|无(?!论|疑|人机|障碍|线)|非(?!常|洲)"
    r"|勿|禁止|严禁|拒绝|免(?!费)",
    "de": r"\b(?:nicht|kein\w*|nie(?:mals|mand)?|ohne|weder|nichts)\b",
    "es": r"\b(?:no|nunca|jamas|nadie|nada|ningun\w*|sin|tampoco|ni)\b",
    "fr": r"\b(?:ne|n'|pas|jamais|aucun\w*|sans|rien|ni)\b",
    "ru": r"\b(?:не|нет|ни|без|нельзя|никогда|никто|никак\w*)\b",
    "ja": r"ない|なかっ|ません|なく|ずに|無し|無い|不可",
    "ko": r"않|없|못|아니",
    "ar": r"(?<!\w)(?:لا|لم|لن|ليس\w*|غير|بدون|دون)(?!\w)",
    "pt": r"\b(?:nao|nunca|jamais|ninguem|nada|nenhum\w*|sem|nem)\b",
    "it": r"\b(?:non|mai|nessun\w*|niente|nulla|senza)\b",
    "tr": r"\b(?:degil\w*|yok\w*|hicbir)\b",
    "hi": r"नहीं|बिना",
    "th": r"ไม่|ห้าม|มิได้",
    "vi": r"\b(?:khong|chua|chang)\b",
    "he": r"(?<!\w)(?:לא|אין|אינ\w{1,2}|בלי|ללא|אסור)(?!\w)",
    "el": r"\b(?:δεν|μην?|χωρις|ποτε|κανεις|ουτε|τιποτα)\b",
    "pl": r"\b(?:nie|bez|nigdy|nikt|zad\w+|ani)\b",
    "uk": r"\b(?:не|ні|без|немає|ніколи|ніхто)\b",
    "nl": r"\b(?:niet|geen|nooit|zonder|niemand|niets)\b",
}
# Bounds are no denials: not more than 5 is at most 5. Nor do words for may and must say more than that.
_NEUTRAL = {
    "en": r"\b(?:no(?:t)? (?:more|less|fewer|later|earlier) than|not exceed\w*|not only|do|does|did|is|are|was|were"
    r"|be|been|has|have|had|may|can|could|will|would|shall|must|should|any|the|an?)\b",
    "zh": r"不(?:得)?(?:超过|少于|低于|高于|小于|大于|多于|晚于|早于|超)|不仅|不但|可以|能够|应当|必须|仍然|已经"
    r"|[可能应须将已得了的]",
    "de": r"\bnicht (?:mehr|weniger|nur|spater|langer) ?(?:als)?\b"
    r"|\b(?:darf|durfen|kann|konnen|wird|werden|ist|sind)\b",
    "es": r"\bno (?:mas|menos|solo) ?(?:de|que)?\b|\b(?:puede|pueden|debe|deben|se|es|son|fue|el|la|los|las)\b",
    "fr": r"\bpas (?:plus|moins|seulement) ?(?:de|que)?\b|\b(?:peut|peuvent|doit|doivent|est|sont|le|la|les)\b",
    "ru": r"\bне (?:более|менее|больше|меньше|только|позднее|реже)\b|\b(?:может|могут|должен|должны|был\w*|будет)\b",
}
_PATTERNS = {language: compile_folded(pattern) for language, pattern in _DENIALS.items()}
_NEUTRAL_PATTERNS = {language: compile_folded(pattern) for language, pattern in _NEUTRAL.items()}
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
    """The words of a clause but for those that deny, and whether it denies."""

    terms: frozenset[str]
    denies: bool


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
    return tuple(_join(read_clauses(text, language))) if language in _PATTERNS else ()


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
    return all(
        _denies(clauses, claimed) != claimed.denies for terms, clauses in near if len(terms) <= _FEW_MORE * shortest
    )


def _denies(clauses: tuple[Clause, ...], claimed: Clause) -> bool:
    """Whether clauses deny what a claim is about; one that shares no word with it is about something else."""
    return any(clause.denies for clause in clauses if clause.terms & claimed.terms or not clause.terms)


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
    if neutral := _NEUTRAL_PATTERNS.get(language):
        folded = neutral.sub(" ", folded)
    pattern = _PATTERNS.get(language)
    plain = pattern.sub(" ", folded) if pattern else folded
    return Clause(frozenset(_find_terms(plain)), plain != folded)


def _find_terms(folded: str) -> Iterator[str]:
    """Words by their first letters, since their endings differ, and pairs of characters of scripts without spaces."""
    for run, is_dense in split_runs(folded):
        if is_dense:
            yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        elif len(run) >= _LEAST_WORD or run.isdecimal():
            yield run[:_STEM]
