"""Tells what a message quotes from what it says: the line that introduces a quotation becomes a heading.

So a passage is either new or quoted, and one that is quoted stands below "On Tuesday Ann wrote:". Quotations between
answers keep their marks (``>``), since the answers make no sense without them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.page import read_blocks
from retriever.types import Heading

if TYPE_CHECKING:
    from lxml.etree import _Element

MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+")
SEPARATOR = re.compile(r"[ \t]*[-_=*]{3,}[ \t]*[^\W\d_][^\n]{2,60}?[ \t]*[-_=*]{3,}[ \t]*")
FROM = re.compile(
    r"[ \t*]*(?:From|Von|De|Da|Van|Från|Od|От|发件人|寄件者|寄件人|差出人|보낸 사람)[ \t*]*[:：]\*?[ \t]*\S.*",
    re.IGNORECASE,
)
FIELD = re.compile(
    r"[ \t*]*(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Fecha|Para|Asunto|Inviato|"
    r"Data|Oggetto|Assunto|Verzonden|Aan|Onderwerp|Отправлено|Дата|Кому|Тема|发送时间|日期|时间|收件人|抄送|主题|寄件日期|"
    r"傳送時間|收件者|主旨|送信日時|日時|宛先|件名|보낸 날짜|받는 사람|제목)[ \t*]*[:：].*",
    re.IGNORECASE,
)
# How the first of two lines begins that introduce a quotation together.
INTRODUCES = re.compile(r"[ \t]*(?:(?:On|Am|Le|El|Il|Em|Op|Den)\b|[在于於])[ \t]?\S")
COLONS = (":", "：")
# Lines after a sender among which the other fields of a header are looked for.
HEADER_LINES = 6
LONGEST = 300
# What stands for a quotation while the page around it is read.
PLACE = "\ue0ff{}\ue0ff"
PLACES = re.compile("\ue0ff(\\d{1,6})\ue0ff")
QUOTE_CLASS = re.compile(r"gmail_quote|yahoo_quoted|moz-cite|protonmail_quote|(?:^|[\s_-])(?:cite|quoted?)(?:$|[\s_-])")


def read_message_page(root: _Element) -> Blocks:
    """The blocks of a page in a message, with ``>`` before the lines of what it quotes."""
    quotes = [_cut(element, number) for number, element in enumerate(_find_quotes(root))]
    blocks, _ = read_blocks(root)
    if not quotes:
        return blocks
    levels = {heading.start: heading.level for heading in blocks.headings}
    marked = Blocks()
    at, run_on = 0, False
    for part in blocks.parts:
        if not part.strip():
            run_on = part == "\n"
        else:
            found = PLACES.fullmatch(part.strip())
            quoted = quotes[int(found[1])] if found and int(found[1]) < len(quotes) else None
            marked.add(part if quoted is None else quoted, level=levels.get(at), run_on=run_on)
        at += len(part)
    return marked


def _find_quotes(root: _Element) -> list[_Element]:
    """The quotations of a page that lie in no other."""
    found: list[_Element] = []
    within: set[_Element] = set()
    for element in root.iter("blockquote"):
        if element.getparent() is None or not _is_quote(element):
            continue
        if not any(above in within for above in element.iterancestors("blockquote")):
            found.append(element)
        within.add(element)
    return found


def _is_quote(element: _Element) -> bool:
    return element.get("type") == "cite" or QUOTE_CLASS.search(element.get("class") or "") is not None


def _cut(element: _Element, number: int) -> str:
    """Put a mark in the place of a quotation, and return its text with ``>`` before each line."""
    tail, element.tail = element.tail, None
    blocks, _ = read_blocks(element)
    element.clear()
    element.tag = "p"
    element.text, element.tail = PLACE.format(number), tail
    return "\n".join(f"> {line}".rstrip() for line in blocks.text.split("\n")) if blocks.parts else ""


@dataclass(slots=True)
class _Lines:
    """The lines of a text, and where they begin."""

    lines: list[str]
    starts: list[int]

    @classmethod
    def of(cls, text: str) -> _Lines:
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        return cls(lines, starts)

    def heading(self, first: int, last: int) -> Heading:
        """A heading of the lines ``first`` to ``last``."""
        words = "\n".join(self.lines[first : last + 1])
        start = self.starts[first] + len(words) - len(words.lstrip())
        return Heading(collapse_whitespace(words.strip(" *")), 1, start, start + len(words.strip()))


def mark_quotes(text: str, headings: Sequence[Heading]) -> tuple[str, tuple[Heading, ...]]:
    """The text without marks before what it quotes at its end, and its headings with those of quotations."""
    lines = _Lines.of(text)
    introduced = _find_trailing(lines.lines)
    found = [lines.heading(at, at) for at in _find_separators(lines.lines)]
    if introduced is not None:
        first, last = introduced
        found.append(lines.heading(first, last))
        kept = lines.lines[: last + 1]
        text = "\n".join([*kept, *(MARK.sub("", line) for line in lines.lines[last + 1 :])]).rstrip()
        cut = lines.starts[last + 1]
        # Behind the introduction, no line is where it was.
        found = [heading for heading in found if heading.end <= cut]
        headings = [heading for heading in headings if heading.end <= cut]
    merged: list[Heading] = []
    for heading in sorted((*found, *headings), key=lambda heading: heading.start):
        if heading.text.strip() and (not merged or heading.start >= merged[-1].end):
            merged.append(heading)
    return text, tuple(merged)


def _find_trailing(lines: Sequence[str]) -> tuple[int, int] | None:
    """The first and last line of what introduces the quotation that the text ends with, if it does."""
    own = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip() and not MARK.match(lines[at])), None)
    if own is None or not any(MARK.match(line) for line in lines[own + 1 :]):
        return None
    line = lines[own].rstrip()
    if not line.endswith(COLONS) or len(line) > LONGEST:
        return None
    before = lines[own - 1] if own else ""
    two = INTRODUCES.match(before) and not INTRODUCES.match(line) and not before.rstrip().endswith((*COLONS, ".", "。"))
    return (own - 1 if two else own), own


def _find_separators(lines: Sequence[str]) -> list[int]:
    """The lines with which a quoted message begins that has no marks: its sender, or a line that sets it off."""
    found = []
    for at, line in enumerate(lines):
        if len(line) > LONGEST:
            continue
        if FROM.fullmatch(line):
            if _is_header(lines, at):
                found.append(at)
        elif SEPARATOR.fullmatch(line):
            # The sender that follows says more.
            after = [at + 1 + more for more, other in enumerate(lines[at + 1 : at + 4]) if other.strip()]
            if not any(FROM.fullmatch(lines[other]) and _is_header(lines, other) for other in after):
                found.append(at)
    return found


def _is_header(lines: Sequence[str], at: int) -> bool:
    after = [line for line in lines[at + 1 : at + 1 + 2 * HEADER_LINES] if line.strip()][:HEADER_LINES]
    return sum(len(line) <= LONGEST and FIELD.fullmatch(line) is not None for line in after) >= 2
