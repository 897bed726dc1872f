"""What repeats the question announces the answer: the mark is below it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_index import write

from retriever import Retriever
from retriever.search.announcing import announces, find_announced
from retriever.text.sentences import split_sentences

FILES = {
    "library.md": "# Library FAQ\n\n## What happens if I lose a book?\n\nYou pay the price of a new copy.\n\n"
    "## Can I bring food?\n\nOnly closed bottles of water are allowed.\n",
    "手册.md": "# 员工手册\n\n## 加班与调休\n\n平日加班按一点五倍计算，可以在三个月内换成休息。\n\n"
    "## 差旅报销\n\n出差回来后十个工作日内交发票，逾期不予受理。\n",
    "休暇.txt": "よくある質問\n\nQ. 有給休暇は翌年に繰り越せますか？\nA. 二年間有効で、その後は消滅します。\n",
    "minutes.txt": "The committee agreed on the following steps for the roofs:\n- The tender is published in March.\n\n"
    "The boiler is replaced before winter.\n",
    "contact.md": "# Contact\n\nPhone: 030 123 456\n\nAddress: Harbour Street 5\n\nParking: behind the building\n",
}
ASKED = [
    ("What happens if I lose a book?", "You pay the price of a new copy."),
    ("Can I bring food into the library?", "Only closed bottles of water are allowed."),
    ("加班与调休", "平日加班按一点五倍计算，可以在三个月内换成休息。"),
    ("差旅报销", "出差回来后十个工作日内交发票，逾期不予受理。"),
    ("有給休暇は翌年に繰り越せますか？", "二年間有効で、その後は消滅します。"),
    ("Which steps did the committee agree on for the roofs?", "The tender is published in March."),
    ("phone", "Phone: 030 123 456"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("announced")
    with Retriever.open(folder / "index", create=True) as retriever:
        retriever.sync(write(folder / "docs", FILES))
        yield retriever


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
@pytest.mark.parametrize(("question", "answer"), ASKED)
def test_what_answers_is_marked_below_what_repeats_the_question(
    index: Retriever, question: str, answer: str, mode: str
) -> None:
    hit = index.search(question, mode=mode)[0]  # type: ignore[arg-type]
    assert hit.sentence
    assert answer in hit.text[hit.sentence.start : hit.sentence.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Opening hours\n\nFrom nine to five.", [True, False]),
        ("Opening hours\nFrom nine to five.", [False, False]),
        ("为此，采取以下措施：\n一是投资。", [True, False]),
        ("“谁来出钱？”\n县里出。", [True, False]),
        ("**Who pays?**\n\nThe town does.", [True, False]),
        ("Phone: 030 12\n\nAddress: Harbour 5\n\nEnd.", [False, False, False]),
        ("The last line is a heading\n\n", [True]),
    ],
)
def test_headings_questions_and_lead_ins_announce(text: str, expected: list[bool]) -> None:
    assert [announces(text, sentence) for sentence in split_sentences(text)] == expected


def test_entries_of_a_list_announce_nothing() -> None:
    text = "North quay\n\nSouth quay\n\nEast quay\n\nWest quay\n\nAll are closed at night."
    sentences = split_sentences(text)
    assert find_announced(text, sentences, 0) == range(0)
    assert find_announced(text, sentences, 2) == range(4, 5)
    assert find_announced(text, sentences, 4) == range(5, 5)


@given(st.lists(st.sampled_from(["谁出钱？", "标题", "县里出。", "Who?", "A heading", "It is so.", "\n", "\n\n", " "])))
def test_what_is_announced_follows_and_announces_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    sentences = split_sentences(text)
    for place in range(len(sentences)):
        for below in find_announced(text, sentences, place):
            assert place < below < len(sentences)
            assert not announces(text, sentences[below])
