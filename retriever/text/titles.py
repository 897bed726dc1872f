"""What words are looked for in: a passage's text, of a document's first passage together with the title."""

from __future__ import annotations

from retriever.text.normalise import fold


def prepend_title(title: str, text: str) -> str:
    """``text`` below ``title``, so that the title finds the document; ``text`` alone where the title stands in it."""
    if not title or fold(" ".join(title.split())) in fold(" ".join(text.split())):
        return text
    return f"{title}\n{text}"
