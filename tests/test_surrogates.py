from __future__ import annotations

from retriever.surrogates import replace_surrogates


def test_lone_surrogates_are_replaced_in_place() -> None:
    assert replace_surrogates("a\ud800b\udfffc") == "a\ufffdb\ufffdc"
