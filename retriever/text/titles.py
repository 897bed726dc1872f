"""The text in which the words of a document's first passage are indexed: the passage with the title above it."""

from __future__ import annotations

from retriever.text.normalise import fold


def prepend_title(title: str, text: str) -> str:
    """``text`` with ``title`` on a line above it; ``text`` alone if it already contains the title."""
    if not title or fold(" ".join(title.split())) in fold(" ".join(text.split())):
        return text
    return f"{title}\n{text}"
