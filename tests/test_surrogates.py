from __future__ import annotations

from retriever.surrogates import join_surrogates, replace_surrogates


def test_lone_surrogates_are_replaced_in_place() -> None:
    assert replace_surrogates("a\ud800b\udfffc") == "a\ufffdb\ufffdc"


def test_the_halves_of_a_character_are_joined() -> None:
    assert join_surrogates("a\ud83d\ude00b\ud83d") == "a😀b\ufffd"
