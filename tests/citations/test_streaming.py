"""Whatever pieces an answer comes in, the claims are those of the whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever import CitationChecker, check_citations
from retriever.citations.statements import AnswerReader
from retriever.text.sentences import split_sentences
from retriever.types import Span

EXCERPTS = [
    "The ferry to Marrow Island runs every 40 minutes. It carries 1,200 people a day.",
    "澜桥县去年新建公路218公里，改造危桥27座。县长李明远说，今年不再新批房地产项目。",
]
ANSWER = """# The island

Here is what I found:

- The ferry runs every 40 minutes [1]. It carries 1,500 people a day.[1][2] **Why so many?**
1. 去年新建公路218公里【2】。改造危桥三十座[^2]！“不再新批”房地产项目 [2](#two)。

| what | figure |
| --- | ---: |
| bridges | 27 [2] |

```python
print("ferry [1].")
```
Dr. Smith et al. say so on p. 12 [1, 2] and e.g. in 3.5 cases… and so on. The end [1
Sources: [1] ferry.txt:3
[^2]: roads.txt"""
MARKS = st.sampled_from(
    [
        *("[]【】123^,. \n|#`*-:。！？()", "[1]", "[1][2]", "``", "`a[1]", "Dr", "fähre", "公路", "١٢", "\r", "ไทย "),
        *(
            "# ",
            "> ",
            "```",
            "【1†",
            "](#",
            "\\[",
            "Sources: ",
            "Ferry report. ",
            "Marrow Island runs every 40 minutes",
        ),
    ]
)


def stream(answer: str, cuts: list[int], context: list[str]) -> CitationChecker:
    checker = CitationChecker(context)
    claims = []
    places = sorted({min(cut, len(answer)) for cut in cuts})
    for start, end in zip([0, *places], [*places, len(answer)], strict=True):
        claims += checker.feed(answer[start:end])
    claims += checker.finish()
    assert tuple(claims) == checker.report.claims
    return checker


@given(st.lists(st.integers(0, len(ANSWER)), max_size=30))
def test_a_streamed_answer_gives_the_claims_of_the_whole(cuts: list[int]) -> None:
    assert stream(ANSWER, cuts, EXCERPTS).report == check_citations(ANSWER, EXCERPTS)


def test_character_by_character() -> None:
    cuts = list(range(len(ANSWER)))
    assert stream(ANSWER, cuts, EXCERPTS).report == check_citations(ANSWER, EXCERPTS)


@given(st.lists(MARKS, max_size=60), st.lists(st.integers(0, 120), max_size=20))
def test_any_text_in_any_pieces(parts: list[str], cuts: list[int]) -> None:
    answer = "".join(parts)
    assert stream(answer, cuts, EXCERPTS[:1]).report == check_citations(answer, EXCERPTS[:1])


@pytest.mark.parametrize(
    "answer",
    [
        "Ferry report. The fares of Marrow Island, page 3 [1]",
        "## It rains. [1] It snows, and there is no end to it in sight",
        "So it is 【1†the report. The final version of it】 here. And so on, and so on, and so on.",
    ],
)
def test_what_the_end_of_a_line_decides_is_waited_for(answer: str) -> None:
    context = [{"number": 1, "text": EXCERPTS[0], "title": "Ferry report: the fares of Marrow Island"}]
    whole = check_citations(answer, context)
    checker = CitationChecker(context)
    for character in answer:
        checker.feed(character)
    checker.finish()
    assert checker.report == whole


def test_a_claim_comes_before_the_answer_is_complete() -> None:
    checker = CitationChecker(EXCERPTS)
    assert checker.feed("The ferry runs every 40 minutes [1]") == []
    [claim] = checker.feed(". There is no bridge to the island, and none is planned")
    assert claim.text == "The ferry runs every 40 minutes [1]."
    assert claim.cited == (1,)


@given(st.lists(MARKS, max_size=60))
def test_claims_and_asides_lie_in_the_answer_in_order(parts: list[str]) -> None:
    answer = "".join(parts)
    report = check_citations(answer, EXCERPTS)
    spans = sorted([*((claim.start, claim.end) for claim in report.claims), *((a.start, a.end) for a in report.asides)])
    assert all(claim.text == answer[claim.start : claim.end] for claim in report.claims)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(0 <= start < end <= len(answer) for start, end in spans)


def test_a_sentence_without_an_end_is_not_read_again_with_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def count(text: str) -> list[Span]:
        nonlocal read
        read += len(text)
        return split_sentences(text)

    monkeypatch.setattr("retriever.citations.statements.split_sentences", count)
    reader = AnswerReader()
    for _ in range(5000):
        reader.feed("and ")
    assert [statement.end for statement in reader.finish()] == [19_999]
    assert read < 20 * 20_000


def test_claims_can_be_sent_on_where_a_piece_ends_in_half_a_character() -> None:
    pieces = ("The ferry \ud83d", "\ude00 runs every 40 minutes [1].")
    checker = CitationChecker(EXCERPTS)
    claims = [claim for piece in pieces for claim in checker.feed(piece)] + checker.finish()
    assert [claim.text for claim in claims] == ["The ferry \ufffd\ufffd runs every 40 minutes [1]."]
    assert claims == list(check_citations("".join(pieces), EXCERPTS).claims)
