"""Stretches are exact slices of their documents, however passages are joined and cut."""

from __future__ import annotations

from context_values import DOCUMENTS, index_passages, make_hit
from hypothesis import given
from hypothesis import strategies as st

from retriever.context.stretches import Stretch, join, merge
from retriever.types import Document


@given(DOCUMENTS, st.data())
def test_joined_passages_are_what_stands_in_the_document(document: Document, data: st.DataObject) -> None:
    passages = index_passages(document)
    chosen = data.draw(st.lists(st.sampled_from(passages), min_size=1, unique_by=lambda item: item.ref))
    stretches = [Stretch.of("i", stored, make_hit(rank, stored)) for rank, stored in enumerate(chosen, 1)]
    merged = merge(stretches)
    for stretch in merged:
        assert document.text[stretch.start : stretch.end] == stretch.text
        for offset in (stretch.start, stretch.end - 1):
            assert stretch.line_at(offset) == 1 + document.text.count("\n", 0, offset)
    assert sorted(item.ref for stretch in merged for item in stretch.passages) == sorted(item.ref for item in chosen)
    assert [stretch.rank for stretch in merged] == sorted(stretch.rank for stretch in merged)


@given(DOCUMENTS, st.data())
def test_a_part_is_what_stands_in_the_document(document: Document, data: st.DataObject) -> None:
    passages = index_passages(document)
    for stretch in merge([Stretch.of("i", stored) for stored in passages]):
        places = [at for at in range(stretch.start, stretch.end) if not document.text[at].isspace()]
        start = data.draw(st.sampled_from(places))
        end = 1 + data.draw(st.sampled_from([at for at in places if at >= start]))
        part = stretch.cut(start, end)
        assert part.text == document.text[start:end]
        assert part.line_at(start) == 1 + document.text.count("\n", 0, start)
        assert all(item.passage.start < end and item.passage.end > start for item in part.passages)


def test_paragraphs_and_sentences_without_spaces_are_joined() -> None:
    document = Document("d", "第一句话，有几个字。第二句话，也有几个字。\n\n第二段，不太长。\n　　第三段，也不太长。")
    merged = merge([Stretch.of("i", stored) for stored in index_passages(document)])
    assert sorted(stretch.text for stretch in merged) == [
        "第一句话，有几个字。第二句话，也有几个字。\n\n第二段，不太长。",
        "第三段，也不太长。",
    ]


def test_rows_do_not_join_over_lines() -> None:
    document = Document("row-1", "第一句话，有几个字。\n第二句话，也有几个字。", source="rows.jsonl", line=7)
    first, second = (Stretch.of("i", stored) for stored in index_passages(document))
    assert join(first, second) is None
    assert second.line_at(second.start) == 7


def test_other_documents_and_indexes_stay_apart() -> None:
    stored = index_passages(Document("d", "第一句话，有几个字。第二句话，也有几个字。"))
    other = index_passages(Document("e", "第一句话，有几个字。第二句话，也有几个字。"))
    apart = [Stretch.of("i", stored[0]), Stretch.of("j", stored[1]), Stretch.of("i", other[1])]
    assert len(merge(apart)) == 3


@given(DOCUMENTS)
def test_stretches_that_overlap_are_joined(document: Document) -> None:
    passages = index_passages(document)
    whole = merge([Stretch.of("i", stored) for stored in passages])[0]
    middle = (whole.start + whole.end) // 2
    if whole.start < middle < whole.end:
        first, second = whole.cut(whole.start, middle), whole.cut(max(whole.start, middle - 3), whole.end)
        [both] = merge([second, first])
        assert (both.start, both.end, both.text) == (whole.start, whole.end, whole.text)
