"""Values of fields and typed notes are text, where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from file_makers import make_pdf
from placing import place

from retriever.documents.pdf.forms import insert_fragments
from retriever.errors import ReadError

Read = Callable[..., Any]
LABELS = [(72, 700, "Name:"), (72, 680, "Remarks:"), (72, 600, "Signed in the town hall.")]


def make_field(value: str, rectangle: str, *, flags: int = 0, entries: str = "/F 4") -> bytes:
    return f"/Subtype/Widget/FT/Tx/T(f{rectangle})/V({value})/Rect[{rectangle}]/Ff {flags}{entries}".encode()


def read_form(read: Read, *annotations: bytes) -> str:
    text: str = read("form.pdf", make_pdf([LABELS], annotations=annotations)).only.text
    return text


def test_values_stand_behind_their_labels(read: Read) -> None:
    text = read_form(read, make_field("at night\\ronly", "150 652 300 692"), make_field("Ada", "150 696 300 712"))
    assert text.splitlines()[0] == "Name: Ada"
    assert "Remarks: at night" in text
    assert text.index("at night") < text.index("only") < text.index("Signed")


def test_typed_notes_are_text_and_comments_are_not(read: Read) -> None:
    note = b"/Subtype/FreeText/Contents(Copied on Monday)/Rect[72 640 300 656]"
    comment = b"/Subtype/Text/Contents(Please check)/Rect[72 620 90 640]"
    text = read_form(read, note, comment)
    assert text.index("Remarks") < text.index("Copied on Monday") < text.index("Signed")
    assert "check" not in text


def test_hidden_fields_and_passwords_are_left_out(read: Read) -> None:
    hidden = make_field("hidden", "150 696 300 712", entries="/F 2")
    password = make_field("secret", "250 676 300 692", flags=1 << 13)
    text = read_form(read, hidden, password)
    assert "hidden" not in text
    assert "secret" not in text


@pytest.mark.parametrize(("state", "box"), [("Yes", "☒"), ("Off", "☐")])
def test_boxes_are_ticked_or_empty(read: Read, state: str, box: str) -> None:
    field = f"/Subtype/Widget/FT/Btn/T(b)/V/{state}/AS/{state}/Rect[60 596 70 608]/AP<</N<</Yes 3 0 R/Off 3 0 R>>>>"
    assert f"{box} Signed in the town hall." in read_form(read, field.encode())


def test_values_alone_are_text_and_empty_boxes_alone_are_not(read: Read) -> None:
    value = make_field("Ada", "150 696 300 712")
    assert read("form.pdf", make_pdf([[]], annotations=[value])).only.text == "Ada"
    box = b"/Subtype/Widget/FT/Btn/T(b)/V/Off/AS/Off/Rect[60 596 70 608]/AP<</N<</Yes 3 0 R/Off 3 0 R>>>>"
    with pytest.raises(ReadError, match="no text layer"):
        read("boxes.pdf", make_pdf([[]], annotations=[box]))


def test_a_value_goes_to_the_nearest_label_and_in_hebrew_to_that_at_its_right() -> None:
    line = [place("First:", 50, 700), place("Last:", 200, 700)]
    values = [place("Ada", 100, 701), place("Byron", 250, 699)]
    assert [one.text for one in insert_fragments(line, values)] == ["First:", "Ada", "Last:", "Byron"]
    assert [one.text for one in insert_fragments([place("שם", 300, 700)], [place("עדה", 200, 700)])] == ["שם", "עדה"]
