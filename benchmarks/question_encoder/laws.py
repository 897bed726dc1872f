"""Lay people's questions about laws, and what is learnt from them.

They were written for it: ``benchmarks/questions/lay_train.jsonl`` and ``lay_more.jsonl.gz``, some in other languages,
too. What answers a question is told from passages that answer others, the nearest of them: from all passages the
encoder would learn the corpus by heart. No question is about an article that answers one of the real questions, and a
passage with such an article is never one that does not answer.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from parallel import answers
from student import ACROSS, CODEC, WITHIN, Passages, Question, fuse, gather, match, read_frozen
from torch import Tensor

from retriever import Retriever
from retriever.index import open_index

sys.path.insert(0, str(Path(__file__).parents[1]))
from lay_questions import read_questions, split_articles, split_shingles, squeeze

QUESTIONS = Path(__file__).parents[1] / "questions"
HELD_OUT = 10  # one of so many laws
NEAR, RANDOM, MOST = 13, 4, 60
TRANSLATED = 0.25  # how often a question is drawn that stands in other languages, and then is asked in one of them
ASKED_ABROAD = 0.6
TEMPERATURE = 0.05
START = (5.0, 6.0)


class LawQuestion(NamedTuple):
    """A question, what it is in other languages, its law, the passages that answer, and those that may answer, too."""

    text: str
    translated: dict[str, str]
    law: str
    right: list[int]
    doubtful: set[int]


class Drawn(NamedTuple):
    """A question in one language, the passages among which it is asked, of which the first ``right`` answer."""

    text: str
    language: str
    right: int
    places: list[int]
    question: LawQuestion


def name_law(path: str) -> str:
    """A law without the date of its edition."""
    return re.sub(r"\(.*", "", path)


class Laws:
    """The passages of DATA/laws/statutes as an index keeps them, and the questions."""

    def __init__(self, data: Path, work: Path) -> None:
        statutes = data / "laws" / "statutes"
        with Retriever.open(work / "laws", create=True) as retriever:
            retriever.sync(statutes)
        with open_index(work / "laws").reading() as snapshot:
            added = list(snapshot.additions())
        tokens = [CODEC.decode(kept).vectors.astype(np.float16) for item in added for kept in item.tokens]
        self.vectors = np.concatenate([item.vectors for item in added]).astype(np.float32)
        self.tokens, self.starts = np.concatenate(tokens), np.append(0, np.cumsum([len(run) for run in tokens]))
        self.places: dict[str, set[int]] = defaultdict(set)
        for place, passage in enumerate(passage for item in added for passage in item.passages):
            for piece in split_shingles(squeeze(passage.text)):
                self.places[piece].add(place)
        self.articles = {
            file.relative_to(statutes).as_posix(): split_articles(file.read_text("utf-8"))
            for file in sorted(statutes.rglob("*.md"))
        }
        asked = {place for one in read_questions(data) for text in one.articles for place in self._find(text)}
        questions = [one for one in self._read_questions(asked) if one.right]
        names = sorted({name_law(one.law) for one in questions})
        random.Random(4).shuffle(names)
        held = set(names[: len(names) // HELD_OUT])
        self.learnt = [one for one in questions if name_law(one.law) not in held]
        self.held = [one for one in questions if name_law(one.law) in held]
        self.abroad = [one for one in self.learnt if one.translated]
        self.pool = np.array(sorted({place for one in self.learnt for place in one.right}))
        self._frozen: dict[tuple[str, str], Question] = {}

    def _find(self, article: str) -> set[int]:
        """The passages that hold 30 characters in a row of an article."""
        return {place for piece in split_shingles(squeeze(article)) for place in self.places.get(piece, ())}

    def _hold(self, law: str, articles: list[str]) -> set[int]:
        known = self.articles.get(law, {})
        return {place for article in articles if article in known for place in self._find(known[article])}

    def _read_questions(self, asked: set[int]) -> list[LawQuestion]:
        found = []
        for line in (QUESTIONS / "lay_train.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            more = [row["more"]] if isinstance(row.get("more"), str) else []
            right = self._hold(row["law"], [row["article"], *more])
            others = [one for one in row.get("same_text_elsewhere", []) + row.get("also_ok", []) if len(one) == 2]
            doubtful = {place for law, article in others for place in self._hold(law, [article])}
            found.append(LawQuestion(row["question"], {}, row["law"], sorted(right), (doubtful | asked) - right))
        with gzip.open(QUESTIONS / "lay_more.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                right = self._hold(row["law"], row["articles"])
                translated = row.get("translated", {})
                found.append(LawQuestion(row["question"], translated, row["law"], sorted(right), asked - right))
        return found

    def frozen(self, text: str, language: str) -> Question:
        """A question as the unchanged encoder has it."""
        if (text, language) not in self._frozen:
            self._frozen[text, language] = read_frozen(text, language)
        return self._frozen[text, language]

    def passages(self, places: list[int]) -> Passages:
        return gather(self.vectors, self.tokens, self.starts, places)

    def draw(self, generator: random.Random) -> Drawn:
        one = generator.choice(self.abroad if generator.random() < TRANSLATED else self.learnt)
        left_out = one.doubtful | set(one.right)
        order = self.pool[np.argsort(-(self.vectors[self.pool] @ self.frozen(one.text, "zh").whole.numpy()))]
        near = [int(place) for place in order[:MOST] if int(place) not in left_out]
        near = generator.sample(near, min(len(near), NEAR))
        rest = [int(at) for at in generator.sample(list(self.pool), RANDOM) if int(at) not in left_out.union(near)]
        right = generator.sample(one.right, min(len(one.right), 2))
        text, language = one.text, "zh"
        if one.translated and generator.random() < ASKED_ABROAD:
            language, text = generator.choice(sorted(one.translated.items()))
        return Drawn(text, language, len(right), right + near + rest, one)


def learn(laws: Laws, drawn: Drawn, question: Question, cuts: Tensor) -> dict[str, Tensor]:
    """The parts of the loss of one question; those that end in 0 are of the unchanged encoder."""
    passages, before = laws.passages(drawn.places), laws.frozen(drawn.text, drawn.language)
    abroad = drawn.language != "zh"
    slope = ACROSS if abroad else WITHIN
    with torch.no_grad():
        unchanged = fuse(before, passages, match(before, passages))
    scores = fuse(question, passages, match(question, passages))
    return {
        "law": choose(slope * scores, drawn.right),
        "law0": choose(slope * unchanged, drawn.right),
        "law_answer": answers(scores, drawn.right, cuts[int(abroad)], slope),
        "law_whole": choose_whole(laws, drawn, question),
        "law_whole0": choose_whole(laws, drawn, before),
        "law_level": (scores.mean() - unchanged.mean()) ** 2,
        "law_near": (1 - (question.tokens * before.tokens).sum(-1)).mean() + (1 - question.whole @ before.whole),
    }


def choose(scores: Tensor, right: int) -> Tensor:
    """The cross entropy of the first ``right`` of scores, of which any is as good (InfoNCE)."""
    return torch.logsumexp(scores, 0) - torch.logsumexp(scores[:right], 0)


def choose_whole(laws: Laws, drawn: Drawn, question: Question) -> Tensor:
    """The same by whole vectors, among all passages that answer some question."""
    right = set(drawn.question.right)
    left = np.array([int(place) not in drawn.question.doubtful for place in laws.pool])
    order = sorted(laws.pool[left], key=lambda place: int(place) not in right)
    scores = torch.from_numpy(laws.vectors[order]) @ question.whole / TEMPERATURE
    return choose(scores, sum(int(place) in right for place in order))


def rate(laws: Laws, read: dict[str, Question]) -> str:
    """Questions about laws that were left out: something right in the first ten, and the reciprocal rank of it."""
    ranks = defaultdict(list)
    for one in laws.held:
        if one.text not in read:
            continue
        for label, question in (("before", laws.frozen(one.text, "zh")), ("after", read[one.text])):
            whole = laws.vectors @ question.whole.numpy()
            ranks["whole", label].append(int((whole > whole[one.right].max()).sum()))
            first = [int(place) for place in np.argsort(-whole)[:40]]
            passages = laws.passages(first)
            scores = fuse(question, passages, match(question, passages)).numpy()
            good = np.isin(first, one.right)
            ranks["late", label].append(int((scores > scores[good].max()).sum()) if good.any() else 10**6)
    return ", ".join(
        f"{kind} {label} {np.mean(np.array(row) < 10):.3f} {np.mean(1 / (1 + np.array(row))):.3f}"
        for (kind, label), row in ranks.items()
    )
