"""``benchmarks/fit_judgement.py`` finds the weights that made its rows, and writes a module that can be read."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TRUE = {"similarity": 0.8, "crowd": 0.4, "length": 1.0, "margin": 0.3, "missing": -3.0, "": -6.0}


@pytest.fixture
def fitting(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fit_judgement")


def make_rows(fitting: ModuleType, count: int) -> list[object]:
    """Rows that are answered as often as ``TRUE`` says."""
    chance = random.Random(3)
    rows = []
    for number in range(count):
        standing = {
            "similarity": chance.gauss(5, 2),
            "whole": chance.gauss(3, 1),
            "length": chance.uniform(1, 3),
            "margin": chance.gauss(2, 1),
            "crowd": chance.gauss(2, 1),
            "missing": chance.random(),
        }
        odds = TRUE[""] + sum(weight * standing[name] for name, weight in TRUE.items() if name)
        asked = "answered" if chance.random() < 1 / (1 + np.exp(-odds)) else "unanswered"
        rows.append(fitting.Row(("A", "D-part")[number % 2], "copied", "fit", asked, False, standing))
    return rows


def test_the_weights_of_rows_are_found(fitting: ModuleType) -> None:
    rows = make_rows(fitting, 4000)
    weights = fitting.fit(rows, crossed=False)
    assert weights.keys() == TRUE.keys()
    assert weights["similarity"] == pytest.approx(TRUE["similarity"], abs=0.2)
    assert weights["missing"] == pytest.approx(TRUE["missing"], abs=0.8)
    likely = fitting.estimate(rows, weights, {})
    answered = np.array([row.asked == "answered" for row in rows])  # type: ignore[attr-defined]
    assert likely[answered].mean() > likely[~answered].mean() + 0.2


def test_natural_questions_count_more_within_a_language(fitting: ModuleType) -> None:
    def weigh(kind: str, crossed: bool) -> float:
        weights = fitting.weigh_rows([fitting.Row("A", kind, "fit", "answered", crossed, {})])
        return float(weights[0])

    assert weigh("natural", False) == 4 * weigh("copied", False)
    assert weigh("natural", True) == weigh("copied", True)


def test_a_group_has_all_parts_of_a_corpus(fitting: ModuleType) -> None:
    parts = [fitting.Row(name, "natural", "fit", "answered", False, {}).group for name in ("D", "D-part", "C-zh-part")]
    assert parts == ["D", "D", "C"]


def test_what_is_written_can_be_read(fitting: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "judgement_weights.py"
    path.write_text(fitting.MODULE.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(fitting, "MODULE", path)
    fitting.write(TRUE, {"whole": 1.23456, "": -1.0})
    found: dict[str, object] = {}
    exec(path.read_text("utf-8"), found)
    assert found["WITHIN"] == TRUE
    assert found["ACROSS"] == {"whole": 1.235, "": -1.0}


def test_the_library_has_a_weight_for_each_evidence(fitting: ModuleType) -> None:
    from retriever.search import judgement_weights

    assert judgement_weights.WITHIN.keys() == {*fitting.WITHIN, ""}
    assert judgement_weights.ACROSS.keys() == {*fitting.ACROSS, ""}
