"""From hits to rankings: names, spans, text, duplicates, and items that count once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_index import indexed, make_hit

from retriever.evaluation.queries import Question, Relevant
from retriever.evaluation.relevance import DocumentNames, Judge
from retriever.hits import Duplicate, Hit
from retriever.reports import IndexedDocument
from retriever.types import Span

FILES = ("reports/a.txt", "reports/b.txt", "old/a.txt", "c.txt")
NAMES = DocumentNames(indexed(*FILES))


def ranking(relevant: list[Relevant], *hits: Hit, names: DocumentNames = NAMES) -> list[str]:
    """The ranking, with ``-`` for irrelevant hits."""
    judge = Judge(Question("1", "q", tuple(relevant)), names)
    return [name if name in judge.grades() else "-" for name in judge.rank(hits)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("c.txt", ["c.txt"]),
        ("./c.txt", ["c.txt"]),
        ("b.txt", ["reports/b.txt"]),
        ("reports/b.txt", ["reports/b.txt"]),
        ("reports\\b.txt", ["reports/b.txt"]),
        ("a.txt", ["old/a.txt", "reports/a.txt"]),
        ("old/a.txt", ["old/a.txt"]),
        ("eports/b.txt", []),
        ("txt", []),
        ("x/reports/b.txt", []),
        ("reports", []),
    ],
)
def test_a_file_is_named_by_its_source_or_the_end_of_it(name: str, found: list[str]) -> None:
    assert sorted(source for _, source in NAMES.find(name)) == found


def test_a_row_is_named_by_its_id_and_rows_by_their_file() -> None:
    rows = [IndexedDocument(key, "faq/rows.jsonl", "", "en", 1) for key in ("r1", "r2")]
    names = DocumentNames(rows)
    assert names.find("r1") == {("r1", "faq/rows.jsonl")}
    assert len(names.find("faq/rows.jsonl")) == len(names.find("rows.jsonl")) == 2
    hits = [make_hit("faq/rows.jsonl", document=key) for key in ("r2", "r1")]
    assert ranking([Relevant("r1")], *hits, names=names) == ["-", "0"]


def test_a_document_is_ranked_at_its_best_passage() -> None:
    hits = [
        make_hit("c.txt"),
        make_hit("c.txt", 100, 200),
        make_hit("reports/b.txt"),
        make_hit("c.txt", 200, 300),
        make_hit("reports/b.txt", 100, 200),
        make_hit("old/a.txt"),
    ]
    assert ranking([Relevant("old/a.txt"), Relevant("b.txt")], *hits) == ["-", "1", "0"]


@pytest.mark.parametrize(
    ("start", "end", "right"),
    [
        (0, 100, True),
        (40, 60, True),  # the span within the hit
        (0, 1000, True),  # the hit within the span
        (90, 110, True),  # half of the span
        (91, 111, False),
        (50, 150, True),  # half of both
        (51, 151, False),
        (100, 120, False),
    ],
)
def test_a_hit_contains_a_span_that_it_overlaps_by_half(start: int, end: int, right: bool) -> None:
    wanted = [Relevant("c.txt", Span(start, end))]
    assert ranking(wanted, make_hit("c.txt", 0, 100)) == (["0"] if right else ["-"])
    assert ranking(wanted, make_hit("b.txt", 0, 100)) == ["-"]


def test_every_span_counts_once_and_a_hit_may_contain_several() -> None:
    wanted = [Relevant("c.txt", Span(0, 10)), Relevant("c.txt", Span(20, 30), grade=2), Relevant("c.txt", Span(90, 99))]
    first, both = make_hit("c.txt", 0, 15), make_hit("c.txt", 0, 50)
    assert ranking(wanted, first, both, make_hit("c.txt", 60, 70)) == ["0", "1", "-"]
    assert ranking(wanted, both, first) == ["1", "0"]


def test_irrelevant_passages_of_one_document_each_take_a_rank() -> None:
    wanted = [Relevant("c.txt", Span(90, 99))]
    hits = [make_hit("c.txt", 0, 10), make_hit("c.txt", 10, 20), make_hit("c.txt", 90, 100)]
    assert ranking(wanted, *hits) == ["-", "-", "0"]


def test_relevant_text_must_be_in_the_hit() -> None:
    hit = make_hit("c.txt", text="每部电梯由县财政\n补贴１５万元。")
    assert ranking([Relevant(text="財政補貼 15萬元")], hit) == ["0"]
    assert ranking([Relevant(text="16万元")], hit) == ["-"]
    assert ranking([Relevant("c.txt", text="电梯")], hit) == ["0"]
    assert ranking([Relevant("b.txt", text="电梯")], hit) == ["-"]
    assert ranking([Relevant(text="Élan")], make_hit("c.txt", text="full of ELAN")) == ["0"]


def test_a_hit_is_relevant_if_a_folded_duplicate_is() -> None:
    hit = make_hit("c.txt", 0, 50, text="lifts", duplicates=[Duplicate("old/a.txt", 70, 90, 4, "old/a.txt")])
    assert ranking([Relevant("old/a.txt")], hit, make_hit("old/a.txt", 200, 300)) == ["0"]
    assert ranking([Relevant("old/a.txt", Span(70, 80))], hit) == ["0"]
    assert ranking([Relevant("old/a.txt", Span(0, 10))], hit) == ["-"]
    assert ranking([Relevant("old/a.txt", text="lifts")], hit) == ["0"]
    assert ranking([Relevant("c.txt"), Relevant("old/a.txt", grade=2)], hit) == ["1", "0"]


SPANS = st.tuples(st.integers(0, 60), st.integers(1, 40)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


@given(
    st.lists(st.tuples(st.sampled_from(FILES), SPANS), min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(st.sampled_from(FILES), SPANS), max_size=12),
    st.booleans(),
)
def test_rankings_are_distinct_and_stable(
    wanted: list[tuple[str, Span]], places: list[tuple[str, Span]], whole: bool
) -> None:
    items = [Relevant(source, None if whole else span) for source, span in wanted]
    judge = Judge(Question("1", "q", tuple(items)), NAMES)
    hits = [make_hit(source, span.start, span.end) for source, span in places]
    found = judge.rank(hits)
    assert len(found) == len(set(found))
    # A longer list of hits only extends the ranking.
    for count in range(len(hits)):
        shorter = judge.rank(hits[:count])
        assert found[: len(shorter)] == shorter
    alone = {name for hit in hits for name in judge.rank([hit]) if name in judge.grades()}
    assert alone == set(found) & judge.grades().keys()
