"""Tells sentences that announce what follows, headings, questions and lead-ins, from those that may answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retriever.types import Span

# Characters of a heading that stands in a paragraph of its own without a full stop.
LONGEST_HEADING = 60
# A question or what leads in a list, whatever quotes or brackets close behind it.
_ASKS_OR_LEADS = re.compile(r"[?？؟⁇:：]['\"”’»」』)）\]*_\s]*$")
# What is not a heading: a sentence, or the name of a value and the value.
_SAYS = re.compile(r"[:：].|[.。．!！｡…;；，,、]['\"”’»」』)）\]*_\s]*$")
# A heading and one below it. Where more stand in a row they are entries of a list.
MOST_HEADINGS = 2


def announces(text: str, sentence: Span) -> bool:
    """Whether a sentence of ``text`` is a question, leads in what follows, or is a heading in its own paragraph."""
    own = text[sentence.start : sentence.end].strip()
    if _ASKS_OR_LEADS.search(own):
        return True
    before, behind = text[: sentence.start].rstrip(" \t"), text[sentence.end :].lstrip(" \t")
    is_paragraph = (not before or before.endswith("\n")) and behind.startswith("\n\n")
    return is_paragraph and len(own) <= LONGEST_HEADING and "\n" not in own and not _SAYS.search(own)


def find_announced(text: str, sentences: Sequence[Span], place: int) -> range:
    """The places of the sentences below the one at ``place``, which announces them: up to the next that does so.

    A question or a lead-in announces no more than the paragraph below it, a heading all up to the next one. Empty where
    nothing follows, and where what looks like headings are the entries of a list.
    """
    first = place + 1
    while first < len(sentences) and announces(text, sentences[first]):
        first += 1
    if first - place > MOST_HEADINGS:
        return range(0)
    announcing = sentences[first - 1]
    is_heading = not _ASKS_OR_LEADS.search(text[announcing.start : announcing.end])
    last = first
    while last < len(sentences) and not announces(text, sentences[last]):
        last += 1
        if last < len(sentences) and not is_heading and "\n\n" in text[sentences[last - 1].end : sentences[last].start]:
            break
    return range(first, last)
