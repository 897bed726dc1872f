"""Words asked for as they stand: what holds them, what does not, and that such a passage comes first."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import ask, create_index, write

from retriever.models.interface import Encoder
from retriever.search.phrases import MOST_PHRASES, Phrases
from retriever.text.analyzer import CURRENT, extract_terms
from retriever.text.normalise import fold
from retriever.text.runs import LETTER


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("keeper of the lamp", "He was the Keeper of\nthe lamp, then."),
        ("防汛预案", "各镇修订防汛预案。"),
        ("防汛預案", "各镇修订防汛预案。"),
        ("GB/T 7714", "according to GB/T-7714 of that year"),
        ("café", "The CAFE is shut"),
        ('who was the "keeper of the lamp"?', "the keeper of the lamp was"),
        ("什么是「防汛预案」", "修订防汛预案"),
        ("2021年预算", "县2021年预算报告"),
        ("« au bord » et “de la mer”", "au bord de la mer"),
        ("《供水条例》怎么说", "依照供水条例的规定"),
        ("〈供水〉条例", "城市供水"),
        ("was ist „eine Brücke“?", "das ist eine Brücke"),
        ("was ist »eine Brücke«?", "das ist eine Brücke"),
        ("qu'est-ce que ‹un pont›?", "voici un pont"),
        ("vad är ”en bro”?", "det är en bro"),
        ("co to jest „most drogowy”?", "to most drogowy"),
        ("‘a bridge’ here", "it is a bridge"),
        ("｢橋｣とは", "この橋は"),
        ("『長い橋』とは", "長い橋です"),
        ("＂a bridge＂", "it is a bridge"),
        ("供水管网", "供 水 管 网"),
        ("供水 管网", "供水管\n网"),
        ("서울시청", "서울 시청에서"),
        ("서울에서", "서울은 수도이다."),
        ("서울시청까지는", "서울 시청에서"),
        ("C++", "in C++ and C"),
        (".NET", "the .NET runtime"),
        ("§ 12", "nach § 12 Abs. 3"),
        ("→", "a → b"),
        ("2022年预算", "二〇二二年预算"),
        ("GB/T 7714-2015", "依 GB/T 7714—2015 著录"),
        ("国发〔2022〕12号", "（国发[2022]12号）"),
    ],
)
def test_a_text_that_holds_the_phrase(query: str, text: str) -> None:
    assert Phrases.of(query).occur_in(CURRENT.fold(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("keeper of the lamp", "the lamp of the keeper"),
        ("lamp", "lamps and clamp"),
        ("防汛预案", "防汛的预案"),
        ('"keeper of the lamp" or "boat"', "the keeper of the lamp"),
        ("12", "2012 and 123"),
        ("C", "in C++ or C#"),
        ("C++", "in C and C#"),
        (".NET", "on the net"),
        ("3.1", "3.10 and 3.1.4 and 2.3.1"),
        ("§ 12", "12"),
        ("《供水条例》", "供水的条例"),
        ("고양이", "고양시"),
        ("회의", "회사에서"),
        ("?!", "what?!"),
        ("a question that goes on and on " * 4, "a question that goes on and on " * 8),
    ],
)
def test_a_text_that_does_not(query: str, text: str) -> None:
    assert not Phrases.of(query).occur_in(fold(text))


@given(st.text(max_size=60), st.text(max_size=10), st.text(max_size=10))
def test_a_text_stands_in_itself(text: str, before: str, after: str) -> None:
    if extract_terms(text) and '"' not in text and len(text) <= 60:
        assert Phrases.of(f'"{text}"').occur_in(fold(f"{before} {text} {after}"))


@pytest.mark.parametrize(
    ("query", "text", "held"),
    [
        ("a lamp", "alamp", False),
        ("防汛 plan 2", "新防汛plan (2)", True),
        ("防汛 plan 2", "新防汛plan 21", False),
        ("no. 12 b", "no12 b", False),
        ("no. 12 b", "No. 12_b", True),
    ],
)
def test_words_are_apart_within_a_phrase_and_none_goes_on_at_its_ends(query: str, text: str, held: bool) -> None:
    assert Phrases.of(query).occur_in(fold(text)) == held


def test_a_title_in_title_marks_may_be_that_of_the_document() -> None:
    asked = Phrases.of("《供水条例》第五条讲什么")
    assert asked.occur_in(fold("第五条 水价由市政府定。"), "市供水条例（2021年修订）")
    assert not asked.occur_in(fold("第五条 水价由市政府定。"), "排水条例")
    assert not Phrases.of("“供水条例”第五条讲什么").occur_in(fold("第五条"), "供水条例")


def test_only_a_short_question_is_looked_for_as_a_whole() -> None:
    text = fold("To the keeper of the lamp: the keeper of the lamp is to see to it.")
    assert Phrases.of('the "keeper of the lamp"').question_occurs_in(text)
    assert not Phrases.of('who is the "keeper of the lamp"?').question_occurs_in(text)
    assert not Phrases.of("the keeper of the lamp is to see to it " * 3).question_occurs_in(text * 3)
    assert not Phrases.of("?!").question_occurs_in(text)


def test_only_the_ends_of_a_phrase_are_looked_around() -> None:
    """To compile a look around takes a millisecond: one for each word of a pasted page took a minute."""
    whole = Phrases.of("lift and water " * 20).whole
    assert whole
    assert whole.pattern.pattern.count(LETTER) == 2
    assert Phrases.of("lift and water " * 500).whole is None


def test_of_a_pasted_page_a_few_phrases_are_looked_for() -> None:
    page = "".join(f"“phrase {number}” and “again” " for number in range(500))
    assert len(Phrases.of(page).patterns) == MOST_PHRASES
    [phrase] = Phrases.of(f"“{'long ' * 2000}”").patterns
    assert len(phrase.pattern.pattern) < 3000


def test_it_comes_first_whatever_else_is_alike(tmp_path: Path, encoder: FakeEncoder) -> None:
    # No more files than candidates: all hold the same words, and of such ties ids, which go by the path, choose.
    words = ["the", "lamp", "on", "pier", "keeper", "of"]
    files = {f"{n}.txt": " ".join(words[n % 6 :] + words[: n % 6]) + f" x{n} pier lamp keeper" for n in range(39)}
    files = {name: text.replace("keeper of", "keeper, she of") for name, text in files.items()}
    files["right.txt"] = "Nobody but the keeper of the lamp, who is old and seldom seen, may go up there at night."
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files))
    for query in ("keeper of the lamp", 'where is the "keeper of the lamp" on the pier'):
        assert ask(index, encoder, query)[0].text == files["right.txt"]


def test_a_name_comes_before_what_means_the_same_in_another_language(tmp_path: Path, bundled: Encoder) -> None:
    """The passages count as of another language than the question, so that what they say may make up for its words."""
    subjects = ("历史", "农业", "铁路", "教育", "首都", "文学", "工业", "山脉", "法律", "军队", "电影", "气候")
    files = {f"{n}.txt": f"法国的{what}：法国是欧洲西部的国家，法国的{what}很有名。" for n, what in enumerate(subjects)}
    files["right.txt"] = "第三条渡船叫做 France 号，每天早上七点从北岸开往南岸，星期天不开，节假日另行通知。"
    index = create_index(tmp_path / "index", bundled, write(tmp_path / "docs", files))
    for query in ("France", '"France"'):
        assert ask(index, bundled, query)[0].text == files["right.txt"]


@given(st.text("ab 서울에서供水.-+0" + '"', max_size=12), st.text("ab 서울에서供水.-+0", max_size=30))
def test_texts_that_are_passed_over_have_no_match(query: str, text: str) -> None:
    """A pattern is compiled only for texts with all words of a phrase; none may match another one."""
    phrases = Phrases.of(query)
    for phrase in (*phrases.patterns, *filter(None, [phrases.whole])):
        found, compiled = phrase.search(fold(text)), phrase.pattern.search(fold(text))
        assert (found and found.span()) == (compiled and compiled.span())
