"""MDX (.mdx): Markdown with imports, exports and components, which are left out; the text in components stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown import read_text
from retriever.documents.markdown_text import LINE_END
from retriever.types import Document

FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
STATEMENT = re.compile(r"(?:import|export)[ \t{*].*")
# Components begin with a capital; elements of HTML are left to Markdown.
COMPONENT = re.compile(r"</?[A-Z][\w.]*(?:\s[^<>]{0,2000})?/?>|</?>")
EXPRESSION = re.compile(r"\{[ \t]*[\w.]+(?:\([^(){}]{0,200}\))?[ \t]*\}")


def read_mdx(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the front matter, else the first heading of level 1."""
    yield read_text(source, _remove_code(decode_source(source)))


def _remove_code(text: str) -> str:
    """The text without statements and components, with as many lines."""
    ends = [*LINE_END.findall(text), ""]
    kept: list[str] = []
    fence = ""
    statement = False
    for line in LINE_END.split(text):
        shown = line
        found = FENCE.match(line)
        if found and (not fence or line.strip() == fence):
            fence = "" if fence else found[1]
        elif not fence:
            # A statement goes on to the next empty line.
            statement = bool(line.strip()) and (statement or STATEMENT.match(line) is not None)
            shown = "" if statement else EXPRESSION.sub("", line)
        kept.append(shown)
    whole = "".join(line + end for line, end in zip(kept, ends, strict=True))
    return COMPONENT.sub(lambda tag: "".join(LINE_END.findall(tag[0])), whole) if "<" in whole else whole
