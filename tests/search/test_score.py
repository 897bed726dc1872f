"""Texts of others are scored as hits are: the hits themselves are the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_encoder import FakeEncoder
from library import FILES
from small_index import write

from retriever import Document, Progress, Retriever
from retriever.errors import UsageError
from retriever.search.score import PART

if TYPE_CHECKING:
    from retriever.models.interface import Encoder
    from retriever.types import Vectors

QUESTIONS = ("Who gives out the permit?", "the fee for a berth", "阅览室不得饮食", '"north quay"', "lamp")


class CountingEncoder(FakeEncoder):
    """Counts the questions that it reads."""

    questions = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.questions += 1
        return super().encode_queries(texts)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    folder = tmp_path_factory.mktemp("score")
    opened = Retriever.open(folder / "index", create=True, model=FakeEncoder())
    opened.sync(write(folder / "docs", FILES), passage_tokens=20)
    return opened


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_text_of_a_hit_has_the_score_of_the_hit(retriever: Retriever, question: str) -> None:
    hits = retriever.search(question, 100, rerank=100, duplicates="show")
    # The first passage of a document is also found by its title, which a bare text does not have.
    compared = [hit for hit in hits if hit.start > len(hit.title) + 2]
    assert compared
    scores = retriever.score(question, [hit.text for hit in compared])
    # An index keeps vectors in half precision.
    assert scores == pytest.approx([hit.score for hit in compared], abs=1e-4)


def test_a_question_is_read_in_the_language_of_the_corpus(tmp_path: Path, bundled: Encoder) -> None:
    """Which is all that tells Japanese words in Chinese characters from Chinese ones."""
    texts = ["津波のときは高台の避難所へ歩いて向かう。", "バスの運賃は大人二百円である。", "図書館は月曜日に休む。"]
    with Retriever.open(tmp_path / "index", create=True, model=bundled) as opened:
        opened.add([Document(str(number), text) for number, text in enumerate(texts)])
        for question in ("津波高台", "大人運賃"):
            hits = opened.search(question)
            scores = opened.score(question, [hit.text for hit in hits])
            assert scores == pytest.approx([hit.score for hit in hits], abs=1e-4)


def test_a_text_is_scored_alike_whatever_is_beside_it(retriever: Retriever) -> None:
    texts = ["The permit is given out on Mondays.", "", "借书证", "The permit is given out on Mondays.", "?" * 9]
    scores = retriever.score("Who gives out the permit?", texts)
    assert [retriever.score("Who gives out the permit?", [text])[0] for text in texts] == scores
    assert max(scores) == scores[0] == scores[3]
    assert all(0 <= score <= 1 for score in scores)


def test_of_a_long_text_the_beginning_counts(retriever: Retriever) -> None:
    long = "The ferry leaves at dusk. " * 400 + "The permit is given out on Mondays. " * 10_000
    question = "Who gives out the permit?"
    assert retriever.score(question, [long]) == retriever.score(question, [long[:10_000]])


def test_many_texts_are_scored_from_one_generation(tmp_path: Path) -> None:
    texts = [f"Permit {number} is given out on Mondays." for number in range(2 * PART + 1)]
    question = "Who gives out the permit?"
    model = CountingEncoder()
    with Retriever.open(tmp_path / "index", create=True, model=model) as opened:
        opened.add([Document("a", "The permit is given out on Mondays.")])
        opened.score(question, texts[:1])
        asked = model.questions
        before = opened.score(question, texts)
        assert model.questions == asked + 2  # by the search that finds the scale, and by the comparison
        seen = []

        def commit(progress: Progress) -> None:
            seen.append((progress.stage, progress.done, progress.total, progress.unit))
            if progress.done == PART:
                opened.add([Document("b", "The permit is a paper. A permit is given out by the harbour master.")])

        assert opened.score(question, texts, on_progress=commit) == before
        assert seen == [("score", done, len(texts), "texts") for done in (0, PART, 2 * PART, len(texts))]
        assert opened.score(question, texts) != before


def test_scoring_ends_where_nobody_waits_for_it(retriever: Retriever) -> None:
    def stop(progress: Progress) -> None:
        if progress.done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        retriever.score("permit", ["permit"] * (PART + 1), on_progress=stop)
    with pytest.raises(UsageError, match="on_progress"):
        retriever.score("permit", ["permit"], on_progress="stop")  # type: ignore[arg-type]


def test_no_texts_have_no_scores(retriever: Retriever) -> None:
    assert retriever.score("permit", []) == []


@pytest.mark.parametrize(
    ("query", "texts", "message"),
    [
        ("permit", "text", "texts must be a list, not str"),
        ("permit", ["text", 7], "text 1 of the list is not a string"),
        (" ", ["text"], "the query is empty"),
    ],
)
def test_what_cannot_be_scored_is_refused(retriever: Retriever, query: str, texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        retriever.score(query, texts)


def test_a_file_is_read_as_long_as_it_is_what_was_indexed(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.txt": "The lamp is lit.", "b.txt": "The quay is closed."})
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        opened.sync(docs)
        document = str(docs / "a.txt")
        assert opened.read_file(document).data == b"The lamp is lit."
        (docs / "a.txt").unlink()
        (docs / "a.txt").symlink_to(docs / "b.txt")  # as of an index that names a file of somebody else
        with pytest.raises(UsageError, match="is not what was indexed any more"):
            opened.read_file(document)
        (docs / "a.txt").unlink()
        (docs / "a.txt").mkdir()
        with pytest.raises(UsageError, match="is not what was indexed any more"):
            opened.read_file(document)
