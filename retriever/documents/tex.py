"""LaTeX (.tex): what is set, line by line; sections as headings; commands and comments left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END
from retriever.documents.markup_lines import MarkupLines
from retriever.types import Document

SECTIONS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
SECTION = re.compile(r"\\(part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\[\]]{0,200}\])?\{")
NAMED = re.compile(r"\\(title|author|date)(?:\[[^\[\]]{0,200}\])?\{")
# What is set as it is written, up to the same sign as before it, and addresses, in which a % begins no comment.
VERBATIM = r"\\verb\*?(?P<sign>[^\w\s*])(?P<verbatim>[^\n]{0,500}?)(?P=sign)"
ADDRESS = r"\\(?:url|path|href)[ ]?\{[^{}\n]{0,1000}\}"
COMMENT = re.compile(rf"({VERBATIM}|{ADDRESS}|(?<!\\)(?:\\\\)*(?=%))(?:%.*)?")
BEGIN, END = "\\begin{document}", "\\end{document}"
# Commands whose argument is not set.
UNSET = re.compile(
    r"\\(?:label|ref|eqref|cref|Cref|autoref|pageref|cite[a-z]*|bibliography|bibliographystyle|input|include|includegraphics|"
    r"usepackage|documentclass|newcommand|renewcommand|vspace|hspace|pagestyle|thispagestyle|index|"
    r"hypersetup|color|graphicspath|geometry|selectlanguage|begin|end)\*?(?:\[[^\[\]]{0,300}\])?(?:\{[^{}]{0,300}\})?"
    r"(?:\[[^\[\]]{0,300}\])?"
    r"|\\(?:setcounter|addtocounter|setlength|addtolength|rule|arabic|alph|roman)\b(?:\[[^\[\]]{0,300}\])?(?:\{[^{}]{0,300}\}){0,2}"
)
# Commands of which the first argument is not set.
LINK = re.compile(r"\\(?:href|hyperlink|hypertarget|foreignlanguage|textcolor)(?:\[[^\[\]]{0,100}\])?\{[^{}]{0,500}\}")
# Commands with another text for where marks are not set, such as the outline of a PDF.
TWICE = re.compile(r"\\texorpdfstring\s{0,9}\{")
# Lines that a heading may go on over.
LONGEST_HEADING = 5
ITEM = re.compile(r"\\item\b[ \t]*(?:\[([^\[\]]{0,200})\])?")
ACCENT = re.compile(r"\\([`'^\"~=.uvHtcdbr])(?:\{(\\?[A-Za-z])\}|[ \t]*(?<=[`'^\"~=. \t])(\\?[A-Za-z]))")
ACCENTS = dict(
    zip(
        "`'^\"~=.uvHcdbr",
        "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0306\u030c\u030b\u0327\u0323\u0331\u030a",
        strict=True,
    )
)
SPECIAL = {
    "ss": "ß",
    "ae": "æ",
    "oe": "œ",
    "o": "ø",
    "O": "Ø",
    "aa": "å",
    "AA": "Å",
    "l": "ł",
    "L": "Ł",
    "S": "§",
    "ldots": "…",
    "dots": "…",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "textbackslash": "\\",
    "copyright": "©",
}
WORD = re.compile(r"\\([A-Za-z]+)\*?[ \t]?(?:\[[^\[\]]{0,200}\])?")
SPACING = re.compile(r"\\[,;:!/@+-]")
ESCAPED = re.compile(r"\\([&%$#_{}])")
PLACEHOLDER = "\ue0fe"
# A command without arguments that the file defines.
DEFINED = re.compile(r"\\(?:(?:re)?newcommand\*?\{?|def[ \t]*)\\([A-Za-z]+)\}?[ \t]*\{")
# A line break is not part of the word behind it.
USED = re.compile(r"\\(?:\\|([A-Za-z]+))")
# Definitions that are looked at: each may be a search for its end.
MOST_DEFINITIONS = 2000
# What is read here stays what it is, however it is set.
READ = frozenset((*SECTIONS, "title", "author", "date", "item", "begin", "end", "href"))
BRACE = re.compile(r"(?<!\\)[{}]")
MATH = r"(?<!\\)\$\$?[^$]{1,2000}\$\$?|\\\([^\n]{1,2000}?\\\)|(?<!\\)\\\[[^\n]{1,2000}?\\\]"
KEPT = re.compile(f"{VERBATIM}|{MATH}")
# The columns of tables and the widths of boxes, and the space behind a line.
COLUMNS = re.compile(
    r"\\begin\{(?:array|longtable|minipage|multicols|tabular|tabularx|tabulary|wrapfigure|wraptable|thebibliography)\*?\}"
    r"(?:\[[^\[\]]{0,100}\]|\{(?:[^{}]|\{[^{}]{0,100}\}){0,200}\}){1,4}"
)
LINE_END_SPACE = re.compile(r"\\\\\*?(?:\[-?[\d.]+[ ]?[a-z]{2}\])?")


def read_tex(source: Source) -> Iterator[Document]:
    r"""One document. Its title is what ``\title`` states, else its first part or chapter."""
    text = decode_source(source)
    out = MarkupLines()
    macros = _Macros(text)
    begin = text.find(BEGIN)
    _read_preamble(out, text, macros)
    before = text[: begin + len(BEGIN)] if begin >= 0 else ""
    end = text.find(END, len(before))
    body = text[len(before) : end if end >= 0 else len(text)]
    for _ in LINE_END.findall(before):
        out.add()
    verbatim = ""
    lines = LINE_END.split(body)
    at = 0
    while at < len(lines):
        parts = [lines[at]] if verbatim else _join_heading(lines, at)
        verbatim = _add_line(out, " ".join(parts), verbatim, macros)
        for _ in parts[1:]:
            out.add()
        at += len(parts)
    yield out.document(source)


class _Macros:
    """The commands of a file that stand for words; expanded once, so that none grows without end."""

    def __init__(self, text: str) -> None:
        found = islice(DEFINED.finditer(text), MOST_DEFINITIONS)
        self._words = {one[1]: _argument(text, one.end()) for one in found if one[1] not in READ}
        self._room = len(text) + 10_000

    def expand(self, line: str) -> str:
        """A line with the words of its commands, as long as they do not make the text twice as long."""
        return USED.sub(self._expand, line) if self._words and not DEFINED.search(line) else line

    def _expand(self, found: re.Match[str]) -> str:
        words = self._words.get(found[1])
        if words is None or len(words) > self._room:
            return found[0]
        self._room -= len(words)
        return words


def _read_preamble(out: MarkupLines, text: str, macros: _Macros) -> None:
    for found in NAMED.finditer(text):
        words = " ".join(_inline(macros.expand(_argument(text, found.end()))).split())
        if words and found[1] == "title":
            out.title = out.title or words
        elif words:
            out.metadata.setdefault(found[1], words)


def _join_heading(lines: Sequence[str], at: int) -> list[str]:
    """The line at a place, with those that a heading which begins in it goes on over."""
    line = COMMENT.sub(r"\1", lines[at]).rstrip()
    found = SECTION.search(line)
    if found is None:
        return [lines[at]]
    parts, depth, start = [line], 1, found.end()
    while True:
        for brace in BRACE.finditer(parts[-1], start):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                return parts
        follows = at + len(parts)
        if len(parts) == LONGEST_HEADING or follows == len(lines) or not lines[follows].strip():
            return [lines[at]]
        parts.append(COMMENT.sub(r"\1", lines[follows]).strip())
        start = 0


def _add_line(out: MarkupLines, line: str, verbatim: str, macros: _Macros) -> str:
    """Append a line, and return the environment in which lines are set as they are, "" for none."""
    if verbatim:
        ends = f"\\end{{{verbatim}}}" in line
        out.add("" if ends else line)
        return "" if ends else verbatim
    for name in ("verbatim", "lstlisting", "minted"):
        if line.lstrip().startswith(f"\\begin{{{name}}}"):
            out.add()
            return name
    line = macros.expand(COMMENT.sub(r"\1", line))
    found = SECTION.search(line)
    if found:
        words = " ".join(_inline(_argument(line, found.end())).split())
        out.add_heading(_inline(line), words, SECTIONS[found[1]])
    elif NAMED.match(line.lstrip()):
        out.add()
    else:
        out.add(_inline(line))
    return ""


def _argument(text: str, start: int) -> str:
    """The argument that begins behind its brace."""
    depth = 1
    for brace in BRACE.finditer(text, start, start + 2000):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[start : brace.start()]
    return text[start : start + 2000].split("\n", 1)[0]


def _inline(line: str) -> str:
    """A line as it is set. Formulas stay as they are written."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0] if found["verbatim"] is None else found["verbatim"])
        return PLACEHOLDER

    # First, since no formula that was kept may be left out.
    line = KEPT.sub(keep, _leave_out_second(line.replace(PLACEHOLDER, "")))
    line = ACCENT.sub(_compose, line)
    line = LINK.sub("", UNSET.sub("", COLUMNS.sub("", line)))
    line = ITEM.sub(lambda found: f"{found[1]} " if found[1] else "- ", line)
    line = ESCAPED.sub(lambda found: chr(0xF100 + ord(found[1])), LINE_END_SPACE.sub(" ", line).replace("\\ ", " "))
    line = SPACING.sub("", line)
    line = WORD.sub(lambda found: SPECIAL.get(found[1], ""), line)
    line = line.replace("{", "").replace("}", "").replace("~", " ").replace("---", "—").replace("--", "–")
    line = line.replace("``", "“").replace("''", "”")
    line = re.sub("[\uf100-\uf17f]", lambda found: chr(ord(found[0]) - 0xF100), line)
    formulas = iter(kept)
    return re.sub(PLACEHOLDER, lambda _: next(formulas, ""), line)


def _leave_out_second(line: str) -> str:
    """A line without the text that stands for another one in the outline of a PDF."""
    parts: list[str] = []
    start = 0
    for found in TWICE.finditer(line):
        if found.start() >= start:
            first = _argument(line, found.end())
            parts += (line[start : found.start()], first)
            start = found.end() + len(first) + 1
            if line.startswith("{", start):
                start += len(_argument(line, start + 1)) + 2
    return "".join([*parts, line[start:]])


def _compose(found: re.Match[str]) -> str:
    letter = (found[2] or found[3]).lstrip("\\")
    mark = ACCENTS.get(found[1])
    return unicodedata.normalize("NFC", letter + mark) if mark else letter
