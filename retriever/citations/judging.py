"""Decides what supports a claim, and whether what it cites does.

A claim is supported by excerpts that say it, by quotation or in meaning, and that have every figure and name of it. A
figure or name that is in none of them makes it unsupported, however close the meaning is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.citations.alignment import coverage, least_run, read_letters
from retriever.citations.excerpts import ReadExcerpt
from retriever.citations.facts import Fact, Finding, find_facts, look_up
from retriever.citations.meaning import EmbeddedClaim, Match, Meaning, find_language, match
from retriever.citations.negation import count_denials
from retriever.citations.statements import Statement
from retriever.citations.values import Claim, Support

_ENOUGH_FACTS = 2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is enough; docs/decisions/citations.md has the figures that they rest on.

    ``quoted`` is the share of a claim that an excerpt has word for word; ``alike`` and ``alike_across`` are the
    similarity of meaning within a language and across languages.
    """

    quoted: float = 0.6
    alike: float = 0.42
    alike_across: float = 0.36


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one excerpt compares with a claim. ``findings`` has one of each fact of the claim."""

    excerpt: ReadExcerpt
    quotation: Support | None
    similarity: Support | None
    findings: tuple[Finding, ...]
    says_it: bool
    denies: bool


class Judge:
    """Compares statements with excerpts."""

    def __init__(self, excerpts: Sequence[ReadExcerpt], meaning: Meaning | None, thresholds: Thresholds) -> None:
        self._excerpts, self._meaning, self._thresholds = excerpts, meaning, thresholds
        languages = [excerpt.language for excerpt in excerpts]
        self._language = max(sorted(set(languages)), key=languages.count, default="")

    def judge(self, statement: Statement, text: str) -> Claim:
        """The claim that a statement makes, with what supports it; ``text`` is it as it is written."""
        words = statement.words
        language = find_language(words, self._language)
        facts = find_facts(words, language)
        embedded = self._meaning.embed_claim(words, language) if self._meaning else None
        every = [self._compare(excerpt, words, language, facts, embedded) for excerpt in self._excerpts]
        known = {comparison.excerpt.number for comparison in every}
        cited = [comparison for comparison in every if comparison.excerpt.number in statement.cited]
        looked_at = cited if statement.cited else every
        supported = _is_supported(looked_at, facts)
        elsewhere = [] if supported else _single_supporters(every, facts)
        by = _collect(looked_at if supported else elsewhere)
        reasons: list[str] = []
        if not supported:
            reasons = _explain(statement, looked_at, elsewhere, facts, known)
        return Claim(text, statement.start, statement.end, statement.cited, supported, by, tuple(reasons))

    def _compare(
        self, excerpt: ReadExcerpt, words: str, language: str, facts: Sequence[Fact], embedded: EmbeddedClaim | None
    ) -> Comparison:
        quotation = _find_quotation(excerpt, words, self._thresholds.quoted)
        similarity, closest = self._find_similarity(excerpt, language, embedded)
        findings = tuple(look_up(fact, excerpt) for fact in facts)
        says_it = bool(quotation or similarity)
        if not says_it and self._meaning is None:
            # Without a model, the facts of a claim are what shows that an excerpt is about the same.
            says_it = sum(finding.is_there for finding in findings) >= _ENOUGH_FACTS
        return Comparison(excerpt, quotation, similarity, findings, says_it, denies(words, language, excerpt, closest))

    def _find_similarity(
        self, excerpt: ReadExcerpt, language: str, embedded: EmbeddedClaim | None
    ) -> tuple[Support | None, Match | None]:
        vectors = excerpt.embedded
        closest = match(embedded, vectors) if embedded is not None and vectors is not None else None
        limits = self._thresholds
        least = limits.alike if excerpt.language == language else limits.alike_across
        if closest is None or closest.cosine < least:
            return None, closest
        score = round(min(max(closest.cosine, 0.0), 1.0), 4)
        return Support(excerpt.number, closest.span.start, closest.span.end, "similarity", score), closest


def _find_quotation(excerpt: ReadExcerpt, words: str, least: float) -> Support | None:
    letters = read_letters(words)
    runs = excerpt.automaton.runs(letters.text, least_run(letters.text))
    share = coverage(runs, len(letters.text))
    if share < least or not runs:
        return None
    longest = max(runs, key=lambda run: (run.length, -run.place))
    span = excerpt.letters.span(longest.place, longest.place + longest.length)
    return Support(excerpt.number, span.start, span.end, "quotation", round(share, 4))


def denies(words: str, language: str, excerpt: ReadExcerpt, closest: Match | None) -> bool:
    """Whether one of a claim and the sentence closest to it denies what the other does not."""
    if closest is None or language != excerpt.language:
        return False
    ours = count_denials(words, language)
    theirs = count_denials(excerpt.text[closest.span.start : closest.span.end], language)
    return ours is not None and theirs is not None and (ours > 0) != (theirs > 0)


def _is_supported(comparisons: Sequence[Comparison], facts: Sequence[Fact]) -> bool:
    """Whether excerpts say a claim, and together have all its facts."""
    saying = [comparison for comparison in comparisons if comparison.says_it and not comparison.denies]
    return bool(saying) and not _find_missing(saying, facts)


def _find_missing(comparisons: Sequence[Comparison], facts: Sequence[Fact]) -> list[Fact]:
    """The facts that none of the excerpts has, though one of them would show them."""
    columns = zip(*(comparison.findings for comparison in comparisons), strict=True)
    return [
        fact
        for fact, column in zip(facts, columns, strict=True)
        if not any(finding.is_there for finding in column) and any(finding.comparable for finding in column)
    ]


def _single_supporters(comparisons: Sequence[Comparison], facts: Sequence[Fact]) -> list[Comparison]:
    return [comparison for comparison in comparisons if _is_supported([comparison], facts)]


def _collect(comparisons: Sequence[Comparison]) -> tuple[Support, ...]:
    found: list[Support] = []
    for comparison in comparisons:
        if not comparison.says_it or comparison.denies:
            continue
        found += filter(None, (comparison.quotation, comparison.similarity))
        places = dict.fromkeys(finding.place for finding in comparison.findings if finding.place is not None)
        number = comparison.excerpt.number
        found += [Support(number, span.start, span.end, "figures and names", 1.0) for span in places]
    order = {"quotation": 0, "similarity": 1, "figures and names": 2}
    return tuple(
        sorted(found, key=lambda support: (order[support.kind], -support.score, support.excerpt, support.start))
    )


def _explain(
    statement: Statement,
    looked_at: Sequence[Comparison],
    elsewhere: Sequence[Comparison],
    facts: Sequence[Fact],
    known: set[int],
) -> list[str]:
    reasons = []
    cited = "".join(f"[{number}]" for number in statement.cited)
    if unknown := [number for number in statement.cited if number not in known]:
        reasons.append(f"the context has no {''.join(f'[{number}]' for number in unknown)}")
    if elsewhere:
        supporters = "".join(f"[{comparison.excerpt.number}]" for comparison in elsewhere)
        reasons.append(f"cited {cited}, supported by {supporters}")
        return reasons
    where = cited if statement.cited else "any excerpt"
    saying = [comparison for comparison in looked_at if comparison.says_it]
    pool = saying or looked_at
    if missing := _find_missing(pool, facts) if pool else []:
        reasons.append(f"not in {where}: {', '.join(fact.text for fact in missing)}")
    if saying and all(comparison.denies for comparison in saying):
        reasons.append("one denies what the other does not: " + "".join(f"[{each.excerpt.number}]" for each in saying))
    if not saying and looked_at:
        reasons.append(f"{cited or 'no excerpt'} does not say this" if cited else "no excerpt says this")
    return reasons or ["the context has no excerpts"]
