"""The facts of a claim that can be right or wrong by themselves: figures, dates and names, looked up in an excerpt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retriever.citations import moments, quantities
from retriever.citations.figures import find_quantities
from retriever.citations.moments import BUDDHIST, Moment, find_moments
from retriever.citations.names import Name, find_names, overlap
from retriever.citations.periods import are_of_one_kind
from retriever.citations.quantities import Quantity
from retriever.citations.strangers import Stranger, find_strangers, is_strange
from retriever.citations.weekdays import speaks_of_days
from retriever.text.normalise import fold_with_offsets
from retriever.types import Span

if TYPE_CHECKING:
    from retriever.citations.excerpts import ReadExcerpt, ReadText
    from retriever.citations.meaning import EmbeddedClaim, Match


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure, date or name of a claim, as it is written there."""

    text: str
    what: Quantity | Moment | Name | Stranger


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an excerpt has a fact: ``place`` is where, None if it is in what stands above the excerpt.

    A fact that is not ``comparable``, such as a name in another script, may be there in another form. A figure that is
    only ``elsewhere`` is said of something else than the claim is about; where an excerpt says that something fell by a
    figure by which the claim says it rose, or is at most as much where the claim says at least, ``opposite`` is true.
    """

    is_there: bool
    comparable: bool = True
    place: Span | None = None
    elsewhere: bool = False
    opposite: bool = False


_FEW_FIGURES = 3
_LEAST_DIGITS = 6
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})\.(?P<minute>[0-5][0-9])")


def find_facts(words: str, language: str, claim: EmbeddedClaim | None = None) -> list[Fact]:
    """The figures, dates and names of a claim, in order; ``claim`` shows more names where a model is at hand."""
    folded = fold_with_offsets(words)
    dates = find_moments(words, folded)
    names = [name for name in find_names(words, language) if not any(overlap(name.span, date.span) for date in dates)]
    taken = [date.span for date in dates] + [name.span for name in names if name.is_exact]
    figures = find_quantities(folded, words, taken, language=language, strict=True)
    every: list[Quantity | Moment | Name | Stranger] = [*dates, *figures, *names]
    known = [fact.span for fact in every]
    strangers = find_strangers(words, claim) if claim is not None else []
    every += [one for one in strangers if not any(overlap(one.span, span) for span in known)]
    every.sort(key=lambda fact: fact.span)
    return [Fact(words[fact.span.start : fact.span.end], fact) for fact in every]


def look_up(fact: Fact, excerpt: ReadExcerpt, closest: Match | None = None, least: float = 0.0) -> Finding:
    """Whether an excerpt, or what stands above it, has a fact.

    A stranger is there as well if its tokens are as ``closest`` as ``least`` to some of the excerpt's.
    """
    what = fact.what
    if isinstance(what, Stranger):
        letters = f"{excerpt.letters.text}\n{excerpt.labels.letters.text}"
        return Finding(closest is None or not is_strange(what, letters, closest.anywhere, least))
    if isinstance(what, Name):
        return _look_up_name(what, excerpt)
    place = _find(what, excerpt)
    if place is not None:
        return Finding(True, place=place)
    if _find(what, excerpt.labels) is not None:
        return Finding(True)
    if isinstance(what, Quantity) and _find_quantity(replace(what, direction=0, bound=0), excerpt) is not None:
        return Finding(False, opposite=True)
    return Finding(False, comparable=_is_comparable(what, excerpt))


def _is_comparable(what: Quantity | Moment, excerpt: ReadExcerpt) -> bool:
    """Whether an excerpt without a figure or date would have it in a form that is known, if it had it at all."""
    if isinstance(what, Quantity):
        return not what.is_doubtful or any(stated.is_ordinal for stated in excerpt.quantities)
    if what.period is not None:
        named = (moment.period for moment in excerpt.moments if moment.period is not None)
        return any(are_of_one_kind(what.period, period) for period in named)
    return what.weekday is None or _names_weekdays(excerpt)


def _names_weekdays(text: ReadText) -> bool:
    """Whether a text names days of the week, and speaks of them in no other way: each day, at the weekend."""
    named = any(moment.weekday is not None for moment in text.moments)
    return named and not speaks_of_days(text.folded.text)


def _look_up_name(name: Name, excerpt: ReadExcerpt) -> Finding:
    place = excerpt.names.find(name)
    if place is not None or excerpt.labels.names.find(name) is not None:
        return Finding(True, place=place)
    has_script = excerpt.names.has_script(name) or excerpt.labels.names.has_script(name)
    return Finding(False, comparable=name.is_sure and has_script)


def _find(what: Quantity | Moment, text: ReadText) -> Span | None:
    return _find_moment(what, text) if isinstance(what, Moment) else _find_quantity(what, text)


def _find_quantity(claimed: Quantity, text: ReadText) -> Span | None:
    for stated in text.quantities:
        if quantities.agree(claimed, stated) and not quantities.oppose(claimed, stated):
            return stated.span
    for moment in text.moments:
        # Four digits without a unit may be a count as well as a year.
        if not claimed.dimension and len(moment.parts()) == 1 and moment.year and _counts(claimed, moment.year):
            return moment.span
    return _find_digits(claimed, text.text)


def _find_digits(claimed: Quantity, text: str) -> Span | None:
    """Where the digits of a long number stand in other groups, as those of telephone numbers do."""
    number = str(min(claimed.plain, default=""))
    if claimed.dimension or not number.isdecimal() or len(number) < _LEAST_DIGITS:
        return None
    match = re.search(r"(?<![0-9])0*" + r"[\s()/.\-]{0,3}".join(number) + "(?![0-9])", text)
    return Span(*match.span()) if match else None


def _find_moment(claimed: Moment, text: ReadText) -> Span | None:
    stated = moments.find_same(claimed, text.moments)
    if stated is not None:
        return stated.span
    if claimed.minute is not None:
        for figure in text.quantities:
            # 16.00 น., saat 05.45: whether it is a time of day only words tell.
            time = _CLOCK.match(text.text, figure.span.start)
            if time and not figure.dimension and int(time["hour"]) * 60 + int(time["minute"]) == claimed.minute:
                return figure.span
    if claimed.year is not None and claimed.month is None:
        for figure in text.quantities:
            if _counts(figure, claimed.year):
                return figure.span
    return None


def _counts(figure: Quantity, year: int) -> bool:
    """Whether a figure may be a year, perhaps in the Buddhist era."""
    return year in figure.plain or year + BUDDHIST in figure.plain


def find_misplaced(
    facts: Sequence[Fact], findings: Sequence[Finding], excerpt: ReadExcerpt, closest: Span
) -> list[Finding]:
    """The findings, with figures that are elsewhere if the sentences closest to the claim have others in their place.

    A claim with many figures may rest on more sentences than the closest ones, and is left as it is.
    """
    claimed = [fact.what for fact in facts if isinstance(fact.what, Quantity)]
    if len(claimed) > _FEW_FIGURES:
        return list(findings)
    inside = [stated for stated in excerpt.quantities if closest.start <= stated.span.start < closest.end]
    others = [stated for stated in inside if not any(quantities.agree(each, stated) for each in claimed)]

    def is_misplaced(what: object, place: Span | None) -> bool:
        if not isinstance(what, Quantity) or what.is_ordinal or (place and closest.start <= place.start < closest.end):
            return False
        if any(quantities.agree(what, stated) for stated in inside):
            return False
        return any(stated.dimension == what.dimension for stated in others)

    return [
        Finding(False, elsewhere=True) if finding.is_there and is_misplaced(fact.what, finding.place) else finding
        for fact, finding in zip(facts, findings, strict=True)
    ]
