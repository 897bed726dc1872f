"""What must hold for every document of every format."""

from __future__ import annotations

from retriever.types import Document


def check_invariants(document: Document) -> None:
    """Check what must hold for every document of every format."""
    length = len(document.text)
    document.text.encode()  # can be stored
    assert document.text.strip()
    assert document.headings != ()
    end = 0
    for heading in document.headings or ():
        assert end <= heading.start < heading.end <= length
        assert type(heading.level) is int
        assert heading.level >= 1
        assert heading.text.strip()
        end = heading.end
    assert list(document.pages) == sorted(document.pages)
    assert not document.pages or (document.pages[0] == 0 and document.pages[-1] <= length)
    assert list(document.places) == sorted(document.places)
    assert all(
        0 <= place.start <= length and place.name.strip() and "\n" not in place.name for place in document.places
    )
