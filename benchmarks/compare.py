"""Whether two checkouts of this project give the same hits, for a change that is meant to move code and nothing else.

    python benchmarks/compare.py [--data DATA] [--corpus CORPUS] [--reference FILE] OLD NEW
    python benchmarks/compare.py --reference FILE NEW

Each checkout, in a process of its own, indexes the same copies of up to three corpora and answers the same questions
through the public API: OLD's examples; the text files in CORPUS; the paragraphs of DRCD. DATA is as for quality.py.
Every question is asked in hybrid mode; every third also in dense and in lexical mode, with a filter, and with
neighbouring passages. Of the first ten hits passages, their order, places, texts and marked words have to be the
same, and scores to six digits. It exits with 1 where anything differs, and with 2 where a checkout cannot be asked.

With two checkouts ``--reference`` stores OLD's answers in FILE, and beside it, in FILE.sources, the copies that were
indexed: passage ids hang on their paths. With one they are read from there, and it needs neither OLD nor DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from retriever import Hit, Mode, Neighbour, Span

# Of each language of XQuAD, asked of the text files beside the questions of the examples; DRCD's of its paragraphs.
XQUAD_QUESTIONS, DRCD_QUESTIONS = 4, 200
DEPTH = 10
# Differences that are printed of each corpus.
SHOWN = 5
PROGRESS_EVERY = 50

Found: TypeAlias = "dict[str, Any]"
"""What is compared of a hit, as JSON has it."""
Answers: TypeAlias = "list[list[list[Found]]]"
"""The hits of each search of each corpus."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question and how it is asked."""

    query: str
    mode: Mode = "hybrid"
    where: str | None = None
    context: int = 0

    def __str__(self) -> str:
        way = [self.mode, *([self.where] if self.where else []), *(["context"] if self.context else [])]
        return f"{self.query} [{', '.join(way)}]"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder to index and what to ask of it."""

    name: str
    folder: str
    searches: tuple[Search, ...]

    @classmethod
    def make(cls, folder: Path, questions: Sequence[str], where: str) -> Corpus:
        return cls(folder.name, str(folder), tuple(searches(questions, where)))


def searches(questions: Sequence[str], where: str) -> Iterator[Search]:
    for number, question in enumerate(questions):
        yield Search(question)
        if number % 3 == 0:
            yield Search(question, mode="dense")
            yield Search(question, mode="lexical")
            yield Search(question, where=where)
            yield Search(question, context=1)


def prepare(checkout: Path, data: Path | None, corpus: Path | None, sources: Path) -> list[Corpus]:
    """Copy what is to be indexed to ``sources`` and draw the questions."""
    lines = (checkout / "examples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["query"] for line in lines]
    examples = copy((checkout / "examples" / "corpus").iterdir(), sources / "examples")
    corpora = [Corpus.make(examples, questions, "language = zh or extension in (md, docx)")]
    if corpus:
        files = sorted(file for file in corpus.iterdir() if file.suffix == ".txt")
        for path in sorted((data / "xquad").glob("xquad.*.json")) if data else ():
            questions += sample(read_squad(path)[1], XQUAD_QUESTIONS)
        corpora.append(Corpus.make(copy(files, sources / "texts"), questions, f'name != "{files[0].name}"'))
    if data:
        paragraphs, asked = read_squad(data / "drcd" / "DRCD_dev.json")
        rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(paragraphs)]
        (sources / "drcd").mkdir(parents=True)
        (sources / "drcd" / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        where = f"document < {len(paragraphs) // 2}"
        corpora.append(Corpus.make(sources / "drcd", sample(asked, DRCD_QUESTIONS), where))
    return corpora


def copy(files: Iterable[Path], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)
    return folder


def read_squad(path: Path) -> tuple[list[str], list[str]]:
    """Paragraphs and questions. Not by quality.py, so that this process imports no checkout."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    questions = [item["question"] for paragraph in paragraphs for item in paragraph["qas"]]
    return [paragraph["context"] for paragraph in paragraphs], questions


def sample(questions: list[str], size: int) -> list[str]:
    return random.Random(7).sample(questions, min(size, len(questions)))


def ask(checkout: Path, corpora: Sequence[Corpus]) -> Answers:
    """The answers of a checkout, by a process that imports it and nothing of another."""
    progress(f"{checkout}:")
    process = subprocess.run(
        [sys.executable, __file__, "--worker", str(checkout)],
        input=json.dumps([asdict(corpus) for corpus in corpora]),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout), str(checkout / "cli")])},
        text=True,
        check=False,
    )
    if process.returncode:
        progress(f"{checkout} could not be asked")
        sys.exit(2)
    answers: Answers = json.loads(process.stdout)
    return answers


def work(checkout: Path) -> None:
    """What the process of a checkout does: corpora from standard input, answers to standard output."""
    import retriever

    if not Path(retriever.__file__).resolve().is_relative_to(checkout):
        sys.exit(f"there is no retriever in {checkout}: it would be that of {retriever.__file__}")
    print(json.dumps([answer(corpus) for corpus in read_corpora(json.load(sys.stdin))]))


def answer(corpus: Corpus) -> list[list[Found]]:
    from retriever import Retriever

    answers = []
    with tempfile.TemporaryDirectory() as folder, Retriever.open(Path(folder) / "index", create=True) as index:
        progress(f"  {corpus.name}: indexing")
        index.sync(corpus.folder)
        for number, search in enumerate(corpus.searches):
            if number % PROGRESS_EVERY == 0:
                progress(f"  {corpus.name}: {number} of {len(corpus.searches)} searches")
            hits = index.search(search.query, k=DEPTH, mode=search.mode, where=search.where, context=search.context)
            answers.append([describe(hit) for hit in hits])
    return answers


def describe(hit: Hit) -> Found:
    return {
        "id": hit.id,
        "score": float(hit.score),
        "source": hit.source,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "sentence": hit.sentence and place(hit.sentence),
        "highlights": [place(span) for span in hit.highlights],
        "before": [[*place(neighbour), neighbour.text] for neighbour in hit.before],
        "after": [[*place(neighbour), neighbour.text] for neighbour in hit.after],
    }


def place(span: Span | Neighbour) -> list[int]:
    return [span.start, span.end]


def empty(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def store(reference: Path, corpora: Sequence[Corpus], answers: Answers) -> None:
    stored = {"corpora": [asdict(corpus) for corpus in corpora], "answers": answers}
    reference.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


def load(reference: Path) -> tuple[list[Corpus], Answers]:
    stored = json.loads(reference.read_text(encoding="utf-8"))
    return read_corpora(stored["corpora"]), stored["answers"]


def read_corpora(stored: list[dict[str, Any]]) -> list[Corpus]:
    return [
        Corpus(item["name"], item["folder"], tuple(Search(**search) for search in item["searches"])) for item in stored
    ]


def report(corpora: Sequence[Corpus], first: Answers, second: Answers) -> bool:
    """Print a row for each corpus and the first differences; whether there are none."""
    print("| corpus | questions | identical | searches | identical | hits |")
    print("| --- | --- | --- | --- | --- | --- |")
    differences: list[str] = []
    for corpus, before, after in zip(corpora, first, second, strict=True):
        changed: dict[Search, str] = {}
        for search, old, new in zip(corpus.searches, before, after, strict=True):
            if difference := first_difference(old, new):
                changed[search] = difference
        questions = {search.query for search in corpus.searches}
        alike = questions - {search.query for search in changed}
        number, hits = len(corpus.searches), sum(map(len, before))
        print(f"| {corpus.name} | {len(questions)} | {len(alike)} | {number} | {number - len(changed)} | {hits} |")
        differences += [f"{corpus.name}: {search}\n  {text}" for search, text in islice(changed.items(), SHOWN)]
    print(*differences, sep="\n", end="\n" if differences else "")
    return not differences


def first_difference(first: Sequence[Found], second: Sequence[Found]) -> str:
    """The first rank at which two answers differ, with both hits; "" where they are the same."""
    for rank, (old, new) in enumerate(zip_longest(first, second), 1):
        if names := differing(old, new):
            return f"rank {rank}: {show(old)} became {show(new)} ({', '.join(names)})"
    return ""


def differing(old: Found | None, new: Found | None) -> list[str]:
    """The names of what differs between two hits."""
    if old is None or new is None:
        return ["number of hits"]
    return [name for name in old if (not close(old[name], new[name]) if name == "score" else old[name] != new[name])]


def close(one: float, other: float) -> bool:
    return abs(one - other) < 5e-7


def show(hit: Found | None) -> str:
    return f"{hit['id']} {hit['score']:.6f}" if hit else "nothing"


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--data", type=Path, help="folder with drcd/ and xquad/")
    parser.add_argument("--corpus", type=Path, help="folder of text files")
    parser.add_argument("--reference", type=Path, help="where the answers of the first checkout are kept")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    *old, new = (checkout.resolve() for checkout in options.checkouts)
    reference: Path | None = options.reference and options.reference.resolve()
    if options.worker:
        return work(new)
    if len(old) > 1 or not (old or reference):
        parser.error("give two checkouts, or --reference FILE and one")
    with tempfile.TemporaryDirectory() as scratch:
        if old:
            sources = empty(reference.with_name(f"{reference.name}.sources")) if reference else Path(scratch)
            corpora = prepare(old[0], options.data, options.corpus, sources)
            answers = ask(old[0], corpora)
            if reference:
                store(reference, corpora, answers)
        elif reference:
            corpora, answers = load(reference)
        same = report(corpora, answers, ask(new, corpora))
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
