"""Lay people's questions about laws, and what is learnt from them.

They were written for it: ``benchmarks/questions/lay_train.jsonl``, ``lay_more.jsonl.gz`` and ``lay_cited.jsonl.gz``,
whose writer thought of the person first and then cited what answers; some stand in other languages. What answers is
told from passages that answer other questions, mostly the nearest of them: from all passages the encoder would learn
the corpus by heart. The real questions and what answers them are not looked at.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from parallel import answers
from student import ACROSS, CODEC, WITHIN, Passages, Question, fuse, gather, match, read_frozen
from torch import Tensor
from torch.nn import functional

from retriever import Retriever
from retriever.index import open_index

sys.path.insert(0, str(Path(__file__).parents[1]))
from lay_questions import split_articles, split_shingles, squeeze

QUESTIONS = Path(__file__).parents[1] / "questions"
HELD_OUT = 10  # one of so many laws, or of the questions with citations
NEAR, RANDOM, MOST, RIGHT = 20, 6, 80, 4
CITED = 0.5  # how often a question with citations is drawn
TRANSLATED = 0.3  # how often a question is drawn that stands in other languages, and then is asked in one of them
ASKED_ABROAD = 0.6
TEMPERATURE = 0.05
START = (5.0, 6.0)


class LawQuestion(NamedTuple):
    """A question by language, its law, the passages that answer, and those that may answer, too."""

    texts: dict[str, str]
    law: str
    right: list[int]
    doubtful: set[int]

    @property
    def language(self) -> str:
        """Chinese where it stands in Chinese."""
        return "zh" if "zh" in self.texts else next(iter(self.texts))

    @property
    def text(self) -> str:
        return self.texts[self.language]


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
        questions = [one for one in self._read_questions() if one.right]
        names = sorted({name_law(one.law) for one in questions})
        random.Random(4).shuffle(names)
        held = set(names[: len(names) // HELD_OUT])
        self.learnt = [one for one in questions if name_law(one.law) not in held]
        self.held = [one for one in questions if name_law(one.law) in held]
        cited = [one for one in self._read_cited() if one.right]
        random.Random(6).shuffle(cited)
        self.held_cited, self.cited = cited[: len(cited) // HELD_OUT], cited[len(cited) // HELD_OUT :]
        self.pool = np.array(sorted({place for one in self.learnt + self.cited for place in one.right}))
        self.pool_vectors = torch.from_numpy(self.vectors[self.pool])
        # Everyone asks about the same articles: they are drawn more often than others, but by the root of it.
        counts = Counter(place for one in self.cited for place in one.right)
        rare = [float(np.mean([counts[at] ** -0.5 for at in one.right])) for one in self.cited]
        weighed = {False: [(one, 1.0) for one in self.learnt], True: list(zip(self.cited, rare, strict=True))}
        self.among = {
            (cited, abroad): [pair for pair in pairs if len(pair[0].texts) > 1 or not abroad]
            for cited, pairs in weighed.items()
            for abroad in (False, True)
        }
        self._frozen: dict[tuple[str, str], Question] = {}

    def _find(self, article: str) -> set[int]:
        """The passages that hold 30 characters in a row of an article."""
        return {place for piece in split_shingles(squeeze(article)) for place in self.places.get(piece, ())}

    def _hold(self, law: str, articles: list[str]) -> set[int]:
        known = self.articles.get(law, {})
        return {place for article in articles if article in known for place in self._find(known[article])}

    def _read_cited(self) -> list[LawQuestion]:
        found = []
        with gzip.open(QUESTIONS / "lay_cited.jsonl.gz", "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                right = {place for law, article in row["articles"] for place in self._hold(law, [article])}
                found.append(LawQuestion(row["questions"], row["articles"][0][0], sorted(right), set()))
        return found

    def _read_questions(self) -> list[LawQuestion]:
        found = []
        for line in (QUESTIONS / "lay_train.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            more = [row["more"]] if isinstance(row.get("more"), str) else []
            right = self._hold(row["law"], [row["article"], *more])
            others = [one for one in row.get("same_text_elsewhere", []) + row.get("also_ok", []) if len(one) == 2]
            doubtful = {place for law, article in others for place in self._hold(law, [article])}
            found.append(LawQuestion({"zh": row["question"]}, row["law"], sorted(right), doubtful - right))
        with gzip.open(QUESTIONS / "lay_more.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                right = self._hold(row["law"], row["articles"])
                texts = {"zh": row["question"], **row.get("translated", {})}
                found.append(LawQuestion(texts, row["law"], sorted(right), set()))
        return found

    def frozen(self, text: str, language: str) -> Question:
        """A question as the unchanged encoder has it."""
        if (text, language) not in self._frozen:
            self._frozen[text, language] = read_frozen(text, language)
        return self._frozen[text, language]

    def passages(self, places: list[int]) -> Passages:
        return gather(self.vectors, self.tokens, self.starts, places)

    def draw(self, generator: random.Random) -> Drawn:
        among, weights = zip(*self.among[generator.random() < CITED, generator.random() < TRANSLATED], strict=True)
        [one] = generator.choices(among, weights)
        left_out = one.doubtful | set(one.right)
        asked = self.frozen(one.text, one.language).whole
        order = self.pool[torch.argsort(self.pool_vectors @ asked, descending=True).numpy()]
        near = [int(place) for place in order[:MOST] if int(place) not in left_out]
        near = generator.sample(near, min(len(near), NEAR))
        rest = [int(at) for at in generator.sample(list(self.pool), RANDOM) if int(at) not in left_out.union(near)]
        right = generator.sample(one.right, min(len(one.right), RIGHT))
        abroad = sorted(set(one.texts) - {"zh"})
        language = generator.choice(abroad) if abroad and generator.random() < ASKED_ABROAD else one.language
        return Drawn(one.texts[language], language, len(right), right + near + rest, one)


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
    """The cross entropy of each of the first ``right`` of scores against all others, in the mean (InfoNCE)."""
    return functional.softplus(torch.logsumexp(scores[right:], 0) - scores[:right]).mean()


def choose_whole(laws: Laws, drawn: Drawn, question: Question) -> Tensor:
    """The same by whole vectors, among all passages that answer some question."""
    scores = laws.pool_vectors @ question.whole / TEMPERATURE
    right = np.isin(laws.pool, drawn.question.right)
    others = ~right & ~np.isin(laws.pool, list(drawn.question.doubtful))
    return choose(torch.cat((scores[right], scores[others])), int(right.sum()))


def rate(laws: Laws, asked: list[LawQuestion], read: dict[str, Question]) -> str:
    """Questions that were left out: something right in the first ten, and the reciprocal rank of it."""
    ranks = defaultdict(list)
    for one in asked:
        for label, question in (("before", laws.frozen(one.text, one.language)), ("after", read[one.text])):
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
