from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.sentences import assign_sentences, find_sentence, split_clauses, split_sentences
from retriever.types import Span

ANY = st.one_of(
    st.text(),
    st.text(alphabet="ab字文 \n。！？；…，、：.!?,;:”」)’\"'」1.2९।؟ กข一\u3000"),
)


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def clauses(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_clauses(text)]


@pytest.mark.parametrize("find", [split_sentences, split_clauses])
@given(text=ANY)
def test_spans_ascend_and_cover_all_but_space(find: Callable[[str], list[Span]], text: str) -> None:
    spans = find(text)
    position = 0
    for span in spans:
        assert span.start < span.end
        assert not text[position : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
    assert not text[position:].strip()


@given(before=ANY, text=ANY, after=ANY)
def test_spans_stay_within_the_given_range(before: str, text: str, after: str) -> None:
    spans = split_sentences(before + text + after, len(before), len(before) + len(text))
    assert all(len(before) <= span.start < span.end <= len(before) + len(text) for span in spans)


@given(lines=st.lists(st.text(alphabet="ab字。. ", max_size=8)))
def test_a_line_break_ends_a_sentence(lines: list[str]) -> None:
    assert sentences("\n".join(lines)) == [sentence for line in lines for sentence in sentences(line)]


@pytest.mark.parametrize(
    "expected",
    [
        ["天气好。", "我们走！", "去哪？！", "山上……", "好；", "再见"],
        ["他说：“走吧。”", "大家就走了。"],
        ["（见附件。）", "另行通知。"],
        ["“好。”，他说。", "完。"],
        ["「行く。」", "終わり。"],
        ["先看图!", "再看表.", "结束"],
    ],
)
def test_chinese_and_japanese(expected: list[str]) -> None:
    assert sentences("".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["Growth was 3.2% in the U.S. market.", "It fell later."],
        ["Mr. Li and J. R. Wood came at 5 p.m. yesterday.", "They left."],
        ['"Really?" she asked.', '"Yes."', "Then nothing... and silence."],
        ["See https://a.example/b.c?d=1.", "Done!"],
        ["1. First things first.", "Second things."],
        ["It was built in 2021.", "The lift followed."],
        ["Am 12. Oktober kam z. B. Dr. Vogel.", "Er ging."],
        ["Живёт на ул. Садовой, д. 5, т. е. рядом.", "Ему 40 лет."],
        ["¿Cuánto cuesta?", "¡Nada!", "Bien."],
        ["वह घर गया।", "फिर सो गया।"],
        ["هل وصل؟", "نعم."],
        ["یہ گھر ہے۔", "وہ بڑا ہے۔"],
        ["ሰላም ነው።", "ደህና።"],
        ["ไปไหนมา", "กลับบ้าน"],
    ],
)
def test_scripts_with_spaces(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_clauses() -> None:
    assert clauses("第一步，看图、读表；再算：1,000元。") == ["第一步，", "看图、", "读表；", "再算：", "1,000元。"]
    assert clauses("At 10:30, we ate 1,000 figs; then left") == ["At 10:30,", "we ate 1,000 figs;", "then left"]
    assert clauses("先走,后到") == ["先走,", "后到"]


def test_a_long_line_is_split_in_linear_time() -> None:
    text = "短句一。" * 50_000 + "." * 50_000 + " " * 50_000 + "”" * 50_000
    assert len(split_sentences(text)) >= 50_000


def test_offsets_are_assigned_to_sentences() -> None:
    text = "One. Two two.  Three"
    sentences = split_sentences(text)
    places = np.array([0, 3, 4, 5, 12, 13, 15, 19, 20, 99])
    assert assign_sentences(sentences, places).tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert assign_sentences([], places[:2]).tolist() == [0, 0]


@given(ANY)
def test_the_sentence_of_an_offset_is_the_one_that_it_is_assigned_to(text: str) -> None:
    spans = split_sentences(text)
    for place in range(len(text) + 1):
        found = find_sentence(text, place)
        assert found == (spans[assign_sentences(spans, np.array([place]))[0]] if spans else None)
