"""Words as people write them, from file to hit in lexical mode: found, told apart, and marked where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, search_index, write

from retriever.errors import UsageError
from retriever.hits import SearchResponse
from retriever.index.local.index import LocalIndex
from retriever.options import SearchOptions

FILES = {
    "spaced.txt": "关 于 供 水 管 网 改 造 的 通 知\n\n请各单位遵照执行。\n",
    "wrapped.txt": "本市行政区域内的建筑垃圾处置实行减量化、资源\n化、无害化和谁产生、谁承担处置责任的原则。运输单\n"
    "位应当取得核准。\n",
    "radicals.txt": "⻘年路⻄段由⺠政局負責，⻋輛禁止通行。⻓江⻚岩。\n",
    "hindi.txt": "यह ज़मीन सरकार की है।\n",
    "cpp.txt": "The scheduler is written in C++ and runs on a quay.\n",
    "cs.txt": "The planner is written in C# for .NET and runs on a pier.\n",
    "c.txt": "The loader is written in C and runs in a dock.\n",
    "versions.txt": "Since v2.13.1 the lamp is lit ✅ at dusk; 3.10 came later.\n",
    "older.txt": "Since v2.13.2 the lamp is out ❌ at dawn; 3.1 came before.\n",
    "codes.txt": "See AB-1234/5, GB/T 7714-2015 and 国发〔2022〕12号, § 12.\n",
    "mail.txt": "Ask keeper@pier.example or see https://pier.example/lamp?x=1 and /etc/lamp/lamp.conf.\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LocalIndex:
    folder = tmp_path_factory.mktemp("words")
    return create_index(folder / "index", FakeEncoder(), write(folder / "docs", FILES))


def ask(index: LocalIndex, question: str) -> SearchResponse:
    return search_index(index, FakeEncoder(), question, SearchOptions(5, "lexical", explain=True))


@pytest.mark.parametrize(
    ("question", "file", "marked"),
    [
        ("供水管网", "spaced.txt", "供 水 管 网"),
        ("资源化", "wrapped.txt", "资源\n化"),
        ("运输单位", "wrapped.txt", "运输单\n位"),
        ("青年路西段", "radicals.txt", "⻘年路⻄段"),
        ("民政局负责，车辆", "radicals.txt", "⺠政局負責"),
        ("长江页岩", "radicals.txt", "⻓江⻚岩"),
        ("जमीन", "hindi.txt", "ज़मीन"),
        ("C++", "cpp.txt", "C++"),
        ("C#", "cs.txt", "C#"),
        (".NET", "cs.txt", ".NET"),
        ("C", "c.txt", "C"),
        ("2.13.1", "versions.txt", "2.13.1"),
        ("✅", "versions.txt", "✅"),
        ("❌", "older.txt", "❌"),
        ("3.1", "older.txt", "3.1"),
        ("3.10", "versions.txt", "3.10"),
        ("§ 12", "codes.txt", "§"),
        ("AB-1234/5", "codes.txt", "AB-1234/5"),
        ("国发〔2022〕12号", "codes.txt", "2022"),
        ("keeper@pier.example", "mail.txt", "keeper"),
        ("lamp.conf", "mail.txt", "conf"),
    ],
)
def test_it_is_found_and_marked(index: LocalIndex, question: str, file: str, marked: str) -> None:
    hit = ask(index, question)[0]
    assert Path(hit.source).name == file
    assert marked in [hit.text[span.start : span.end] for span in hit.highlights]
    assert all(0 <= span.start < span.end <= len(hit.text) for span in hit.highlights)


@pytest.mark.parametrize("question", ["2.13.9", "→", "F#", "♻️", "国法"])
def test_what_no_passage_contains_is_not_found(index: LocalIndex, question: str) -> None:
    assert all(hit.scores["lexical"] < 0.6 for hit in ask(index, question))


@pytest.mark.parametrize("question", ["->", "=>", "++ --"])
def test_signs_that_are_no_words_are_refused(index: LocalIndex, question: str) -> None:
    with pytest.raises(UsageError, match="no word, number or symbol"):
        ask(index, question)


def test_a_million_characters_are_cut_before_all_else(index: LocalIndex) -> None:
    question = "“供水管网” C++ 《通知》 " * 60_000
    response = ask(index, question)
    assert len(response.query) <= 10_000
    assert {Path(hit.source).name for hit in response} >= {"spaced.txt", "cpp.txt"}
