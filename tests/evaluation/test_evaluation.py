"""Complete evaluations: of scripted answers, with values worked out by hand, and of a real index."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from scripted_index import ScriptedIndex, indexed, make_hit

from retriever import Progress, Retriever
from retriever.errors import FilterError, UsageError
from retriever.evaluation import QuerySet, Question, Relevant, compare, evaluate, read_queries
from retriever.models.embedding_model import EmbeddingModel
from retriever.types import Span

A, B = Relevant("a.txt"), Relevant("b.txt")
QUERIES = QuerySet(
    (Question("1", "one", (A,), "en"), Question("2", "two", (A, B), "en"), Question("3", "三", (B,), "zh")),
    ("something was left out",),
)
HITS = {"a": make_hit("a.txt"), "b": make_hit("b.txt"), "c": make_hit("c.txt")}


def scripted(**answers: str) -> ScriptedIndex:
    """An index whose answers are given as letters of files: ``one="ca"`` is c.txt, then a.txt."""
    given = {"三" if query == "three" else query: [HITS[name] for name in names] for query, names in answers.items()}
    return ScriptedIndex(indexed("a.txt", "b.txt", "c.txt"), given)


def test_means_overall_and_by_language() -> None:
    steps: list[Progress] = []
    index = scripted(one="ca", two="acb", three="")
    found = evaluate(index, QUERIES, measures=["RR", "AP", "R@k"], k=2, depth=50, on_progress=steps.append)
    assert found.measures == ("RR", "AP", "R@2")
    assert [dict(result.values) for result in found.results] == [
        pytest.approx({"RR": 0.5, "AP": 0.5, "R@2": 1.0}),
        pytest.approx({"RR": 1.0, "AP": (1 + 2 / 3) / 2, "R@2": 0.5}),
        {"RR": 0.0, "AP": 0.0, "R@2": 0.0},
    ]
    assert found.overall["RR"].mean == pytest.approx(0.5)
    assert found.overall["RR"].questions == 3
    assert {code: item["RR"].mean for code, item in found.languages.items()} == {"en": 0.75, "zh": 0.0}
    assert found.languages["zh"]["RR"].low is None
    assert found.estimate("MRR") == found.overall["RR"]
    assert (found.name, found.index, found.generation) == ("hybrid", "indexes/scripted", 3)
    assert found.notices == ("something was left out",)
    assert index.asked == [(query, 50, "hybrid", None, "fold", None) for query in ("one", "two", "三")]
    assert [(step.stage, step.done, step.total) for step in steps] == [("evaluate", n, 3) for n in (1, 2, 3)]


def test_settings_reach_the_search_and_name_the_evaluation() -> None:
    index = scripted(one="a", two="a", three="b")
    found = evaluate(index, QUERIES, mode="dense", rerank=7, duplicates="show", where="year > 2020")
    assert found.name == "dense, rerank 7"
    assert index.asked[0] == ("one", 100, "dense", 7, "show", "year > 2020")
    assert evaluate(index, QUERIES, rerank=0).name == "hybrid, no rerank"
    assert evaluate(index, QUERIES, mode="lexical").name == "lexical"
    assert evaluate(index, QUERIES, name="mine").name == "mine"


def with_scores(**scores: float) -> ScriptedIndex:
    """An index that answers each question with a.txt, at the given score; a score of 0 is not a hit."""
    answers = {name: [make_hit("a.txt", score=score)] if score else [] for name, score in scores.items()}
    return ScriptedIndex(indexed("a.txt", "b.txt"), answers)


UNANSWERED = QuerySet(
    (
        Question("1", "one", (A,), "en"),
        Question("2", "two", (A,), "en"),
        Question("3", "three", (B,), "en"),
        Question("4", "four", (), "fr"),
        Question("5", "five", (), "fr"),
    )
)


def test_questions_without_an_answer_take_no_part_in_measures() -> None:
    found = evaluate(with_scores(one=0.9, two=0.4, three=0.7, four=0.6, five=0), UNANSWERED, measures=["RR"])
    assert found.overall["RR"].mean == pytest.approx(2 / 3)
    assert (found.overall["RR"].questions, list(found.languages)) == (3, ["en"])
    assert [(item.answerable, item.rank, item.score, len(item.values)) for item in found.results] == [
        (True, 1, 0.9, 1),
        (True, 1, 0.4, 1),
        (True, None, 0.7, 1),
        (False, None, 0.6, 0),
        (False, None, 0.0, 0),
    ]
    weighed = found.answerability()
    assert (weighed.right, weighed.wrong, weighed.unanswerable) == (2, 1, 2)
    assert weighed.auc == found.estimate("AUC")
    assert weighed.auc.mean == 0.75
    [change] = compare(found, found)
    assert change.difference.questions == 3
    assert json.loads(json.dumps(found.to_dict()))["results"][3]["first"]["citation"] == "a.txt:1"


def test_failures_are_what_a_threshold_makes_of_first_hits() -> None:
    found = evaluate(with_scores(one=0.9, two=0.4, three=0.7, four=0.6, five=0), UNANSWERED, measures=["RR"])
    assert [(item.kind, item.result.id) for item in found.failures()] == [("missed", "3")]
    for threshold, expected in (
        (0.5, [("missed", "3"), ("answered", "4"), ("refused", "2")]),
        (0.6, [("missed", "3"), ("answered", "4"), ("refused", "2")]),
        (0.61, [("missed", "3"), ("refused", "2")]),
        (0, [("missed", "3"), ("answered", "4")]),
    ):
        assert [(item.kind, item.result.id) for item in found.failures(threshold)] == expected
    with pytest.raises(UsageError, match="threshold must be a number"):
        found.failures("0.5")  # type: ignore[arg-type]
    second = evaluate(scripted(one="ba", two="a", three="b"), QUERIES, measures=["RR"])
    assert [(item.kind, item.result.rank) for item in second.failures()] == [("wrong", 2)]
    assert second.failures()[0].to_dict()["result"]["relevant"][0]["document"] == "a.txt"


def test_the_first_hit_is_shown_by_the_sentence_that_answers() -> None:
    text = "One.\nThe lamp\n is lit. " + "long " * 100
    hits = {"one": [replace(make_hit("a.txt", text=text), sentence=Span(5, 22))], "two": [make_hit("a.txt", text=text)]}
    index = ScriptedIndex(indexed("a.txt"), {**hits, "三": [make_hit("a.txt", text="long " * 100)]})
    first = [item.first for item in evaluate(index, QuerySet(QUERIES.questions), measures=["RR"]).results]
    assert [item.text for item in first[:2] if item] == ["The lamp is lit.", "One."]
    assert first[2] is not None
    assert len(first[2].text) == 300
    assert first[2].text.endswith("…")


def test_a_set_without_any_answer_is_refused() -> None:
    with pytest.raises(UsageError, match="no question has a relevant item"):
        evaluate(with_scores(four=0.5), QuerySet(UNANSWERED.questions[3:4]))


def test_two_evaluations_compared() -> None:
    first = evaluate(scripted(one="ca", two="cab", three="b"), QUERIES, measures=["RR", "AP"])
    second = evaluate(scripted(one="a", two="acb", three="cb"), QUERIES, measures=["RR", "R@3"], name="new")
    [change] = compare(first, second)
    assert (change.first, change.second, change.measure) == ("hybrid", "new", "RR")
    assert change.difference.mean == pytest.approx((0.5 + 0.5 - 0.5) / 3)
    assert (change.better, change.worse) == (2, 1)
    # Of the eight ways to exchange pairs, four give a sum of at least 0.5, seven one of at most 0.5.
    assert change.p == pytest.approx(1.0)
    other = evaluate(scripted(one="a"), QuerySet(QUERIES.questions[:1]))
    with pytest.raises(UsageError, match="different questions"):
        compare(first, other)


def test_documents_missing_from_the_index_are_reported() -> None:
    queries = QuerySet((Question("1", "one", (A, Relevant("lost.txt"))),))
    found = evaluate(scripted(one="a"), queries, measures=["R@5"])
    assert found.overall["R@5"].mean == 0.5
    [notice] = found.notices
    assert "1 of 2 relevant documents are not in the index" in notice
    assert "lost.txt" in notice
    with pytest.raises(UsageError, match=r"none of the 1 relevant documents .* lost.txt") as error:
        evaluate(scripted(one="a"), QuerySet((Question("1", "one", (Relevant("lost.txt"),)),)))
    assert "a.txt" in error.value.hint


def test_an_ambiguous_name_is_reported() -> None:
    index = ScriptedIndex(indexed("x/a.txt", "y/a.txt"), {"one": [make_hit("y/a.txt")]})
    found = evaluate(index, QuerySet((Question("1", "one", (A,)),)), measures=["RR"])
    assert found.overall["RR"].mean == 1.0
    assert "names that match several documents (1): a.txt" in found.notices[0]


def test_a_question_that_cannot_be_searched_is_named() -> None:
    with pytest.raises(UsageError, match="question 2: the query has no words"):
        evaluate(scripted(one="a"), QUERIES)


def test_an_invalid_filter_is_not_blamed_on_the_question() -> None:
    index = mock.Mock(wraps=scripted(one="a"), path=Path("x"))
    index.search_with.side_effect = FilterError("no such field", expression="yeer > 1", position=0)
    with pytest.raises(FilterError, match=r"^no such field$"):
        evaluate(index, QuerySet(QUERIES.questions[:1]), where="yeer > 1")


def test_a_measure_that_was_not_computed() -> None:
    found = evaluate(scripted(one="a", two="a", three="b"), QUERIES, measures=["RR"])
    with pytest.raises(UsageError, match="the evaluation has no measure 'AP'"):
        found.estimate("AP")
    with pytest.raises(UsageError, match="the cutoff 20 of 'R@20' exceeds the depth of 10"):
        evaluate(scripted(one="a", two="a", three="b"), QUERIES, measures=["R@20"], depth=10)


def test_a_change_of_the_index_is_reported() -> None:
    index = scripted(one="a", two="a", three="b")

    def change(progress: Progress) -> None:
        index.generation += 1

    found = evaluate(index, QUERIES, measures=["RR"], on_progress=change)
    assert found.generation == 5
    assert "different generations" in found.notices[-1]


def test_a_real_index_of_files_and_rows(tmp_path: Path, encoder: FakeEncoder) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "harbour.txt").write_text("The harbour master keeps the lamp on the north pier.", encoding="utf-8")
    rows = [f'{{"id": "r{number}", "text": "Row {number} tells of tram line {number}."}}' for number in range(3)]
    (docs / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        '{"query": "who keeps the lamp", "documents": ["harbour.txt"]}\n'
        '{"query": "tram line 2", "documents": ["r2"]}\n'
        '{"query": "north pier lamp", "passages": [{"source": "harbour.txt", "start": 26, "end": 51}]}\n'
        '{"query": "tram line 1", "texts": ["line 1"]}\n',
        encoding="utf-8",
    )
    with (
        mock.patch("retriever.search.loaded.load", return_value=EmbeddingModel(encoder)),
        Retriever.open(tmp_path / "i", create=True) as index,
    ):
        index.sync(docs)
        held = index.documents()
        assert [(Path(item.source).name, item.passages) for item in held] == [("harbour.txt", 1)] + [
            ("rows.jsonl", 1)
        ] * 3
        assert [item.document for item in held[1:]] == ["r0", "r1", "r2"]
        found = evaluate(index, read_queries(questions), mode="lexical")
        assert {result.id: result.values["RR"] for result in found.results} == {"1": 1.0, "2": 1.0, "3": 1.0, "4": 1.0}
        assert found.notices == ()
        assert evaluate(index, read_queries(questions), mode="lexical") == found
