"""Questions of every kind, with and without an answer, for ``benchmarks/fit_scores.py``.

What was written for them is in ``benchmarks/questions/`` (see its README); it names files, articles and places in the
shared corpora, of which it copies nothing. DRCD and XQuAD are in the data folder, the five reports in ``corpus`` beside
it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from retriever import Document, Retriever

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "benchmarks" / "questions"
WRITTEN = ("paraphrased", "cross", "copied", "unanswerable")
LAY = ("lay_train", "lay_test", "lay_other_languages")
CORPORA, LANGUAGES = ("zh", "en", "ru"), ("zh", "en", "ru", "ar", "de", "es")
# The corpora of paragraphs: their files in the data folder.
PARAGRAPHS = {"C": "xquad/xquad.en.json", "D": "drcd/DRCD_dev.json"}
# Characters in a row that a passage has in common with an article that it holds.
HELD = 30
# Half of a quotation names its passage, too, if it has so many characters.
HALF = 10
# Of lay questions for training, and of each pair of languages of XQuAD: more add nothing to so few weights.
MOST_LAY = 50
IN_ONE, ACROSS = 50, 12

Holds = Callable[[str, str], bool]
"""Whether the passage with a document's id and a text is right."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; ``holds`` is None if nothing in its corpus answers it.

    ``corpus`` and ``kind`` say where it is from, ``near`` is true for an unanswered one on the corpus's own subjects.
    """

    text: str
    corpus: str
    kind: str
    language: str
    split: str
    holds: Holds | None
    near: bool = False


def squash(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


def strip(text: str) -> str:
    """A text without white space and marks of Markdown."""
    return re.sub(r"[\s*#>|]", "", text)


def read_jsonl(name: str) -> list[dict[str, Any]]:
    path = QUESTIONS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def holds_quote(quote: str) -> Holds:
    """Passages with a quotation, or with half of it where it is cut."""
    whole = squash(quote)
    half = len(whole) // 2
    parts = [whole, whole[:half], whole[half:]] if half >= HALF else [whole]
    return lambda _, text: any(part in squash(text) for part in parts)


def holds_article(articles: Sequence[str]) -> Holds:
    """Passages with ``HELD`` characters in a row of an article."""
    pieces = {text[at : at + HELD] for text in map(strip, articles) for at in range(max(1, len(text) - HELD + 1))}

    def holds(_: str, text: str) -> bool:
        bare = strip(text)
        ends = range(max(1, len(bare) - HELD + 1))
        return any(bare[at : at + HELD] in pieces for at in ends) or any(
            piece in bare for piece in pieces if len(piece) < HELD
        )

    return holds


def read_quote(row: dict[str, Any], data: Path) -> str:
    """What answers a question: stored itself for a corpus of the project, else by its place in the shared one."""
    if "quote" in row:
        return str(row["quote"])
    corpus, document = row["corpus"], row["document"]
    if corpus in PARAGRAPHS:
        text = read_squad(data / PARAGRAPHS[corpus])[0][document]
    else:
        folder = data.parent / "corpus" if corpus == "A" else data / "laws" / "statutes"
        text = (folder / document).read_text("utf-8")
    return text[row["start"] : row["start"] + row["length"]]


def read_written(corpus: str, data: Path) -> Iterator[Asked]:
    """What was written about a corpus."""
    for name in WRITTEN:
        for row in read_jsonl(name):
            if row["corpus"] == corpus:
                kind = "cross" if row.get("cross") else name
                holds = holds_quote(read_quote(row, data)) if "document" in row else None
                yield Asked(row["question"], corpus, kind, row["language"], row["split"], holds, row.get("near", False))


def read_lay(statutes: Path) -> Iterator[Asked]:
    """Lay people's questions about laws."""
    for name in LAY:
        rows = read_jsonl(name)
        random.Random(5).shuffle(rows)
        for number, row in enumerate(rows[:MOST_LAY]):
            named = [(row["law"], row["article"]), *row.get("same_text_elsewhere", []), *row.get("more", [])]
            articles = [find_article(statutes, *pair) for pair in named if len(pair) == 2]
            default = "fit" if number % 2 else "test"
            split = row.get("split", "fit" if name == "lay_train" else default)
            if any(articles):
                holds = holds_article(list(filter(None, articles)))
                yield Asked(row["question"], "B", "lay", row.get("language", "zh"), split, holds)


def find_article(statutes: Path, law: str, article: str) -> str:
    """The text of an article of a law, "" if there is none."""
    path = statutes / law
    text = path.read_text("utf-8") if path.is_file() else ""
    end = r"(?=^\**第[一二三四五六七八九十百千零]+条|^#|\Z)"
    found = re.search(rf"^\**{re.escape(article)}\**(?!之)(.*?){end}", text, re.MULTILINE | re.DOTALL)
    return strip(found[1]) if found else ""


@lru_cache(maxsize=4)
def read_squad(path: Path) -> tuple[list[str], list[tuple[str, int, int]]]:
    """Paragraphs, and questions with the number of their paragraph and article."""
    paragraphs: list[str] = []
    questions = []
    for number, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            questions += [(item["question"], len(paragraphs), number) for item in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    return paragraphs, questions


def read_paragraphs(path: Path, corpus: str, language: str, kind: str, count: int) -> list[Asked]:
    """Questions of a set in SQuAD's form, each right in its paragraph, wherever this is translated to."""
    _, questions = read_squad(path)
    random.Random(f"{corpus} {language}").shuffle(questions)
    return [
        Asked(text, corpus, kind, language, "fit" if article % 2 else "test", _is_document(str(number)))
        for text, number, article in questions[:count]
    ]


def _is_document(id: str) -> Holds:
    return lambda document, _: document == id


def open_files(folder: Path, sources: Path) -> Retriever:
    retriever = Retriever.open(folder, create=True)
    retriever.sync(sources)
    return retriever


def open_paragraphs(folder: Path, path: Path) -> Retriever:
    paragraphs, _ = read_squad(path)
    retriever = Retriever.open(folder, create=True)
    if retriever.status().documents < len(paragraphs):
        retriever.add([Document(str(number), text) for number, text in enumerate(paragraphs)])
    return retriever


def read_sets(data: Path, work: Path) -> Iterator[tuple[str, Callable[[], Retriever], list[Asked]]]:
    """Name, index and questions of each corpus: A reports, B laws, C XQuAD, D DRCD, E examples."""
    yield "E", lambda: open_files(work / "E", ROOT / "examples" / "corpus"), list(read_written("E", data))
    yield "A", lambda: open_files(work / "A", data.parent / "corpus"), list(read_written("A", data))
    paths = {language: data / "xquad" / f"xquad.{language}.json" for language in LANGUAGES}
    for language in CORPORA:
        asked = list(read_written("C", data)) if language == "en" else []
        for other, questions in paths.items():
            kind, count = ("mono", IN_ONE) if other == language else ("cross", ACROSS)
            asked += read_paragraphs(questions, "C", other, kind, count)
        yield f"C-{language}", _open_later(work / f"C-{language}", paths[language]), asked
    drcd = data / "drcd" / "DRCD_dev.json"
    asked = [*read_written("D", data), *read_paragraphs(drcd, "D", "zh", "mono", 4 * IN_ONE)]
    yield "D", _open_later(work / "D", drcd), asked
    statutes = data / "laws" / "statutes"
    yield "B", lambda: open_files(work / "B", statutes), [*read_written("B", data), *read_lay(statutes)]


def _open_later(folder: Path, path: Path) -> Callable[[], Retriever]:
    return lambda: open_paragraphs(folder, path)
