"""Questions about texts that stand in several languages, and what is learnt from them.

The unchanged encoder tells passages in the question's own language apart; the changed one learns to tell their
translations apart alike. Where a question was written by hand, and its passage is there, the passage counts for half of
what is learnt. The other passages are the nearest in the question's language, and a few at random.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from student import ACROSS, WITHIN, Passages, Question, deviate, fuse, gather, match
from torch import Tensor
from torch.nn import functional

HELD_OUT = 10  # one of so many documents
CANDIDATES, DROPPED = 12, 0.4
WRITTEN = 0.6  # how often a question that was written is asked, beside sentences and headings of the texts
RIGHT = 0.5  # what the passage that a question was written for counts, beside what the unchanged encoder says
# The score, in deviations, from which a passage answers: within a language and across, learnt as well.
START = (5.0, 6.0)


class Asked(NamedTuple):
    """A question by its place, the language of the passages, the items among which it is asked, and how.

    ``own`` is the language in which the unchanged encoder is asked, empty if the question is in none of the item's;
    ``written`` says that the first item is the one that the question was written for.
    """

    at: int
    other: str
    items: list[int]
    own: str
    written: bool


class Parallel:
    """What ``embed.py`` wrote, and the choice of questions and candidates."""

    def __init__(self, work: Path) -> None:
        known = json.loads((work / "set.json").read_text("utf-8"))
        self.items, self.questions = known["items"], known["Q"]
        self.asked = [(at, language) for at, language in known["flat"]]
        self.place = {(item, language): at for at, (item, language) in enumerate(known["P"])}
        self.of = {asked: at for at, asked in enumerate(self.asked)}
        self.vectors, self.tokens, self.starts = self._open(work / "set-p.npz", work / "set-ptok.npy")
        self.asked_vectors, self.asked_tokens, self.asked_starts = self._open(work / "set-q.npz", work / "set-qtok.npy")
        self.known: dict[str, list[int]] = defaultdict(list)
        for item, language in self.place:
            self.known[language].append(item)
        self.there = {language: set(items) for language, items in self.known.items()}
        groups = [f"{item['source']}{item['group'] if '/' in item['group'] else item['id']}" for item in self.items]
        names = sorted(set(groups))
        random.Random(9).shuffle(names)
        held = set(names[: len(names) // HELD_OUT])
        self.held = [group in held for group in groups]
        self.written = [
            [at for at, one in enumerate(self.questions) if one.get("written") and self.held[one["item"]] is held_out]
            for held_out in (False, True)
        ]

    @staticmethod
    def _open(vectors: Path, tokens: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with np.load(vectors) as data:
            return data["vec"], np.load(tokens, mmap_mode="r"), np.append(0, np.cumsum(data["n"]))

    def text(self, at: int) -> str:
        question, language = self.asked[at]
        return str(self.questions[question]["text"][language])

    def frozen(self, at: int) -> Question:
        """A question as the unchanged encoder has it."""
        tokens = self.asked_tokens[self.asked_starts[at] : self.asked_starts[at + 1]].astype(np.float32)
        return Question(torch.from_numpy(self.asked_vectors[at]), torch.from_numpy(tokens))

    def passages(self, items: list[int], language: str) -> Passages:
        return gather(self.vectors, self.tokens, self.starts, [self.place[item, language] for item in items])

    def _nearest(self, at: int, language: str) -> list[int]:
        """The items whose passages in a language are nearest to a question, by whole vectors."""
        items = self.known[language]
        near = self.vectors[[self.place[item, language] for item in items]] @ self.asked_vectors[at]
        return [items[place] for place in np.argsort(-near)[:80]]

    def draw(self, generator: random.Random, *, held: bool = False) -> Asked:
        """A question, and what it is asked among."""
        choose = self._draw_written if generator.random() < WRITTEN else self._draw_made
        while True:
            if (asked := choose(generator, held)) is not None:
                return asked

    def _draw_made(self, generator: random.Random, held: bool) -> Asked | None:
        at = generator.randrange(len(self.asked))
        number, language = self.asked[at]
        question = self.questions[number]
        item = question["item"]
        others = [other for other in self.items[item]["text"] if other != language]
        if question.get("written") or self.held[item] is not held or not others:
            return None
        other = generator.choice(others)
        shared = self.there[language] & self.there[other] - {item}
        near = [one for one in self._nearest(at, language) if one in shared][: CANDIDATES * 2 // 3]
        rest = [one for one in generator.sample(sorted(shared), min(len(shared), CANDIDATES * 2)) if one not in near]
        chosen = near + rest[: CANDIDATES - 1 - len(near)]
        if len(chosen) < CANDIDATES - 2:
            return None
        return Asked(at, other, chosen if generator.random() < DROPPED else [item, *chosen], language, False)

    def _draw_written(self, generator: random.Random, held: bool) -> Asked | None:
        number = generator.choice(self.written[held])
        question = self.questions[number]
        item = question["item"]
        have = list(self.items[item]["text"])
        language = generator.choice(list(question["text"]))
        others = [other for other in have if other != language]
        if not others:
            return None
        other = generator.choice(others)
        own = language if language in have else generator.choice([*sorted(set(question["text"]) & set(have)), ""])
        shared = self.there[own or other] & self.there[other] - {item}
        near = [one for one in self._nearest(self.of[number, own or language], own or other) if one in shared][:20]
        if len(near) < 8:
            return None
        near = near[:4] + generator.sample(near[4:], 4)
        rest = [one for one in generator.sample(sorted(shared), min(len(shared), CANDIDATES)) if one not in near]
        return Asked(self.of[number, language], other, [item, *near, *rest[:3]], own, True)


def diverge(likely: Tensor, scores: Tensor) -> Tensor:
    """How far the softmax of scores is from a distribution (Kullback and Leibler)."""
    return (likely * (likely.clamp_min(1e-9).log() - functional.log_softmax(scores, 0))).sum()


def answers(scores: Tensor, count: int, cut: Tensor, slope: float) -> Tensor:
    """The best of the first ``count``, which answer, is to be above ``cut``, and all others below: over all questions.

    That makes scores of one question mean what those of another do, which a softmax does not.
    """
    odds = slope * (scores - cut)
    return functional.softplus(-odds[:count].max()) + 0.7 * functional.softplus(
        torch.logsumexp(2 * odds[count:], 0) / 2
    )


def spread(matches: Tensor, before: Tensor) -> Tensor:
    """How differently the tokens of a question match passages, and did before."""
    return 100 * ((matches - matches.mean(1, keepdim=True) - before + before.mean(1, keepdim=True)) ** 2).mean()


def learn(texts: Parallel, asked: Asked, question: Question, cuts: Tensor) -> dict[str, Tensor]:
    """The parts of the loss of one question; those that end in 0 are of the unchanged encoder."""
    number, language = texts.asked[asked.at]
    before = texts.frozen(asked.at)
    parts: dict[str, Tensor] = {}
    with torch.no_grad():
        across = texts.passages(asked.items, asked.other)
        first = match(before, across)
        unchanged = fuse(before, across, first)
        right = torch.zeros(len(asked.items))
        right[0] = 1
        likely = likely_within = right
        if asked.own:
            sibling, within = texts.frozen(texts.of[number, asked.own]), texts.passages(asked.items, asked.own)
            own = match(sibling, within)
            target = here = fuse(sibling, within, own)
            if (at := texts.of.get((number, asked.other))) is not None:
                translated = texts.frozen(at)
                target = (here + fuse(translated, across, match(translated, across))) / 2
            share = RIGHT if asked.written else 0
            likely, likely_within = (
                share * right + (1 - share) * functional.softmax(WITHIN * scores, 0) for scores in (target, here)
            )
    found = match(question, across)
    scores = fuse(question, across, found)
    parts["across"], parts["across0"] = diverge(likely, ACROSS * scores), diverge(likely, ACROSS * unchanged)
    parts["spread"], parts["level"] = 0.3 * spread(found, first), (scores.mean() - unchanged.mean()) ** 2
    parts["near"] = (1 - (question.tokens * before.tokens).sum(-1)).mean() + (1 - question.whole @ before.whole)
    parts["whole"] = diverge(likely, ACROSS / WITHIN * deviate(question, across)) / 2
    if asked.written:
        parts["answer"], parts["answer0"] = (answers(one, 1, cuts[1], ACROSS) for one in (scores, unchanged))
    if asked.own == language:
        found = match(question, within)
        scores = fuse(question, within, found)
        parts["within"], parts["within0"] = (diverge(likely_within, WITHIN * one) for one in (scores, here))
        parts["spread"] = parts["spread"] + spread(found, own)
        parts["level"] = parts["level"] + (scores.mean() - here.mean()) ** 2
        alike = likely_within if asked.written else functional.softmax(deviate(before, within), 0)
        parts["whole"] = parts["whole"] + diverge(alike, deviate(question, within))
        if asked.written:
            parts["answer"] = parts["answer"] + answers(scores, 1, cuts[0], WITHIN)
            parts["answer0"] = parts["answer0"] + answers(here, 1, cuts[0], WITHIN)
    return parts
