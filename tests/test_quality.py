"""Real questions, real documents, the bundled model: the fifty answerable questions of ``examples/questions.jsonl``.

Measured last, the passage that holds the answer among the first three and in the first place: 36 and 33 of the 36
questions in their document's language, 13 and 6 of the 14 in another one; without late interaction 35 and 30, 11 and 7.
The bars below leave room for two or three questions, as a model in other arithmetic may move them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from example_index import CORPUS, ExampleIndex

from retriever import LIKELY, Hit, Retriever, SyncReport
from retriever.documents import read_file

EXAMPLES = Path(__file__).parent.parent / "examples"


@dataclass(frozen=True)
class Answered:
    """A question, whether its document is in the same language, and what was found."""

    query: str
    foreign: bool
    rank: int | None
    hits: tuple[Hit, ...]


@pytest.fixture(scope="module")
def retriever(examples: ExampleIndex) -> Retriever:
    return examples.retriever


@pytest.fixture(scope="module")
def report(examples: ExampleIndex) -> SyncReport:
    return examples.report


@pytest.fixture(scope="module")
def answered(retriever: Retriever) -> list[Answered]:
    questions = [json.loads(line) for line in (EXAMPLES / "questions.jsonl").open(encoding="utf-8")]
    result = []
    for question in questions:
        if not question.get("answerable", True):
            continue
        hits = tuple(retriever.search(question["query"], k=5))
        [answer] = question["passages"]
        right = [hit for hit in hits if Path(hit.source).name == answer["source"] and answer["text"] in hit.text]
        foreign = question["language"] != _language(CORPUS / answer["source"])
        result.append(Answered(question["query"], foreign, right[0].rank if right else None, hits))
    return result


def _language(path: Path) -> str:
    """The language of an example, as its README lists them."""
    others = {"harrowmere": "en", "port": "en", "shiomihara": "ja", "koreisha": "ja", "otchet": "ru", "plan": "es"}
    return others.get(path.name.partition("-")[0], "zh")


def test_every_document_is_read(report: SyncReport) -> None:
    assert (report.added, report.skipped) == (len(list(CORPUS.iterdir())), ())
    assert report.passages == report.embedded + report.reused > 100


def test_questions_in_the_language_of_the_document(answered: list[Answered]) -> None:
    ranks = {item.query: item.rank for item in answered if not item.foreign}
    assert len(ranks) == 36
    assert sum(rank is not None and rank <= 3 for rank in ranks.values()) >= 33, ranks
    assert sum(rank == 1 for rank in ranks.values()) >= 28, ranks


def test_questions_in_another_language(answered: list[Answered]) -> None:
    ranks = {item.query: item.rank for item in answered if item.foreign}
    assert len(ranks) == 14
    assert sum(rank is not None and rank <= 3 for rank in ranks.values()) >= 11, ranks
    assert sum(rank == 1 for rank in ranks.values()) >= 4, ranks


def test_questions_in_words_of_their_own_among_passages_in_other_languages(retriever: Retriever) -> None:
    """Measured when this was written: 18 of 20 first, 19 among the first five. The examples are in five languages."""
    lines = (EXAMPLES.parent / "benchmarks" / "questions" / "paraphrased.jsonl").read_text("utf-8").splitlines()
    questions = [row for row in map(json.loads, lines) if row["corpus"] == "E"]
    ranks = {}
    for row in questions:
        hits = retriever.search(row["question"], k=5)
        ranks[row["question"]] = next((hit.rank for hit in hits if _squeeze(row["quote"]) in _squeeze(hit.text)), 0)
    assert len(ranks) == 20
    assert sum(rank == 1 for rank in ranks.values()) >= 15, ranks
    assert sum(rank > 0 for rank in ranks.values()) >= 17, ranks


def test_a_word_does_not_raise_what_only_looks_like_a_translation(retriever: Retriever) -> None:
    for question in ("residuos", "Harrowmere Water annual report"):
        hits = retriever.search(question, k=30)
        language = hits[0].language
        assert max(hit.score for hit in hits if hit.language != language) < 0.5


def _squeeze(text: str) -> str:
    return "".join(text.split())


def test_every_citation_leads_to_its_words(answered: list[Answered]) -> None:
    texts: dict[str, str] = {}
    for hit in (hit for item in answered for hit in item.hits):
        if hit.source not in texts:
            (document,) = read_file(Path(hit.source), source=hit.source, report=lambda item: None)
            texts[hit.source] = document.text
        text = texts[hit.source]
        assert text[hit.start : hit.end] == hit.text
        assert hit.line == text.count("\n", 0, hit.start) + 1
        assert (hit.page is not None) == hit.source.endswith(".pdf")
        assert all(0 <= span.start < span.end <= len(hit.text) for span in hit.highlights)


UNANSWERABLE = (
    "怎样给小提琴换弦？",
    "珠穆朗玛峰是谁最先登上的？",
    "Which planet has the most moons?",
    "How long should dumplings be steamed?",
    "Сколько струн у балалайки?",
    "柔道の帯の色はどう決まりますか。",
)


def test_scores_mean_the_same_from_one_question_to_the_next(retriever: Retriever, answered: list[Answered]) -> None:
    """What the corpus cannot answer scored below 0.05; right first hits 0.7 in the middle, 0.2 at the lowest tenth."""
    assert all(0.0 <= hit.score <= 1.0 for item in answered for hit in item.hits)
    right = sorted(item.hits[0].score for item in answered if item.rank == 1)
    assert right[len(right) // 10] > 0.1
    assert right[len(right) // 2] > 0.5
    for question in UNANSWERABLE:
        assert retriever.search(question, k=1)[0].score < LIKELY


def test_a_second_sync_finds_nothing_to_do(retriever: Retriever, report: SyncReport) -> None:
    # By a Retriever of its own: while one that has written is open, its cache cannot be copied for other tests.
    with Retriever.open(retriever.location) as writing:
        again = writing.sync(CORPUS)
    assert (again.committed, again.embedded, again.unchanged) == (False, 0, report.documents)
