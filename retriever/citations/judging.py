"""Decides what supports a claim, and whether what it cites does.

A claim is supported by excerpts that say it, by quotation or in meaning, and that have every figure and name of it. A
figure or name that is in none of them makes it unsupported, however close the meaning is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retriever.citations.alignment import coverage, least_run, read_letters
from retriever.citations.excerpts import ReadExcerpt
from retriever.citations.facts import Fact, Finding, find_facts, find_misplaced, look_up
from retriever.citations.meaning import EmbeddedClaim, Match, Meaning, find_language, match
from retriever.citations.moments import Moment
from retriever.citations.negation import contradicts
from retriever.citations.quantities import Quantity
from retriever.citations.statements import Statement
from retriever.citations.values import Claim, Support

#: The most characters of a claim.
LONGEST = 5000
_ENOUGH_FACTS = 2
# The share of a claim's tokens that an excerpt is closest to, to say a part of the claim.
_LEAST_PART = 0.2
_ORDER = {"quotation": 0, "similarity": 1, "figures and names": 2}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is enough; docs/decisions/citations.md has the figures that they rest on.

    ``quoted`` is the share of a claim that an excerpt has word for word. The others are similarities of meaning, in
    standard deviations above the mean of unrelated texts: within a language or ``across`` languages, of a claim with a
    figure that the excerpt has too (``figured``), or of any other; and that of a name below which it is ``strange``.
    """

    quoted: float = 0.75
    alike: float = 5.5
    alike_figured: float = 4.2
    across: float = 4.6
    across_figured: float = 2.8
    strange: float = 4.3

    def least_similarity(self, *, across: bool, figured: bool) -> float:
        """The least similarity of a claim to an excerpt that says it."""
        if across:
            return self.across_figured if figured else self.across
        return self.alike_figured if figured else self.alike


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one excerpt compares with a claim. ``findings`` has one of each fact of the claim.

    ``closest`` are its sentences that are closest in meaning, ``least`` is how close they have to be.
    """

    excerpt: ReadExcerpt
    quotation: Support | None
    closest: Match | None
    least: float
    findings: tuple[Finding, ...]
    is_denied: bool
    by_facts: bool = False

    @property
    def similarity(self) -> Support | None:
        """The support by meaning, if there is any."""
        closest = self.closest
        if closest is None or closest.cosine < self.least:
            return None
        score = round(min(max(closest.cosine, 0.0), 1.0), 4)
        return Support(self.excerpt.number, closest.span.start, closest.span.end, "similarity", score)

    @property
    def says_it(self) -> bool:
        """Whether the excerpt says what the claim says, its facts aside."""
        return not self.is_denied and (self.by_facts or bool(self.quotation or self.similarity))


class Judge:
    """Compares statements with excerpts."""

    def __init__(self, excerpts: Sequence[ReadExcerpt], meaning: Meaning | None, thresholds: Thresholds) -> None:
        self._excerpts, self._meaning, self._thresholds = excerpts, meaning, thresholds
        languages = [excerpt.language for excerpt in excerpts]
        self._language = max(sorted(set(languages)), key=languages.count, default="")

    def judge(self, statement: Statement, text: str) -> Claim:
        """The claim that a statement makes, with what supports it; ``text`` is it as it is written."""
        words = statement.words
        if len(words) > LONGEST:
            reason = f"too long to be compared: {len(words):,} characters"
            return Claim(text, statement.start, statement.end, statement.cited, False, (), (reason,))
        language = find_language(words, self._language)
        embedded = self._meaning.embed_claim(words, language) if self._meaning else None
        facts = find_facts(words, language, embedded)
        every = [self._compare(excerpt, words, language, facts, embedded) for excerpt in self._excerpts]
        known = {comparison.excerpt.number for comparison in every}
        cited = [comparison for comparison in every if comparison.excerpt.number in statement.cited]
        looked_at = _join(cited) if statement.cited else every
        supported = _is_supported(looked_at, facts)
        elsewhere = [] if supported else [one for one in every if _is_supported([one], facts)]
        by = _collect(looked_at if supported else elsewhere)
        reasons = [] if supported else explain(statement.cited, looked_at, elsewhere, facts, known)
        return Claim(text, statement.start, statement.end, statement.cited, supported, by, tuple(reasons))

    def _compare(
        self, excerpt: ReadExcerpt, words: str, language: str, facts: Sequence[Fact], embedded: EmbeddedClaim | None
    ) -> Comparison:
        vectors = excerpt.embedded
        closest = match(embedded, vectors) if embedded is not None and vectors is not None else None
        across = excerpt.language != language
        strange = self._meaning.at_deviations(self._thresholds.strange) if self._meaning and not across else -1.0
        findings = [look_up(fact, excerpt, closest, strange) for fact in facts]
        figured = any(
            finding.is_there and isinstance(fact.what, Quantity | Moment)
            for fact, finding in zip(facts, findings, strict=True)
        )
        deviations = self._thresholds.least_similarity(across=across, figured=figured)
        quotation = _find_quotation(excerpt, words, self._thresholds.quoted)
        if closest is not None and quotation is None:
            findings = find_misplaced(facts, findings, excerpt, closest.span)
        return Comparison(
            excerpt,
            quotation,
            closest,
            self._meaning.at_deviations(deviations) if self._meaning else 1.0,
            tuple(findings),
            not across and contradicts(words, language, excerpt.windows),
            # Without a model, the facts of a claim are what shows that an excerpt is about the same.
            self._meaning is None and sum(finding.is_there for finding in findings) >= _ENOUGH_FACTS,
        )


def _join(cited: list[Comparison]) -> list[Comparison]:
    """The comparisons of several cited excerpts, each of which may say a part of the claim.

    Where their closest sentences together are close enough, each that is closest for a part of the claim says it.
    """
    matches = [comparison.closest for comparison in cited if comparison.closest is not None]
    if len(matches) < 2 or len(matches) < len(cited) or any(comparison.says_it for comparison in cited):
        return cited
    tokens = np.stack([match.tokens for match in matches])
    together = float(tokens.max(axis=0).mean())
    parts = np.bincount(tokens.argmax(axis=0), minlength=len(matches)) / tokens.shape[1]
    return [
        replace(comparison, closest=replace(match, cosine=together)) if part >= _LEAST_PART else comparison
        for comparison, match, part in zip(cited, matches, parts, strict=True)
    ]


def _find_quotation(excerpt: ReadExcerpt, words: str, least: float) -> Support | None:
    letters = read_letters(words)
    runs = excerpt.automaton.runs(letters.text, least_run(letters.text))
    share = coverage(runs, len(letters.text))
    if share < least or not runs:
        return None
    longest = max(runs, key=lambda run: (run.length, -run.place))
    span = excerpt.letters.span(longest.place, longest.place + longest.length)
    return Support(excerpt.number, span.start, span.end, "quotation", round(share, 4))


def _is_supported(comparisons: Sequence[Comparison], facts: Sequence[Fact]) -> bool:
    """Whether excerpts say a claim, and one of them or all together have its facts."""
    saying = [comparison for comparison in comparisons if comparison.says_it]
    return any(not find_missing(some, facts) for some in (*([one] for one in saying), saying) if some)


def find_missing(comparisons: Sequence[Comparison], facts: Sequence[Fact]) -> list[Fact]:
    """The facts that none of the excerpts has, though one of them would show them."""
    columns = zip(*(comparison.findings for comparison in comparisons), strict=True)
    return [
        fact
        for fact, column in zip(facts, columns, strict=True)
        if not any(finding.is_there for finding in column) and any(finding.comparable for finding in column)
    ]


def _collect(comparisons: Sequence[Comparison]) -> tuple[Support, ...]:
    found: list[Support] = []
    for comparison in comparisons:
        if not comparison.says_it:
            continue
        found += filter(None, (comparison.quotation, comparison.similarity))
        places = dict.fromkeys(finding.place for finding in comparison.findings if finding.place is not None)
        number = comparison.excerpt.number
        found += [Support(number, span.start, span.end, "figures and names", 1.0) for span in places]
    return tuple(sorted(found, key=lambda one: (_ORDER[one.kind], -one.score, one.excerpt, one.start)))


def explain(
    cited: tuple[int, ...],
    looked_at: Sequence[Comparison],
    elsewhere: Sequence[Comparison],
    facts: Sequence[Fact],
    known: set[int],
) -> list[str]:
    """Why a claim is not supported, in words.

    - ``cited``: the numbers that it cites
    - ``looked_at``: the excerpts that had to support it
    - ``elsewhere``: other excerpts, each of which supports it
    - ``facts``: its figures, dates and names
    - ``known``: the numbers that the context has
    """
    reasons = []
    if unknown := [number for number in cited if number not in known]:
        reasons.append(f"the context has no {_list(unknown)}")
    if elsewhere:
        others = _list([comparison.excerpt.number for comparison in elsewhere])
        return [*reasons, f"cited {_list(cited)}, supported by {others}"]
    if not looked_at:
        return reasons or ["the context has no excerpts"]
    where = _list(sorted(set(cited) & known)) if cited else ""
    saying = [comparison for comparison in looked_at if comparison.says_it]
    pool = saying or looked_at
    missing = find_missing(pool, facts)
    elsewhere_said = [fact for fact in missing if _is_elsewhere(fact, facts, pool)]
    opposed = [facts.index(fact) for fact in missing if _is_opposite(fact, facts, pool)]
    if absent := [fact.text for fact in missing if fact not in elsewhere_said and facts.index(fact) not in opposed]:
        reasons.append(f"not in {where or 'any excerpt'}: {', '.join(absent)}")
    if elsewhere_said:
        reasons.append(f"said of something else: {', '.join(fact.text for fact in elsewhere_said)}")
    denying = [one for one in looked_at if one.is_denied or any(one.findings[number].opposite for number in opposed)]
    if denying:
        reasons.append(f"the opposite of {_list(one.excerpt.number for one in denying)}")
    elif not saying:
        reasons.append(f"{where} does not say this" if where else "no excerpt says this")
    return reasons


def _is_elsewhere(fact: Fact, facts: Sequence[Fact], comparisons: Sequence[Comparison]) -> bool:
    return any(comparison.findings[facts.index(fact)].elsewhere for comparison in comparisons)


def _is_opposite(fact: Fact, facts: Sequence[Fact], comparisons: Sequence[Comparison]) -> bool:
    return any(comparison.findings[facts.index(fact)].opposite for comparison in comparisons)


def _list(numbers: Iterable[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)
