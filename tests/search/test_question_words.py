"""The words of a question, divided between those that a passage holds and the rest."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from processor_time import processor_time

from retriever.search.query import LONGEST_QUESTION, parse
from retriever.search.question_words import MOST_WORDS, QuestionWords
from retriever.text.analyzer import CURRENT

TEXTS = st.lists(st.sampled_from(["负责", "防汛", "水", "permit", "a", " ", "2024", "\n", "№"]), min_size=1, max_size=9)


@given(TEXTS.map("".join).filter(str.strip), st.data())
def test_what_is_not_held_is_missing(text: str, data: st.DataObject) -> None:
    query = parse(text)
    held = data.draw(st.sets(st.sampled_from(query.terms))) if query.terms else set[str]()
    words, missing = QuestionWords(query, CURRENT).name(held)
    tokens = CURRENT.tokenise_question(query.text)
    assert bool(words) == bool(held)
    if not words:
        assert not missing
        return
    found = [token for token in tokens if token.term in held]
    long = [token for token in found if token.end - token.start > 1] or found
    within = {at for token in long for at in range(token.start, token.end)}
    asked = {at for token in tokens for at in range(token.start, token.end)} - within
    runs = [list(run) for _, run in groupby(enumerate(sorted(asked)), lambda pair: pair[1] - pair[0])]
    left = list(dict.fromkeys("".join(query.text[at] for _, at in run) for run in runs))
    assert missing == ", ".join(left[:MOST_WORDS])
    assert {query.text[at] for at in within} == set(words.replace(", ", ""))


def test_the_longest_question_is_read_once_for_all_hits() -> None:
    query = parse(("水 a " * LONGEST_QUESTION)[:LONGEST_QUESTION])
    words = QuestionWords(query, CURRENT)
    with processor_time():
        for _ in range(100):
            assert words.name({"水"}) == ("水", "a")
