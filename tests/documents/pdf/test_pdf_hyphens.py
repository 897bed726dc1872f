"""Hyphens at the ends of lines: joined words, compounds, and what the rest of the document says."""

from __future__ import annotations

import pytest

from retriever.documents.pdf.hyphens import MARK, Hyphens


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("the con\x02", "structed house", "the constructed house"),
        ("the con-", "structed house", "the constructed house"),
        ("State\x02", "owned housing", "State-owned housing"),
        ("a long\x02", "term plan", "a long-term plan"),
        ("COVID\x02", "19 cases", "COVID-19 cases"),
        ("2019\x02", "2020", "2019-2020"),
        ("Nord\x02", "Süd", "Nord-Süd"),
        ("peut\x02", "être demain", "peut-être demain"),
        ("up-to\x02", "date", "up-to-date"),
        ("appropriately -", "which is so", "appropriately - which is so"),
        ("no hyphen", "here", "no hyphen here"),
        ("没有", "空格", "没有空格"),
    ],
)
def test_words_and_compounds(above: str, below: str, joined: str) -> None:
    assert Hyphens([]).join(above, below) == joined


def test_the_document_knows_better() -> None:
    hyphens = Hyphens(["the co-operative and its bookkeeping", "the constructed-wetland plan"])
    assert hyphens.join(f"a co{MARK}", "operative") == "a co-operative"
    assert hyphens.join(f"book{MARK}", "keeping") == "bookkeeping"
    assert Hyphens(["stateowned"]).join(f"state{MARK}", "owned") == "stateowned"
