"""Help pages in Chinese: the table has their texts, and lines, which have no spaces, break by cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retriever import Span
from retriever_cli.help_page import TYPE, Formatter
from retriever_cli.messages import translate_help
from retriever_cli.render.layout import cell_width, wrap

# What follows a text of an option in brackets, of the parser or of our own.
_REMARKS = re.compile(r"\s*\[((?:default: |required|[\d.]+<=?x|x[<>]=?)[^\[\]]*)\]$")
_RANGE = re.compile(r"(?:(?P<low>[\d.]+)<=)?x(?:<=(?P<high>[\d.]+)|>=(?P<least>[\d.]+))")
# Between a term and what it means.
_SPACING = 2


def _say(text: str) -> str:
    return translate_help(text) or text


class ChineseFormatter(Formatter):
    """Writes help pages in Chinese. What the table lacks stays English."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        self._write_lines(f"{_say('Usage')}：{prog} ", args)

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{_say(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs. Of those that the parser would not wrap the first line is a heading."""
        for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
            self.write("\n" if number else "")
            lines = paragraph.strip("\n").split("\n")
            if lines[0].strip() == "\b":
                self._write_listed(lines[1].strip(), lines[2:])
            else:
                self._write_lines(" " * self.current_indent, _say(" ".join(paragraph.split())))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = _SPACING) -> None:
        """Write a list of terms and what they mean; a long term has its own line."""
        terms = [(TYPE.sub("", term), meaning) for term, meaning in rows]
        column = min(max(len(term) for term, _ in terms), col_max, self.width // 3)
        for term, meaning in terms:
            lead = f"{'':{self.current_indent}}{term:<{column + col_spacing}}"
            if len(term) > column:
                self.write(f"{lead.rstrip()}\n")
                lead = f"{'':{self.current_indent + column + col_spacing}}"
            self._write_lines(lead, _translate_meaning(meaning))

    def _write_listed(self, heading: str, lines: Sequence[str]) -> None:
        """Write examples as they are, and anything else as a text, below a heading."""
        margin = " " * self.current_indent
        self.write(f"{margin}{_say(heading.removesuffix(':'))}：\n")
        if heading == "Examples:":
            self.write("".join(f"{margin}{_translate_aside(line)}\n" for line in lines))
        else:
            self._write_lines(f"{margin}  ", _say(" ".join(" ".join(lines).split())))

    def _write_lines(self, lead: str, text: str) -> None:
        """Write a text behind ``lead``, with its further lines below its beginning."""
        indent = cell_width(lead)
        if indent > self.width // 2:
            self.write(f"{lead.rstrip()}\n" if lead.strip() else "")
            indent = 4
            lead = " " * indent
        lines = [text[line.start : line.end] for line in wrap(text, Span(0, len(text)), self.width - indent)]
        self.write(f"{lead}{f'{chr(10)}{chr(32) * indent}'.join(lines)}".rstrip() + "\n")


def _translate_aside(line: str) -> str:
    """An example whose remark in brackets, behind spaces, is translated."""
    match = re.fullmatch(r"(.*?  +)\((.*)\)", line, re.DOTALL)
    return f"{match[1]}（{_say(match[2])}）" if match else line


def _translate_meaning(meaning: str) -> str:
    """What a term means, with its default and limits behind it."""
    remarks: list[str] = []
    while match := _REMARKS.search(meaning):
        meaning, remarks = meaning[: match.start()], [match[1], *remarks]
    shown = "；".join(_translate_remark(remark) for part in remarks for remark in part.split("; "))
    return _say(meaning) + (f" [{shown}]" if shown else "")


def _translate_remark(remark: str) -> str:
    if match := _RANGE.fullmatch(remark):
        if match["low"]:
            return f"{match['low']} 到 {match['high']}"
        return f"不小于 {match['least']}" if match["least"] else f"不大于 {match['high']}"
    name, colon, value = remark.partition(": ")
    # Most defaults are values as they are typed.
    return translate_help(remark) or (f"{_say(name)}：{value}" if colon else _say(name))
