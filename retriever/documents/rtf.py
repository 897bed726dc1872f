"""RTF: the text of its paragraphs, tables as rows, footnotes at the end, headings by outline level.

striprtf turns the codes into text. What it cannot know is done to the codes before: bytes of double-byte encodings,
deleted and hidden text, footnotes, headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.formula import raise_text
from retriever.documents.interface import Source
from retriever.documents.tables import SEPARATOR
from retriever.errors import EmptyFileError, ReadError
from retriever.types import Document

START = re.compile(rb"[\xef\xbb\xbf\s]*\{\\rtf")
NOT_ASCII = re.compile("[\x80-\xff]")
# A byte above 0x7f with a letter as the next: writers leave the second byte of a character as it is.
SPLIT_CHARACTER = re.compile(r"(\\'[89a-fA-F][0-9a-fA-F])(\\'[0-9a-fA-F]{2}|\\[\\{}]|[@-\[\]^-z|~])")
BRACES = re.compile(r"\\[\\{}]|[{}]")
FOOTNOTE = re.compile(r"\{(?:\\[a-z]+-?\d*\s*)*?\\footnote(?![a-z])")
# Groups of text that is deleted by tracked changes, or hidden.
UNSEEN = re.compile(r"\{(?:\\(?!footnote)[a-z]+-?\d*\s*)*?\\(?:deleted|v)(?![a-z0-9])")
OUTLINE = re.compile(r"\\outlinelevel([0-8])(?!\d)")
# Marks a heading in the text, for its level: no text holds these characters of the private use area.
MARK = 0xE0F0
RAISED_MARK = chr(MARK - 1)
HEADING = re.compile(f"[{chr(MARK)}-{chr(MARK + 8)}]")
RAISED = re.compile(r"\\super(?![a-z0-9]) ?")
# Digits after the mark of raised text, and what stands before it.
RAISED_DIGITS = re.compile(f"(.?){RAISED_MARK}+([+−-]?[0-9]+)")
BINARY = re.compile(r"\\bin(\d{1,9})? ?")
PICTURE = re.compile(r"\{(?:\\\*)?\\pict(?![a-z])")
CODEPAGE = re.compile(r"\\ansicpg(\d{1,5})")
INFO = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "doccomm": "description",
}
TIMES = {"creatim": "created", "revtim": "modified"}
TIME_PART = re.compile(r"\\(yr|mo|dy)(\d{1,4})(?!\d)")
PAGES = re.compile(r"\\nofpages(\d{1,7})(?!\d)")
FONT = re.compile(r"\\f[0-9]{1,5}(?![0-9])")
CHARSET = re.compile(r"\\fcharset[0-9]{1,3}(?![0-9])")
SURROGATES = re.compile("[\ud800-\udfff]+")


def read_rtf(source: Source) -> Iterator[Document]:
    """One document. Its title is that of its properties, else its first heading."""
    data = source.read_bytes()
    if not START.match(data):
        raise ReadError("the document is broken or not RTF")
    code = SPLIT_CHARACTER.sub(_join_bytes, NOT_ASCII.sub(_escape, _remove_binary(data.decode("latin-1"))))
    code, _ = _cut(code, PICTURE)
    codepage = CODEPAGE.search(code)
    properties = _read_properties(code, codepage[0] if codepage else "")
    # striprtf would take time with the square of a long line to find out where links lead.
    code, fonts = _rebuild_fonts(code.replace("{\\field{", "{\\field {"))
    code, _ = _cut(RAISED.sub(_mark_raised, code), UNSEEN)
    code, notes = _cut(code, FOOTNOTE)
    head = f"{{\\rtf1\\ansi{codepage[0] if codepage else ''} "
    blocks = _read_blocks(OUTLINE.sub(_mark_heading, code))
    for note in notes:
        _read_blocks(f"{head}{fonts}{note.replace('footnote', 'pard', 1)}}}", blocks)
    if not blocks.text:
        raise EmptyFileError("the document contains no text")
    lost = blocks.text.count("\ufffd")
    if lost:
        source.notice(f"characters that are not valid were replaced by U+FFFD: {lost}")
    headings = tuple(blocks.headings)
    yield Document(
        id=source.name,
        source=source.name,
        text=blocks.text,
        title=properties.pop("title", "") or next((item.text for item in headings if item.level == 1), ""),
        headings=headings or None,
        metadata=properties,
    )


def _read_blocks(code: str, blocks: Blocks | None = None) -> Blocks:
    blocks = blocks or Blocks()
    in_table = False
    for line in _to_text(code).split("\n"):
        level = HEADING.search(line)
        words = HEADING.sub("", line).rstrip()
        if words.endswith("|"):
            cells = [collapse_whitespace(cell) for cell in words.split("|")[:-1]]
            blocks.add(SEPARATOR.join(cells) if any(cells) else "", run_on=in_table)
        elif level is not None:
            blocks.add(collapse_whitespace(words), level=ord(level[0]) - MARK + 1)
        else:
            blocks.add(words)
        in_table = words.endswith("|")
    return blocks


def _to_text(code: str) -> str:
    from striprtf.striprtf import rtf_to_text

    try:
        # A document that is cut off is closed, without which its last bytes would be lost.
        text = str(rtf_to_text(f"{code}}}", errors="replace"))  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise ReadError("the document is broken: its codes cannot be read") from error
    text = text.replace("\r", "\n").replace("\xad", "").replace("\0", "\ufffd")
    text = RAISED_DIGITS.sub(lambda found: found[1] + raise_text(found[1], found[2]), text).replace(RAISED_MARK, "")
    return SURROGATES.sub(_join_surrogates, text)


def _read_properties(code: str, codepage: str) -> dict[str, Any]:
    """The properties in the info group, as plain text."""
    info = _find_group(code, "{\\info")
    properties: dict[str, Any] = {}
    for word, name in INFO.items():
        group = _find_group(info, f"{{\\{word} ")
        text = collapse_whitespace(_to_text(f"{{\\rtf1\\ansi{codepage} {group[len(word) + 3 : -1]}}}")) if group else ""
        if text:
            properties[name] = text
    for word, name in TIMES.items():
        numbers = dict(TIME_PART.findall(_find_group(info, f"{{\\{word}\\")))
        if {"yr", "mo", "dy"} <= numbers.keys():
            properties[name] = f"{numbers['yr']:0>4}-{numbers['mo']:0>2}-{numbers['dy']:0>2}"
    pages = PAGES.search(info)
    if pages and int(pages[1]) > 0:
        properties["pages"] = int(pages[1])
    return properties


def _rebuild_fonts(code: str) -> tuple[str, str]:
    """``code`` with a font table that says only which font has which character set, and that table."""
    table = _find_group(code, "{\\fonttbl")
    entries = ((FONT.search(entry), CHARSET.search(entry)) for entry in re.split("[;{]", table))
    fonts = "".join(f"{{{font[0]}{charset[0]} F;}}" for font, charset in entries if font and charset)
    rebuilt = f"{{\\fonttbl{fonts}}}"
    return (code.replace(table, rebuilt, 1) if table else code), rebuilt


def _find_group(code: str, begin: str) -> str:
    """The first group that begins with ``begin``; empty if there is none."""
    start = code.find(begin)
    return code[start : _find_end(code, start)] if start >= 0 else ""


def _cut(code: str, begin: re.Pattern[str]) -> tuple[str, list[str]]:
    """``code`` without the groups that match ``begin``, and these groups."""
    kept: list[str] = []
    groups: list[str] = []
    position = 0
    while found := begin.search(code, position):
        end = _find_end(code, found.start())
        kept.append(code[position : found.start()])
        groups.append(code[found.start() : end])
        position = end
    return "".join([*kept, code[position:]]), groups


def _find_end(code: str, start: int) -> int:
    """The offset after the group that begins at ``start``; the end of ``code`` if it is never closed."""
    depth = 0
    for brace in BRACES.finditer(code, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return len(code)


def _remove_binary(code: str) -> str:
    """``code`` without binary data, which may hold braces."""
    kept: list[str] = []
    position = 0
    while found := BINARY.search(code, position):
        kept.append(code[position : found.start()])
        position = found.end() + int(found[1] or 0)
    return "".join([*kept, code[position:]])


def _escape(character: re.Match[str]) -> str:
    return f"\\'{ord(character[0]):02x}"


def _join_bytes(pair: re.Match[str]) -> str:
    second = pair[2]
    return pair[1] + (second if second.startswith("\\'") else f"\\'{ord(second[-1]):02x}")


def _mark_heading(level: re.Match[str]) -> str:
    return f"{level[0]}{{\\uc0\\u{MARK + int(level[1])} }}"


def _mark_raised(_: re.Match[str]) -> str:
    return f"{{\\uc0\\u{ord(RAISED_MARK)} }}"


def _join_surrogates(characters: re.Match[str]) -> str:
    return characters[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
