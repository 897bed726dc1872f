"""Text is told from a layer of characters that mean nothing."""

from __future__ import annotations

import numpy as np
import pytest
from placing import place

from retriever.documents.pdf.legibility import drop_illegible, is_legible


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        ("", True),
        ("An ordinary sentence.", True),
        ("\uf0b7 a bullet of a symbol font", True),
        ("Où êtes-vous allés l’été passé, à Orléans ou à Besançon?", True),
        ("Đường phố Hà Nội", True),
        ("\ufffd" * 20 + "12", False),
        ("\ue001\ue002\ue003 \ue004\ue005", False),
        ("\x03\x04\x05\x06\x07\x0e", False),
        ("ÖÐ¹úÈËÃñ¹²ºÍ¹ú", False),
        ("\ufffd" * 9 + "nine words of it", True),
    ],
)
def test_pages_are_judged_by_the_share_of_what_means_something(text: str, legible: bool) -> None:
    assert is_legible(np.array([ord(character) for character in text], np.uint32)) is legible


def test_the_part_of_a_page_that_means_nothing_is_dropped_and_counted() -> None:
    kept, dropped = drop_illegible([place("Words.", 0, 0), place("\ufffd" * 30, 0, 20), place("a \ufffd b", 0, 40)])
    assert [fragment.text for fragment in kept] == ["Words.", "a \ufffd b"]
    assert dropped == 30
