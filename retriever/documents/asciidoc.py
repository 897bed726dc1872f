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
# A title may stand above a line of one of these, as long as it is or one shorter or longer.
UNDERLINES = "=-~^+"
CAPTION = re.compile(r"\.(?=[^\s.])(.+)")
LINK = re.compile(r"(?:link|xref|mailto|kbd|btn|menu|footnote|(?<!\w)https?)(?::[^\s\[\]]{0,500})?\[([^\[\]]*)\]")
REFERENCE = re.compile(r"<<[^<>,]*(?:,([^<>]*))?>>")
STRONG = re.compile(r"(?<![\w*_`])([*_`#]{1,2})(?=\S)([^*_`#\n]+?)(?<=\S)\1(?![\w*_`])")
DIRECTIVE = re.compile(r"(?:include|image|video|audio|toc|ifdef|ifndef|endif|ifeval)::.*")
METADATA = {"author": "author", "revdate": "date", "date": "date", "keywords": "keywords", "description": "description"}


def read_asciidoc(source: Source) -> Iterator[Document]:
    """One document. Its title is that of its header."""
    out = MarkupLines()
    fence = ""
    lines = LINE_END.split(decode_source(source))
    starts, level = True, 0
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        bare = line.strip()
        if level:
            level = 0  # What underlines the title before it.
            out.add()
            continue
        if starts and not fence and (level := _find_level(line.rstrip(), below.rstrip())):
            _add_title(out, line.strip(), level)
            continue
        starts = not bare or bool(BLOCK.fullmatch(bare))
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


def _find_level(line: str, below: str) -> int:
    """The level of a title that is underlined; 0 for another line."""
    mark = below[:1]
    if not mark or mark not in UNDERLINES or below.strip(mark) or abs(len(line) - len(below)) > 1 or len(below) < 3:
        return 0
    # Neither what a block begins with, nor a line of signs.
    return UNDERLINES.index(mark) + 1 if re.match(r"[^\W_]", line) else 0


def _add_title(out: MarkupLines, text: str, level: int) -> None:
    words = _inline(text)
    if level == 1 and not out.title:
        out.title = words
    out.add_heading(words, words, level)


def _add_line(out: MarkupLines, line: str) -> None:
    if found := TITLE.fullmatch(line.rstrip()):
        _add_title(out, found[2], len(found[1]))
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
