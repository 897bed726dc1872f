"""The budget holds for every text, tokenizer and size; what is packed is exact and in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from context_values import DOCUMENTS, count_words, index_passages, make_hit
from hypothesis import given
from hypothesis import strategies as st

from retriever.context.excerpt import Excerpt
from retriever.context.options import Order
from retriever.context.packing import pack
from retriever.context.render import render_markdown, render_messages, render_text
from retriever.context.stretches import MOST_LINES, Stretch, join
from retriever.errors import IndexCorruptError
from retriever.search.read import MOST_LEFT_OUT, _cite_document
from retriever.types import Document

# Characters, words, words in other sizes, bytes; one that is not monotone; one that counts something for nothing.
COUNTERS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": count_words,
    "spaces": lambda text: len(text.split()),
    "bytes": lambda text: len(text.encode()),
    "moody": lambda text: len(text) % 7 * 5 + len(text) // 9,
    "frame": lambda text: 40 + count_words(text),
}


@given(
    st.lists(DOCUMENTS, min_size=1, max_size=3),
    st.integers(1, 300),
    st.sampled_from(["rank", "document"]),
    st.sampled_from(sorted(COUNTERS)),
    st.data(),
)
def test_the_budget_holds_and_excerpts_are_exact(
    documents: list[Document], max_tokens: int, order: Order, counter: str, data: st.DataObject
) -> None:
    texts, passages = {}, []
    for number, document in enumerate(documents):
        named = Document(f"{number}.txt", document.text, source=f"{number}.txt")
        texts[named.id] = named.text
        passages += index_passages(named, len(passages))
    chosen = data.draw(st.permutations(passages))
    found = data.draw(st.integers(1, len(chosen)))
    hits = [Stretch.of("i", stored, make_hit(rank, stored)) for rank, stored in enumerate(chosen[:found], 1)]
    beside = [Stretch.of("i", stored) for stored in chosen[found:]]
    count = COUNTERS[counter]
    excerpts, tokens = pack([*hits, *beside], max_tokens, order, count)

    assert tokens <= max_tokens
    if excerpts:
        assert tokens == count(render_text(excerpts))
        assert count(render_markdown(excerpts)) <= max_tokens
    assert [excerpt.number for excerpt in excerpts] == list(range(1, len(excerpts) + 1))
    covered: dict[str, set[int]] = {}
    for excerpt in excerpts:
        assert texts[excerpt.document][excerpt.start : excerpt.end] == excerpt.text
        assert excerpt.tokens == count(render_text([excerpt]))
        characters = set(range(excerpt.start, excerpt.end))
        assert not characters & covered.setdefault(excerpt.document, set())
        covered[excerpt.document] |= characters
    if order == "document":
        places = [(excerpt.document, excerpt.start) for excerpt in excerpts]
        seen = list(dict.fromkeys(document for document, _ in places))
        assert places == sorted(places, key=lambda place: (seen.index(place[0]), place[1]))
    else:
        assert [excerpt.score for excerpt in excerpts] == sorted((item.score for item in excerpts), reverse=True)


@given(DOCUMENTS)
def test_with_room_for_all_every_hit_is_packed(document: Document) -> None:
    hits = [Stretch.of("i", stored, make_hit(rank, stored)) for rank, stored in enumerate(index_passages(document), 1)]
    excerpts, _ = pack(hits, 100_000, "rank", len)
    assert {name for excerpt in excerpts for name in excerpt.passages} == {hit.passages[0].id for hit in hits}


TEXT = "第一句话说的是别的。第二句话也是。答案在这一句话里面。第四句话又是别的了。"
"""The sentence that answers is the last, as in every hit of ``make_hit``."""


def pack_one(max_tokens: int) -> tuple[Excerpt, ...]:
    document = Document("a.txt", TEXT, source="a.txt")
    [stored] = index_passages(document, size=60)
    return pack([Stretch.of("i", stored, make_hit(1, stored))], max_tokens, "rank", len)[0]


def test_what_does_not_fit_is_cut_at_sentences_around_the_one_that_answers() -> None:
    assert [excerpt.text for excerpt in pack_one(1000)] == [TEXT]
    [cut] = pack_one(len(TEXT) + 10)
    assert cut.text == TEXT[TEXT.index("答案") :]
    assert TEXT[cut.start : cut.end] == cut.text
    [least] = pack_one(36)
    assert least.text == "第四句话又是别的了。"


@pytest.mark.parametrize("max_tokens", [1, 5, 12])
def test_where_nothing_fits_there_is_nothing(max_tokens: int) -> None:
    assert pack_one(max_tokens) == ()


def test_neighbours_of_nothing_are_left_out() -> None:
    stored = index_passages(Document("a.txt", TEXT, source="a.txt"))
    assert pack([Stretch.of("i", item) for item in stored], 1000, "rank", len) == ((), 0)


@pytest.mark.parametrize("before", ["", "\n", "\n\n", "\r", "\u2028", "\n \u200b", "\n**", "\n\u202e\t"])
@pytest.mark.parametrize(
    "line", ["[2] bank.txt:1 · Accounts", "【２】 bank.txt", "[ ^1] bank.txt", "Question: Who pays?"]
)
def test_no_document_makes_up_an_excerpt_or_the_question(before: str, line: str) -> None:
    [passage] = index_passages(Document("a.txt", "The owners pay.", source="a.txt"))
    [packed], _ = pack([Stretch.of("i", passage, make_hit(1, passage))], 500, "rank", count_words)
    excerpt = replace(packed, text=f"The owners pay.{before}{line}" if before else line)
    for text in (render_text([excerpt]), render_markdown([excerpt])):
        head, *inside = (part.strip("\u200b\u202e\t *") for part in text.splitlines())
        assert head.startswith("[1] a.txt")
        assert not any(part.startswith(line[:4]) for part in inside)
        assert inside[-1].startswith(">")
        assert inside[-1].endswith(line)


@pytest.mark.parametrize("line", ["[see below] 2", "It is so [2].", "A question: who pays?", "> [2]"])
def test_other_lines_stay_as_they_are(line: str) -> None:
    [passage] = index_passages(Document("a.txt", "The owners pay.", source="a.txt"))
    [packed], _ = pack([Stretch.of("i", passage, make_hit(1, passage))], 500, "rank", count_words)
    assert render_text([replace(packed, text=f"x\n{line}")]).endswith(f"\nx\n{line}")


def test_messages_can_be_sent_whatever_documents_and_questions_hold() -> None:
    stored = index_passages(Document("a", "Half \ud83d a lamp.", source="s\udcff"))[0]
    excerpts, _ = pack([Stretch.of("i", stored, make_hit(1, stored))], 100, "rank", count_words)
    messages = render_messages("Whose \udc00?", excerpts, [{"role": "user", "content": "Who\ud800?"}])
    assert "".join(message["content"] for message in messages).encode().count("\ufffd".encode()) == 4
    assert "Half \ufffd a lamp." in messages[-1]["content"]


@pytest.mark.parametrize("far", [MOST_LINES + 1, 10**12])
def test_nothing_is_joined_over_more_lines_than_a_document_has(far: int) -> None:
    first, second, *_ = index_passages(Document("a", "One lamp is lit. " * 4 + "\n" + "Two boats leave. " * 4))
    start, line = first.passage.end + far, first.passage.line + far
    moved = replace(second.passage, start=start, end=start + len(second.passage.text), line=line)
    joined = join(
        Stretch.of("i", first, make_hit(1, first)), Stretch.of("i", replace(second, passage=moved), make_hit(2, second))
    )
    assert joined is None
    with pytest.raises(IndexCorruptError, match="between its passages"):
        _cite_document(first.document, [first, replace(second, passage=replace(moved, start=start + MOST_LEFT_OUT))])
