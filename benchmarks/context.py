"""What ``Retriever.context`` makes of follow-ups, and of questions that nothing answers.

    python benchmarks/context.py DATA [--count 150] [--curve] [--errors]

DATA is the folder with DRCD; the five reports are in the folder ``corpus`` beside it. The first table counts questions
whose passage is among the first five hits, every other one of the follow-ups (development) for choices, the rest held
out. The second is for a budget of 1,000 tokens: answered questions whose answer stands in the context, and unanswered
ones of which it says so. The five reports, and the other half of DRCD, take part in fitting
(``benchmarks/fit_scores.py``, ``benchmarks/fit_judgement.py``), by other questions.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from question_sets import (
    EXAMPLES,
    Question,
    change_subjects,
    open_folder,
    read_cues,
    read_drcd,
    read_examples,
    read_follow_ups,
    read_judgements,
)

from retriever import LIKELY, Hit, Retriever, SearchOptions
from retriever.context.conversation import read_history
from retriever.context.cues import find_cue
from retriever.context.follow_ups import find

FIRST = 5
BUDGET = 1000
OPTIONS = SearchOptions(k=30)


def search_alone(retriever: Retriever, question: Question) -> Sequence[Hit]:
    return retriever.search_with(question.text, OPTIONS)


def search_all(retriever: Retriever, question: Question) -> Sequence[Hit]:
    asked = [turn["content"] for turn in question.history if turn["role"] == "user"]
    return retriever.search_with(" ".join([*asked, question.text]), OPTIONS)


def search_turns(retriever: Retriever, question: Question) -> Sequence[Hit]:
    turns = [turn["content"] for turn in question.history]
    return retriever.search_with(" ".join([*turns, question.text]), OPTIONS)


def search_both(retriever: Retriever, question: Question) -> Sequence[Hit]:
    with ExitStack() as stack:
        begin, model = retriever._begin_searches(stack)
        return find(begin, question.text, OPTIONS, read_history(question.history), model).hits


WAYS: dict[str, Callable[[Retriever, Question], Sequence[Hit]]] = {
    "the question alone": search_alone,
    "all questions in a row": search_all,
    "all turns in a row": search_turns,
    "alone and behind the last two": search_both,
}


def find_place(hits: Iterable[Hit], question: Question) -> int:
    """The rank of the first hit with the answer, 0 without one."""
    return next((rank for rank, hit in enumerate(hits, 1) if question.is_answered_by(hit.text)), 0)


def report_places(name: str, places: Sequence[int]) -> None:
    found, first = sum(0 < place <= FIRST for place in places), sum(place == 1 for place in places)
    print(f"  {name:34} {found:3} of {len(places):3} ({found / max(len(places), 1):.3f}), first {first}")


def compare_ways(sets: dict[str, tuple[Retriever, list[Question]]], errors: bool) -> None:
    """The first table, a block for each way to search."""
    for way, ask in WAYS.items():
        print(way)
        places: dict[str, list[int]] = {}
        for name, (retriever, questions) in sets.items():
            for number, question in enumerate(questions):
                place = find_place(ask(retriever, question), question)
                places.setdefault(name.split(":")[0], []).append(place)
                if name.startswith("follow-ups:"):
                    language = question.language if question.language in ("zh", "en") else "es, ru, ja"
                    half = "development" if number % 2 == 0 else "held out"
                    for part in (language, half):
                        places.setdefault(f"follow-ups, {part}", []).append(place)
                if errors and ask is search_both and not 0 < place <= FIRST:
                    print("   ", name, place, [turn["content"] for turn in question.history], question.text)
        for name, found in places.items():
            report_places(name, found)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, its score, and whether the context has the answer."""

    question: Question
    score: float
    has_answer: bool


def judge(retriever: Retriever, questions: Iterable[Question]) -> list[Judged]:
    judged = []
    for question in questions:
        context = retriever.context(question.text, BUDGET, history=question.history, min_score=0)
        has_answer = bool(question.answer) and question.is_answered_by(context.text)
        judged.append(Judged(question, context.score, has_answer))
    return judged


def measure(judged: Sequence[Judged], least: float) -> str:
    """Shares of answered questions with their answer, and of unanswered ones that are refused."""
    answered = [item for item in judged if item.question.answer]
    unanswered = [item for item in judged if not item.question.answer]
    kept = sum(item.has_answer and item.score >= least for item in answered)
    refused = sum(item.score < least for item in unanswered)
    parts = [f"answer {kept:3} of {len(answered):3} ({kept / len(answered):.3f})"] if answered else []
    parts += [f"refused {refused:3} of {len(unanswered):3} ({refused / len(unanswered):.3f})"] if unanswered else []
    return ", ".join(parts)


def report_judgements(name: str, judged: Sequence[Judged], arguments: argparse.Namespace) -> None:
    found = sum(item.has_answer for item in judged)
    print(f"{name}: the budget holds the answer of {found}")
    print(f"  score >= {LIKELY}      {measure(judged, LIKELY)}")
    for least in (0.05, 0.1, 0.15, 0.2, 0.4, 0.5, 0.7) if arguments.curve else ():
        print(f"    score >= {least:<6} {measure(judged, least)}")
    for item in judged if arguments.errors else ():
        if (item.score >= LIKELY and item.has_answer) != bool(item.question.answer):
            print(f"    {item.score:.3f} {item.has_answer} {item.question.language} {item.question.text}")


def report_cues(retriever: Retriever, questions: Sequence[Question]) -> None:
    """How many turns that name nothing, or something, are told as such, and what becomes of them behind questions.

    Those that are not held out were looked at while the phrases were chosen that they are compared with.
    """
    rows = read_cues()
    with ExitStack() as stack:
        _, model = retriever._begin_searches(stack)
        for cue in ("more", "nothing", None):
            for held_out in (False, True):
                texts = [row["text"] for row in rows if row["cue"] == cue and row["held_out"] == held_out]
                found = Counter(find_cue(text, model) for text in texts)
                print(
                    f"cue {cue!s:8} {'held out' if held_out else 'seen':9} {found[cue]} of {len(texts)}, {dict(found)}"
                )
    for cue in ("more", "nothing"):
        texts = [row["text"] for row in rows if row["cue"] == cue and row["held_out"]]
        before = [questions[number % len(questions)].text for number in range(len(texts))]
        answered = [retriever.context(text, BUDGET, history=[one]) for text, one in zip(texts, before, strict=True)]
        alone = sum(retriever.context(question, BUDGET).answerable for question in before)
        print(f"cue {cue}: {sum(one.answerable for one in answered)} answered of {len(texts)} behind {alone} answered")


def time_contexts(retriever: Retriever, questions: Sequence[Question]) -> None:
    """Milliseconds of a search, and of contexts without and with a history, each with questions of its own."""
    retriever.warm()
    ways: dict[str, Callable[[Question], object]] = {
        "search": lambda question: retriever.search(question.text, 30),
        "context": lambda question: retriever.context(question.text, BUDGET),
        "context with history": lambda question: retriever.context(question.text, BUDGET, history=question.history),
    }
    for number, (name, ask) in enumerate(ways.items()):
        own = questions[number :: len(ways)]
        started = time.perf_counter()
        for question in own:
            ask(question)
        print(f"{name:24} {(time.perf_counter() - started) / len(own) * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=150, help="questions of each kind of DRCD (default 150)")
    parser.add_argument("--curve", action="store_true", help="show other thresholds")
    parser.add_argument("--errors", action="store_true", help="list what was not found, or judged wrongly")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        examples = stack.enter_context(open_folder(folder / "examples", EXAMPLES / "corpus"))
        reports = stack.enter_context(open_folder(folder / "reports", arguments.data.parent / "corpus"))
        follow_ups, asked, judgements = read_follow_ups("examples"), read_examples(), read_judgements()
        pairs = [question for question in follow_ups if [turn["role"] for turn in question.history] != ["user"] * 2]
        chains = [question for question in follow_ups if question not in pairs]
        answered = [question for question in judgements if question.answer]
        unanswered = [question for question in judgements if not question.answer]
        sets = {
            "follow-ups: examples": (examples, pairs),
            "follow-ups: reports": (reports, read_follow_ups("reports")),
            "follow-ups of follow-ups": (examples, chains),
            "new subjects: examples": (examples, change_subjects(asked, asked, 5)),
            "new subjects: reports": (reports, change_subjects(answered, answered, 5)),
        }
        compare_ways(sets, arguments.errors)
        chinese = [question for question in judgements if question.language == "zh"]
        report_judgements("five reports, zh", judge(reports, chinese), arguments)
        others = [question for question in judgements if question not in chinese]
        report_judgements("five reports, other languages", judge(reports, others), arguments)
        drcd, questions = read_drcd(arguments.data, folder / "drcd", 1, arguments.count)
        stack.enter_context(drcd)
        report_judgements("DRCD", judge(drcd, questions), arguments)
        continued = judge(examples, follow_ups) + judge(reports, read_follow_ups("reports"))
        report_judgements("follow-ups", continued, arguments)
        changed = change_subjects(unanswered, answered, 5)
        report_judgements("unanswered new subjects", judge(reports, changed), arguments)
        report_cues(examples, asked)
        time_contexts(drcd, [replace(item, history=pairs[0].history) for item in questions[::10]])


if __name__ == "__main__":
    main()
