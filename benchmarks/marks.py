"""How often the sentence that a hit marks as its answer is the one that answers.

    python benchmarks/marks.py DATA [--errors]

DATA is as for quality.py, beside the folder ``corpus`` with the five reports. Of each question the first hit that holds
the answer counts, among five. The texts in ``answers/announced.jsonl``, FAQs, handbooks and minutes in eight languages,
were written for it: their headings, questions and lead-ins repeat what is asked. Those of the kind ``long`` came after
the rule that passes these over.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from question_sets import EXAMPLES, ROOT, open_folder, read_examples, read_jsonl
from score_sets import read_quote

from retriever import Hit, Mode, Retriever

AMONG = 5
# Of a quotation of several sentences, so many characters in a row are enough.
PART = 8
QUESTIONS = ROOT / "benchmarks" / "questions"
MODES: tuple[Mode, ...] = tuple(mode for mode in get_args(Mode) if mode != "dense")


def is_right(hit: Hit, answer: str) -> bool:
    """Whether the marked sentence has the answer or is a part of it, white space aside."""
    if hit.sentence is None:
        return False
    marked = "".join(hit.text[hit.sentence.start : hit.sentence.end].split())
    if len(answer) < PART:
        return answer in marked
    return marked in answer or any(answer[at : at + PART] in marked for at in range(len(answer) - PART + 1))


def measure(retriever: Retriever, questions: Iterable[tuple[str, str]], errors: bool) -> dict[Mode, Counter[bool]]:
    """Right and wrong marks by mode; ``questions`` have the text that answers."""
    counts: dict[Mode, Counter[bool]] = {mode: Counter() for mode in MODES}
    for question, quoted in questions:
        answer = "".join(quoted.split())
        for mode in MODES:
            holding = (
                hit for hit in retriever.search(question, AMONG, mode=mode) if answer in "".join(hit.text.split())
            )
            if hit := next(holding, None):
                right = is_right(hit, answer)
                counts[mode][right] += 1
                if errors and not right:
                    print(f"  {mode}: {question} | {quoted[:60]}")
    return counts


def read_questions(corpus: str, data: Path) -> list[tuple[str, str]]:
    """What was written about a corpus, with the text that answers."""
    rows = [row for name in ("paraphrased", "copied", "cross") for row in read_jsonl(QUESTIONS / f"{name}.jsonl")]
    return [(row["question"], read_quote(row, data)) for row in rows if row["corpus"] == corpus]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--errors", action="store_true", help="list the questions whose mark is wrong")
    options = parser.parse_args()
    rows = read_jsonl(ROOT / "benchmarks" / "answers" / "announced.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "announced"
        made.mkdir()
        for number, row in enumerate(rows):
            (made / f"{number}.{row['suffix']}").write_text(row["text"], encoding="utf-8")
        sets = {
            "examples": (EXAMPLES / "corpus", [(question.text, question.answer) for question in read_examples()]),
            "examples, written": (EXAMPLES / "corpus", read_questions("E", options.data)),
            "five reports, written": (options.data.parent / "corpus", read_questions("A", options.data)),
            "announced, short": (made, list_announced(rows, long=False)),
            "announced, long": (made, list_announced(rows, long=True)),
        }
        for name, (corpus, questions) in sets.items():
            with open_folder(Path(folder) / f"index {name}", corpus) as retriever:
                for mode, counts in measure(retriever, questions, options.errors).items():
                    print(f"{name:24} {mode:8} {counts[True]:3} of {counts.total():3}", flush=True)


def list_announced(rows: Iterable[dict[str, Any]], *, long: bool) -> list[tuple[str, str]]:
    """The questions to texts of the kind ``long``, or to the others."""
    return [
        (question["question"], question["answer"])
        for row in rows
        if (row["kind"] == "long") == long
        for question in row["questions"]
    ]


if __name__ == "__main__":
    main()
