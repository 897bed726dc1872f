"""AsciiDoc (.adoc): titles by their signs; comments, attributes and lines that only format left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END
from retriever.documents.markup_lines import MarkupLines
from retriever.types import Document

TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
ATTRIBUTE = re.compile(r":!?([\w-]+)!?:(?:[ \t]+(.*))?")
BLOCK = re.compile(r"\[[^\[\]]*\]|\[\[[^\[\]]*\]\]")
DELIMITER = re.compile(r"(-{4,}|={4,}|\.{4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|\|===)[ \t]*")
VERBATIM = ("-", ".", "+")
CAPTION = re.compile(r"\.(?=[^\s.])(.+)")
LINK = re.compile(r"(?:link|xref|mailto|kbd|btn|menu|footnote|(?<!\w)https?)(?::[^\s\[\]]*)?\[([^\[\]]*)\]")
REFERENCE = re.compile(r"<<[^<>,]*(?:,([^<>]*))?>>")
STRONG = re.compile(r"(?<![\w*_`])([*_`#]{1,2})(?=\S)([^*_`#\n]+?)(?<=\S)\1(?![\w*_`])")
DIRECTIVE = re.compile(r"(?:include|image|video|audio|toc|ifdef|ifndef|endif|ifeval)::.*")
METADATA = {"author": "author", "revdate": "date", "date": "date", "keywords": "keywords", "description": "description"}


def read_asciidoc(source: Source) -> Iterator[Document]:
    """One document. Its title is that of its header."""
    out = MarkupLines()
    fence = ""
    for line in LINE_END.split(decode_source(source)):
        bare = line.strip()
        if fence:
            ends = bare == fence
            out.add("" if ends or fence[0] == "/" else line)
            fence = "" if ends else fence
        elif (found := DELIMITER.fullmatch(line)) and (found[1][0] in (*VERBATIM, "/")) and found[1] != "--":
            fence = found[1]
            out.add()
        else:
            _add_line(out, line)
    yield out.document(source)


def _add_line(out: MarkupLines, line: str) -> None:
    if found := TITLE.fullmatch(line.rstrip()):
        words = _inline(found[2])
        level = len(found[1])
        if level == 1 and not out.title:
            out.title = words
        out.add_heading(words, words, level)
    elif found := ATTRIBUTE.fullmatch(line.rstrip()):
        name = METADATA.get(found[1].lower())
        if name and found[2]:
            out.metadata.setdefault(name, found[2].strip())
        out.add()
    elif (
        line.startswith("//") or BLOCK.fullmatch(line.strip()) or DELIMITER.fullmatch(line) or DIRECTIVE.fullmatch(line)
    ):
        out.add()
    elif found := CAPTION.fullmatch(line.rstrip()):
        out.add(_inline(found[1]))
    else:
        out.add(_inline(line.removesuffix(" +") if line.strip() != "+" else ""))


def _inline(line: str) -> str:
    line = LINK.sub(r"\1", line)
    line = REFERENCE.sub(lambda found: (found[1] or "").strip(), line)
    return STRONG.sub(r"\2", line)
