"""The measures, compared with values worked out by hand and with their definitions."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import MissingExtraError, UsageError, install_command
from retriever.evaluation.measures import STANDARD, compute_values, parse_measures


def measured(names: list[str], grades: dict[str, int], ranking: list[str]) -> list[float]:
    parsed = parse_measures(names, 10, 100)
    [values] = compute_values(parsed, [grades], [ranking])
    return [values[str(measure)] for measure in parsed]


def test_values_worked_out_by_hand() -> None:
    """Items of grades 2, 1 and 1: an irrelevant one is ranked first, then two of them; the third is missing."""
    names = ["nDCG@10", "nDCG@2", "AP", "RR", "R@2", "R@10", "P@2", "Success@1", "Success@2"]
    expected = [0.5627, 0.4796, 0.3889, 0.5, 1 / 3, 2 / 3, 0.5, 0.0, 1.0]
    # nDCG@10: (2 / log2 3 + 1 / log2 4) / (2 / log2 2 + 1 / log2 3 + 1 / log2 4) = 1.7619 / 3.1309
    # nDCG@2: (2 / log2 3) / (2 + 1 / log2 3) = 1.2619 / 2.6309; AP: (1 / 2 + 2 / 3) / 3
    assert measured(names, {"a": 2, "b": 1, "c": 1}, ["wrong", "a", "b"]) == pytest.approx(expected, abs=1e-4)


def test_a_perfect_ranking_and_an_empty_one() -> None:
    names = ["nDCG@10", "AP", "RR", "R@10", "Success@1"]
    assert measured(names, {"a": 2, "b": 1}, ["a", "b", "x"]) == [1.0] * 5
    assert measured(names, {"a": 2, "b": 1}, []) == [0.0] * 5


def test_questions_keep_their_order() -> None:
    parsed = parse_measures(["RR"], 10, 100)
    rankings = [["x"] * 0 + [f"w{n}" for n in range(place)] + ["a"] for place in range(12)]
    found = compute_values(parsed, [{"a": 1}] * 12, rankings)
    assert [values["RR"] for values in found] == pytest.approx([1 / (place + 1) for place in range(12)])


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 3), min_size=1), st.permutations("abcdefghij"))
def test_values_follow_their_definitions(grades: dict[str, int], order: list[str]) -> None:
    found = [order.index(item) + 1 for item in sorted(grades, key=order.index)]
    gain = sum(grades[item] / math.log2(order.index(item) + 2) for item in grades if order.index(item) < 5)
    ideal = sum(grade / math.log2(place + 2) for place, grade in enumerate(sorted(grades.values(), reverse=True)[:5]))
    expected = [
        gain / ideal,
        sum(count / place for count, place in enumerate(found, 1)) / len(found),
        1 / found[0],
        sum(place <= 3 for place in found) / len(found),
        float(found[0] <= 2),
    ]
    assert measured(["nDCG@5", "AP", "RR", "R@3", "Success@2"], grades, order) == pytest.approx(expected)


def test_names_of_measures() -> None:
    assert [str(item) for item in parse_measures(STANDARD, 5, 100)] == ["nDCG@5", "Success@5", "R@5", "RR", "AP"]
    assert [str(item) for item in parse_measures(["MRR", "MAP", " RR ", "NDCG@3"], 10, 100)] == ["RR", "AP", "nDCG@3"]


@pytest.mark.parametrize(
    "name",
    ["", "magic", "nDCG@", "nDCG@x", "R", "P@0", "R@101", "Success@k2", "Judged@10", "R(rel=2)@10", "RR RR", "1"],
)
def test_unknown_and_unsupported_measures_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        parse_measures([name], 10, 100)


@pytest.mark.parametrize("module", ["ir_measures", "pytrec_eval", "scipy"])
def test_a_missing_extra_is_reported_with_the_pip_command(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as error:
        parse_measures(["RR"], 10, 100)
    assert error.value.hint == install_command("eval")
