"""``benchmarks/fit_scores.py`` finds the weights that made its rows, and writes a module that can be read."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
WEIGHTS = (0.9, 0.0, 0.0, -2.0, 0.0, 1.0, 0.3, -4.0)


@pytest.fixture
def fitting(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fit_scores")


def make_rows(fitting: ModuleType, count: int) -> list[object]:
    """Rows that are answered as often as ``WEIGHTS`` say."""
    chance = random.Random(3)
    rows = []
    for number in range(count):
        evidence = (chance.gauss(4, 2), 0.0, float(number % 2), chance.random() / 5, 0.0, chance.uniform(1, 3), 1.0)
        odds = sum(weight * value for weight, value in zip(WEIGHTS, (*evidence, 1.0), strict=True))
        asked = "answered" if chance.random() < 1 / (1 + np.exp(-odds)) else "far"
        rows.append(fitting.Row("late", "AB"[number % 2], "mono", "zh", "fit", asked, 0.0, evidence))
    return rows


def test_the_weights_of_rows_are_found(fitting: ModuleType) -> None:
    rows = make_rows(fitting, 4000)
    weights = fitting.fit(rows)
    assert weights[0] == pytest.approx(WEIGHTS[0], abs=0.15)
    assert weights[5] == pytest.approx(WEIGHTS[5], abs=0.3)
    assert weights[1] == weights[4] == weights[6] == 0  # what never changes says nothing
    likely = fitting.hold_out(rows, lambda row: row.corpus)
    answered = np.array([row.asked == "answered" for row in rows])  # type: ignore[attr-defined]
    assert abs(likely.mean() - answered.mean()) < 0.1
    assert fitting.area(likely[answered], likely[~answered]) > 0.8


def test_no_weight_is_below_its_least(fitting: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make_rows(fitting, 2000)
    deviation = np.std([row.evidence[3] for row in rows])  # type: ignore[attr-defined]
    free = fitting.fit(rows)
    assert free[3] * deviation < -0.05
    monkeypatch.setitem(fitting.LEAST, "late", {"few_words": -0.05})
    bounded = fitting.fit(rows)
    assert bounded[3] * deviation == pytest.approx(-0.05)
    assert bounded[0] == pytest.approx(free[0], abs=0.1)


def test_written_weights_are_read_back(fitting: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "weights.py"
    module.write_text('"""Weights."""\n\nWEIGHTS = {}\n', "utf-8")
    monkeypatch.setattr(fitting, "MODULE", module)
    fitting.write({"late": np.array([0.5, 0.0, -12.25]), "dense": np.array([1.0, 2.0, 3.0])})
    found: dict[str, object] = {}
    exec(module.read_text("utf-8"), found)
    assert found["WEIGHTS"] == {"late": (0.5, 0.0, -12.25), "dense": (1.0, 2.0, 3.0)}
