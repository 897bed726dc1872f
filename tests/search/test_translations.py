"""Passages that say the same in two languages rank beside each other, and nothing else moves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, search_index, write

from retriever.hits import Hit
from retriever.options import SearchOptions
from retriever.search import translations
from retriever.search.translations import find_translations

# To the made-up encoder texts with the same names and numbers are alike, whatever language the rest is in.
NAMES = "K17 M42 B93 T58 R64 Z21"
ENGLISH = f"The boats of the harbour are moored {NAMES}"
RUSSIAN = f"Катера {NAMES} стоят причалом"
OTHERS = [f"The ferry number {number} leaves the harbour with the boats at dusk." for number in range(4)]
QUESTION = "Where are the boats of the harbour moored?"
UNIT = np.eye(4, dtype=np.float32)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The similarities of the made-up encoder lie farther apart than those of a model."""
    monkeypatch.setattr(translations, "LESS", 50.0)


def ask(folder: Path, question: str = QUESTION, languages: bool = True) -> list[Hit]:
    texts = [*OTHERS, ENGLISH, RUSSIAN if languages else f"A list {NAMES} of the crew"]
    rows = [json.dumps({"id": str(number), "text": text}, ensure_ascii=False) for number, text in enumerate(texts)]
    docs = write(folder / "docs", {"rows.jsonl": "\n".join(rows) + "\n"})
    index = create_index(folder / "index", FakeEncoder(), docs)
    options = SearchOptions(duplicates="show", explain=True)
    return list(search_index(index, FakeEncoder(), question, options).hits)


def test_a_translation_is_raised_towards_what_it_translates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {hit.document: hit for hit in ask(tmp_path / "with")}
    monkeypatch.setattr(translations, "ALIKE", 2.0)
    plain = {hit.document: hit for hit in ask(tmp_path / "without")}
    assert raised["5"].language == "ru"
    assert raised["5"].rank < plain["5"].rank
    assert plain["5"].score < raised["5"].score < raised["4"].score
    assert [raised[name].score for name in "01234"] == [plain[name].score for name in "01234"]


def test_what_is_raised_says_so_and_adds_up(tmp_path: Path) -> None:
    [hit] = [hit for hit in ask(tmp_path) if hit.document == "5"]
    raised = [part for part in hit.explanation if part.text.startswith("it says the same")]
    assert [part.stage for part in raised] == ["language"]
    assert (raised[0].effect or 0) > 0
    assert sum(part.effect or 0 for part in hit.explanation) == pytest.approx(hit.score, abs=1e-5)
    assert "towards its translation" in hit.explanation[-1].text


def test_what_is_far_less_similar_to_the_question_is_no_translation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = {hit.document: hit.score for hit in ask(tmp_path / "with")}
    monkeypatch.setattr(translations, "LESS", 0.0)
    plain = {hit.document: hit.score for hit in ask(tmp_path / "without")}
    assert plain["5"] < raised["5"]


def test_likeness_within_a_language_raises_nothing(tmp_path: Path) -> None:
    hits = ask(tmp_path, languages=False)
    assert not any("says the same" in part.text for hit in hits for part in hit.explanation)


def test_pairs_are_each_others_nearest_in_another_language() -> None:
    vectors = np.stack([UNIT[0], UNIT[0] + 0.3 * UNIT[1], UNIT[0] + 0.1 * UNIT[2], UNIT[3], 2 * UNIT[3]])
    # The second English passage is nearest to the Russian one, too, but that is nearer to the first.
    assert find_translations(vectors, ["en", "en", "ru", "ru", "zh"], 0.5) == {0: [2], 2: [0], 3: [4], 4: [3]}


def test_a_passage_has_one_translation_in_each_language() -> None:
    vectors = np.stack([UNIT[0], UNIT[0], UNIT[0], UNIT[1]])
    found = find_translations(vectors, ["en", "ru", "zh", "zh"], 0.5)
    assert {place: sorted(others) for place, others in found.items()} == {0: [1, 2], 1: [0, 2], 2: [0, 1]}


@pytest.mark.parametrize("languages", [["en", ""], ["", ""], ["en", "en"]])
def test_unknown_and_equal_languages_are_no_translations(languages: list[str]) -> None:
    assert find_translations(np.stack([UNIT[0], UNIT[0]]), languages, 0.5) == {}


def test_too_little_alike_is_no_translation() -> None:
    vectors = np.stack([UNIT[0], UNIT[0] + UNIT[1]])
    assert find_translations(vectors, ["en", "ru"], 0.7) == {0: [1], 1: [0]}
    assert find_translations(vectors, ["en", "ru"], 0.71) == {}
