from __future__ import annotations

from pathlib import Path

import pytest

from retriever_cli.commands.evaluation_plan import (
    Configuration,
    Threshold,
    parse_threshold,
    plan_comparisons,
    plan_stages,
)

BASE = Configuration(Path("indexes/a"), rerank=60, where="year > 2020")


def test_stages_end_with_the_requested_configuration() -> None:
    plan = plan_stages(BASE)
    assert [(item.mode, item.rerank) for item in plan.configurations] == [
        ("lexical", None),
        ("dense", None),
        ("hybrid", 0),
        ("hybrid", 60),
    ]
    assert plan.configurations[plan.judged] == BASE
    assert {(item.index, item.where) for item in plan.configurations} == {(BASE.index, BASE.where)}


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ("rerank=0", Configuration(BASE.index, "hybrid", 0, BASE.where, "rerank=0")),
        ("mode=dense", Configuration(BASE.index, "dense", None, BASE.where, "mode=dense")),
        ("mode=dense  rerank=5", Configuration(BASE.index, "dense", 5, BASE.where, "mode=dense rerank=5")),
        ("index=./b", Configuration(Path("b"), "hybrid", 60, BASE.where, "index=./b")),
        (
            "'where=language = \"zh\"'",
            Configuration(BASE.index, "hybrid", 60, 'language = "zh"', 'where=language = "zh"'),
        ),
    ],
)
def test_settings_change_the_base(settings: str, changed: Configuration) -> None:
    plan = plan_comparisons(BASE, [settings])
    assert plan.configurations == (BASE, changed)
    assert (plan.pairs, plan.judged) == (((0, 1),), 0)


def test_each_variant_is_compared_with_the_base() -> None:
    assert plan_comparisons(BASE, ["rerank=0", "rerank=1"]).pairs == ((0, 1), (0, 2))
    assert plan_comparisons(BASE, []).configurations == (BASE,)


def test_thresholds() -> None:
    assert parse_threshold(" nDCG@10 =0.9") == Threshold("nDCG@10", 0.9)
    assert parse_threshold("RR=1") == Threshold("RR", 1.0)
