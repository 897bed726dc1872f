"""Counts the words by which a sentence denies, in the languages that are written most.

A sentence and its denial are alike in every other respect: no figure and no name differs, and their meanings are
close. What counts is whether one sentence denies and the other does not.
"""

from __future__ import annotations

import re

from retriever.text.normalise import fold

_DENIALS = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t)\b",
    "zh": r"(?:没有|没|不(?![同少久断仅但过足])|未(?!来)|无(?!论|疑|人机|障碍)|非(?!常|洲)|禁止|严禁|拒绝|免(?!费))",
    "de": r"\b(?:nicht|kein\w*|nie(?:mals|mand)?|ohne|weder|nichts)\b",
    "es": r"\b(?:no|nunca|jamas|nadie|nada|ningun\w*|sin|tampoco|ni)\b",
    "fr": r"\b(?:pas|jamais|aucun\w*|sans|rien|personne ne|ni)\b",
    "ru": r"\b(?:не|нет|ни|без|нельзя|никогда|никто|никак\w*)\b",
    "ja": r"(?:ない|なかっ|ません|なく|ずに|ぬ|無(?:し|い)|不可|未満では)",
    "ko": r"(?:않|없|못|아니|안\s)",
    "ar": r"(?<!\w)(?:لا|لم|لن|ليس\w*|غير|بدون|دون)(?!\w)",
    "pt": r"\b(?:nao|nunca|jamais|ninguem|nada|nenhum\w*|sem|nem)\b",
    "it": r"\b(?:non|mai|nessun\w*|niente|nulla|senza|ne)\b",
    "nl": r"\b(?:niet|geen|nooit|zonder|niemand|niets)\b",
}
_PATTERNS = {language: re.compile(pattern) for language, pattern in _DENIALS.items()}


def count_denials(text: str, language: str) -> int | None:
    """How often a sentence denies something; None in a language whose words for it are not known here."""
    pattern = _PATTERNS.get(language)
    return len(pattern.findall(fold(text))) if pattern else None
