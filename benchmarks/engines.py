"""Whether two storage engines give the same first ten hits, and what a search and a passage take in each.

    python benchmarks/engines.py --data DATA --corpus CORPUS --work DIR [--target milvus+file:DIR/{name}.milvus]
                                 [--questions 200] [--corpora texts,drcd,mixed] [--modes hybrid,dense,lexical]

DATA and CORPUS are as for compare.py. Three corpora are indexed in folders below DIR, once: the text files of CORPUS,
the paragraphs of DRCD, and those of XQuAD in six languages in one pool. Each is copied to the target by ``copy_index``,
where ``{name}`` stands for the corpus, and the same questions are asked of both. Hits are equal if passages, order and
scores to six digits are. A milvus-lite target counts its files, the folder all of its own but the cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from compare import Corpus, Search, copy, read_squad, sample
from quality import LANGUAGES

from retriever import Retriever, SearchResponse, copy_index

DEPTH = 10
PROGRAM = {"texts": 'extension = txt and not name = "x"', "drcd": "document < 500", "mixed": "language in (zh, en)"}


def prepare(data: Path, corpus: Path, work: Path, questions: int, modes: Sequence[str]) -> list[Corpus]:
    """The corpora, as folders of files, with the searches of each."""
    sources = work / "sources"
    languages = {code: read_squad(data / "xquad" / f"xquad.{code}.json") for code in LANGUAGES}
    drcd, asked = read_squad(data / "drcd" / "DRCD_dev.json")
    mixed = [question for _, own in languages.values() for question in sample(own, questions // len(languages))]
    files = sorted(file for file in corpus.iterdir() if file.suffix == ".txt")
    folders = {
        "texts": sources / "texts",
        "drcd": write_rows(sources / "drcd", drcd),
        "mixed": write_rows(sources / "mixed", [text for own, _ in languages.values() for text in dict.fromkeys(own)]),
    }
    if not folders["texts"].exists():
        copy(files, folders["texts"])
    own = {"texts": mixed[:: len(LANGUAGES) // 2], "drcd": sample(asked, questions), "mixed": mixed}
    return [
        Corpus(name, str(folder), tuple(list_searches(own[name], PROGRAM[name], modes)))
        for name, folder in folders.items()
    ]


def write_rows(folder: Path, texts: Sequence[str]) -> Path:
    """A folder with one file of JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def list_searches(questions: Sequence[str], where: str, modes: Sequence[str]) -> list[Search]:
    """Every question in the first mode; every third also in the others, and with a filter."""
    found = []
    for number, question in enumerate(questions):
        found.append(Search(question, mode=modes[0]))  # type: ignore[arg-type]
        if number % 3 == 0:
            found += [Search(question, mode=mode) for mode in modes[1:]]  # type: ignore[arg-type]
            found.append(Search(question, mode=modes[0], where=where))  # type: ignore[arg-type]
    return found


def ask(retriever: Retriever, searches: Sequence[Search]) -> tuple[list[SearchResponse], list[float]]:
    """The answers, and how many seconds each took."""
    answers, seconds = [], []
    retriever.warm()
    for search in searches:
        began = time.perf_counter()
        answers.append(retriever.search(search.query, DEPTH, mode=search.mode, where=search.where))
        seconds.append(time.perf_counter() - began)
    return answers, seconds


def compare(first: Sequence[SearchResponse], second: Sequence[SearchResponse]) -> tuple[int, float]:
    """How many answers are equal, and which share of the first hits is among the second ones."""
    equal, shared, hits = 0, 0, 0
    for one, other in zip(first, second, strict=True):
        ids = [[(hit.id, round(hit.score, 6)) for hit in response] for response in (one, other)]
        equal += ids[0] == ids[1]
        shared += len({hit.id for hit in one} & {hit.id for hit in other})
        hits += len(one)
    return equal, shared / max(hits, 1)


def measure(location: str) -> int:
    """The bytes of the files at a location; 0 on a server."""
    path = Path(location.partition(":")[2].removeprefix("//") if "://" in location else location)
    files = path.rglob("*") if path.is_dir() else ()
    return sum(file.stat().st_size for file in files if file.is_file() and not file.name.startswith("cache"))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--target", help="the second location; {name} is the name of the corpus")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--corpora", default="texts,drcd,mixed")
    parser.add_argument("--modes", default="hybrid,dense,lexical")
    arguments = parser.parse_args()
    target = arguments.target or f"milvus+file:{arguments.work}/{{name}}.milvus"
    corpora = prepare(arguments.data, arguments.corpus, arguments.work, arguments.questions, arguments.modes.split(","))
    for corpus in corpora:
        if corpus.name not in arguments.corpora.split(","):
            continue
        folder, other = str(arguments.work / corpus.name), target.format(name=corpus.name)
        with Retriever.open(folder, create=True) as local:
            local.sync(corpus.folder)
            began = time.perf_counter()
            done = copy_index(folder, other, update=True)
            copied = time.perf_counter() - began
            first = ask(local, corpus.searches)
        with Retriever.open(other) as there:
            second = ask(there, corpus.searches)
            equal, overlap = compare(first[0], second[0])
        print(
            f"{corpus.name}: {done.passages:,} passages, copied in {copied:.1f} s; "
            f"{equal} of {len(corpus.searches)} searches equal, overlap {overlap:.4f}; "
            f"p50 {1000 * statistics.median(first[1]):.0f} and {1000 * statistics.median(second[1]):.0f} ms; "
            f"{measure(folder) / done.passages:.0f} and {measure(done.target) / done.passages:.0f} bytes a passage",
            flush=True,
        )
        for search, one, two in zip(corpus.searches, *(found[0] for found in (first, second)), strict=True):
            if [hit.id for hit in one] != [hit.id for hit in two]:
                print(f"  differs: {search}")


if __name__ == "__main__":
    main()
