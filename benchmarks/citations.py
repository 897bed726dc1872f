"""Unsupported claims in 200 made answers, told by ``check_citations``: precision and recall, and what is missed.

    python benchmarks/citations.py [--model bundled|none|NAME] [--errors development|all]

The answers are made from ``benchmarks/answers/``: sentences written for this about the texts of ``examples/corpus``,
in Chinese, English, Russian, Spanish and Japanese, some of them about a text in another language. Of each fact there
are, as far as it has them: the sentence of the text word for word (right), the sentence in other words (right), the
same with another figure, with another name, and cited to another passage; and sentences that no text says. Every
context has five excerpts: the right one, three of the same document and one of another.

Half of the facts (development) are what the thresholds were set on, the other half (held out) was not looked at.
Traps are reported by themselves: a sentence of the text denied, and the sentence in other words with a figure that the
excerpt has of something else.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from retriever import CitedDocument, Claim, Retriever, check_citations

ROOT = Path(__file__).parents[1]
ANSWERS = ROOT / "benchmarks" / "answers"
KINDS = ("quoted", "in other words", "wrong figure", "wrong name", "wrong passage", "invented")
RIGHT = KINDS[:2]
TRAPS = ("denied", "swapped")
# How many answers of each kind: 200.
COUNTS = dict(zip(KINDS, (29, 53, 36, 22, 30, 30), strict=True))
DISTRACTORS = 3
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, the excerpts it cites from, and what it is."""

    kind: str
    language: str
    answer: str
    excerpts: tuple[str, ...]
    held_out: bool


class Corpus:
    """The example documents as an index reads them."""

    def __init__(self, folder: Path) -> None:
        with Retriever.open(folder / "index", create=True) as retriever:
            retriever.sync(ROOT / "examples" / "corpus")
            self.documents = retriever.read_documents()

    def find(self, name: str) -> CitedDocument:
        return next(document for document in self.documents if name in document.source)

    def pick(self, fact: dict[str, str], randomness: random.Random) -> tuple[list[str], int, int]:
        """The excerpts of a context, the number of the right one, and that of another of the same document."""
        document = self.find(fact["document"])
        pairs = list(join_passages(document))
        right = next(number for number, text in enumerate(pairs) if fact["find"] in text)
        others = randomness.sample(
            [n for n, text in enumerate(pairs) if n != right and fact["find"] not in text], DISTRACTORS
        )
        elsewhere = randomness.choice([other for other in self.documents if other is not document])
        texts = [pairs[right], *(pairs[n] for n in others), next(join_passages(elsewhere))]
        order = randomness.sample(range(len(texts)), len(texts))
        return [texts[n] for n in order], order.index(0) + 1, order.index(1) + 1


def join_passages(document: CitedDocument) -> Iterator[str]:
    """Excerpts of two passages each, as a context joins neighbours."""
    for first in range(0, len(document.passages), 2):
        pair = document.passages[first : first + 2]
        yield document.text[pair[0].start : pair[-1].end]


def make_answers(corpus: Corpus) -> list[Made]:
    """The answers of all kinds, in a fixed order."""
    randomness = random.Random(11)
    facts = [json.loads(line) for line in (ANSWERS / "facts.jsonl").read_text("utf-8").splitlines()]
    inventions = [json.loads(line) for line in (ANSWERS / "inventions.jsonl").read_text("utf-8").splitlines()]
    every: list[Made] = []
    for number, fact in enumerate(facts):
        excerpts, right, wrong = corpus.pick(fact, randomness)
        quoted = next(text for text in split(excerpts[right - 1]) if fact["find"] in text)
        variants = [*vary(fact, quoted, right, wrong, number), *trap(fact, excerpts[right - 1], right)]
        for kind, said, cited in variants:
            language = fact.get("language") or corpus.find(fact["document"]).language
            every.append(Made(kind, language, cite(said, cited), tuple(excerpts), number % 2 == 1))
    for number, fact in enumerate(inventions):
        excerpts, right, _ = corpus.pick(fact, randomness)
        language = fact.get("language") or corpus.find(fact["document"]).language
        every.append(Made("invented", language, cite(fact["say"], right), tuple(excerpts), number % 2 == 1))
    return every


def vary(fact: dict[str, str], quoted: str, right: int, wrong: int, number: int) -> Iterator[tuple[str, str, int]]:
    """The answers of one fact: kind, words, cited number."""
    said = fact["say"]
    yield "quoted", quoted, right
    yield "in other words", said, right
    if "figure" in fact:
        # Every third one in the words of the text.
        changed = change_figure(quoted) if number % 3 == 0 else said.replace(*fact["figure"])
        yield "wrong figure", changed, right
    if "name" in fact:
        yield "wrong name", said.replace(*fact["name"]), right
    yield "wrong passage", quoted if number % 4 == 0 else said, wrong


def trap(fact: dict[str, str], excerpt: str, right: int) -> Iterator[tuple[str, str, int]]:
    """Answers that are hard to tell."""
    if "flip" in fact:
        yield "denied", fact["flip"], right
    own = NUMBER.search(fact["figure"][0]) if "figure" in fact else None
    others = sorted(set(NUMBER.findall(excerpt)) - set(NUMBER.findall(fact["say"])))
    if own and others:
        other = min(others, key=lambda number: abs(len(number) - len(own[0])))
        yield "swapped", fact["say"].replace(fact["figure"][0], fact["figure"][0].replace(own[0], other)), right


def change_figure(sentence: str) -> str:
    """The sentence with the first digit of its longest number changed."""
    longest = max(NUMBER.finditer(sentence), key=lambda match: (len(match[0]), -match.start()))
    first = str(int(longest[0][0]) % 9 + 1)
    return sentence[: longest.start()] + first + sentence[longest.start() + 1 :]


def split(text: str) -> list[str]:
    """Rough sentences, for quoting."""
    return [
        part for part in re.split(r"(?<=[。！？])|(?<=[.!?])\s+(?=[A-ZА-ЯÁÉÍÓÚ])|\n", text) if part and part.strip()
    ]


def cite(sentence: str, number: int) -> str:
    """The sentence with its mark before the final stop."""
    stripped = sentence.strip()
    return f"{stripped[:-1]} [{number}]{stripped[-1]}" if stripped[-1] in ".。" else f"{stripped} [{number}]"


def sample(every: Sequence[Made]) -> list[Made]:
    """As many of each kind as ``COUNTS`` says, evenly over the facts."""
    chosen: list[Made] = []
    for kind, count in COUNTS.items():
        of_kind = [made for made in every if made.kind == kind]
        step = len(of_kind) / count
        chosen += [of_kind[int(number * step)] for number in range(count)]
    return chosen


def is_unsupported(claims: Sequence[Claim]) -> bool:
    return any(not claim.supported for claim in claims)


def report(name: str, results: Sequence[tuple[Made, bool]]) -> None:
    wrong = [flagged for made, flagged in results if made.kind not in RIGHT]
    alarms = sum(flagged for _, flagged in results)
    precision, recall = sum(wrong) / max(alarms, 1), sum(wrong) / max(len(wrong), 1)
    kinds = ", ".join(
        f"{kind} {sum(flagged for made, flagged in results if made.kind == kind)}"
        f"/{sum(made.kind == kind for made, _ in results)}"
        for kind in KINDS
    )
    print(f"{name:12} n={len(results):3}  precision {precision:.3f}  recall {recall:.3f}   unsupported: {kinds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--errors", choices=("development", "all"), help="list what was judged wrongly")
    arguments = parser.parse_args()
    model = None if arguments.model == "none" else arguments.model
    with tempfile.TemporaryDirectory() as folder:
        every = make_answers(Corpus(Path(folder)))
    answers, traps = sample(every), [made for made in every if made.kind in TRAPS]
    check_citations(answers[0].answer, answers[0].excerpts, model)
    started = time.perf_counter()
    checked = [(made, check_citations(made.answer, made.excerpts, model).claims) for made in [*answers, *traps]]
    seconds = time.perf_counter() - started
    results = [(made, is_unsupported(claims)) for made, claims in checked[: len(answers)]]
    report("all", results)
    report("development", [result for result in results if not result[0].held_out])
    report("held out", [result for result in results if result[0].held_out])
    for language in sorted({made.language for made in answers}):
        report(language, [result for result in results if result[0].language == language])
    for kind in TRAPS:
        told = [is_unsupported(claims) for made, claims in checked if made.kind == kind]
        print(f"{kind:12} n={len(told):3}  told as unsupported: {sum(told)}")
    print(f"{seconds / len(checked) * 1000:.0f} ms an answer, its five excerpts embedded")
    for made, claims in checked if arguments.errors else ():
        if is_unsupported(claims) == (made.kind in RIGHT) and (arguments.errors == "all" or not made.held_out):
            print(f"\n{made.kind} ({'held out' if made.held_out else 'development'}): {made.answer}")
            for claim in claims:
                print(f"  {claim.supported} {[(s.excerpt, s.kind, s.score) for s in claim.by[:2]]} {claim.reasons}")


if __name__ == "__main__":
    main()
