"""What Markdown shows: without comments, HTML tags and data URIs, line by line as in the file.

Every line of the file stays a line, so that citations lead to it. Code is left as it is, but for data URIs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

from retriever.documents.data_uris import remove_data_uris
from retriever.documents.formula import lower_text, raise_text

LINE_END = re.compile("\r\n?|\n")
BLANK_LINE = re.compile(r"(?:\r\n?|\n)[ \t]*(?:\r\n?|\n)")
# Tags of HTML. Others may be text: List<String>, <your name>.
INLINE_TAGS = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|rb|rtc|ruby|s|samp|small|span|"
    "strike|strong|sub|sup|time|tt|u|var|wbr"
)
BLOCK_TAGS = (
    "address|article|aside|audio|blockquote|body|br|button|canvas|caption|center|col|colgroup|dd|details|dialog|div|dl|dt|"
    "embed|fieldset|figcaption|figure|footer|form|frame|h[1-6]|head|header|hgroup|hr|html|iframe|input|legend|li|link|"
    "main|map|menu|meta|meter|nav|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|section|select|"
    "slot|source|summary|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|track|ul|video"
)
ATTRIBUTES = r"""(?:\s(?:[^<>"'`]|"[^"<>]{0,4000}"|'[^'<>]{0,4000}')*)?"""
MARKUP = re.compile(
    rf"""
    (?P<escape>\\[`<])
    | (?P<ticks>`+)
    | (?P<comment><!--|\{{/\*)
    | <(?P<hidden>script|style|template|rt|rp)\b[^<>]*>
    | <(?P<shift>su[pb])\b[^<>]*>(?P<shifted>[^<>\r\n`]{{0,100}})</su[pb]>
    | <img\b(?P<image>{ATTRIBUTES})/?>
    | </?(?:(?P<inline>{INLINE_TAGS})|(?P<block>{BLOCK_TAGS}|rt|rp|script|style|template)){ATTRIBUTES}/?>
    """,
    re.IGNORECASE | re.VERBOSE,
)
ALTERNATIVE = re.compile(r"""\salt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
COMMENT_ENDS = {"<!--": "-->", "{/*": "*/}"}


def show_markdown(text: str, code: list[tuple[int, int]]) -> str:
    """``text`` as shown, with the same lines. ``code`` has the line ranges of code blocks, in order, ends excluded."""
    text = remove_data_uris(text)
    starts = [0, *(end.end() for end in LINE_END.finditer(text)), len(text)]
    parts: list[str] = []
    position = 0
    for first, last in [*code, (len(starts) - 1, len(starts) - 1)]:
        begin, end = (max(position, starts[min(line, len(starts) - 1)]) for line in (first, last))
        parts += (_Shower(text[position:begin]).show(), text[begin:end])
        position = end
    return "".join(parts)


class _Shower:
    """Goes through a text outside of code blocks once."""

    def __init__(self, text: str) -> None:
        self.text = text
        # None of them is empty, so that the last character is that of the last one.
        self.parts: list[str] = []
        self.ticks: dict[int, list[int]] | None = None
        # Ends that were looked for and do not come any more.
        self.missing: set[str] = set()

    def show(self) -> str:
        position = 0
        while found := MARKUP.search(self.text, position):
            self._add(self.text[position : found.start()])
            position = self._handle(found)
        self._add(self.text[position:])
        return "".join(self.parts)

    def _add(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def _handle(self, found: re.Match[str]) -> int:
        """Append what a piece of markup shows, and return where the text goes on."""
        if found["escape"]:
            self._add(found[0])
        elif found["ticks"]:
            end = self._find_code_end(found)
            self._add(self.text[found.start() : end])
            return end
        elif found["comment"] or found["hidden"]:
            return self._leave_out(found)
        elif found["shift"]:
            before = self.parts[-1][-1] if self.parts else ""
            shift = raise_text if found["shift"].lower() == "sup" else lower_text
            self._add(shift(before, found["shifted"]))
        elif found["image"] is not None:
            alternative = ALTERNATIVE.search(found["image"])
            self._keep_lines(found[0], (alternative[1] or alternative[2] or "") if alternative else "")
        else:
            self._keep_lines(found[0], " " if found["block"] else "")
        return found.end()

    def _keep_lines(self, removed: str, shown: str) -> None:
        lines = "".join(LINE_END.findall(removed))
        self._add(shown if not lines else " ".join(LINE_END.split(shown)) + lines)

    def _leave_out(self, found: re.Match[str]) -> int:
        """Leave out a comment or an element with its content; only the tag if the element is never closed."""
        closing = COMMENT_ENDS.get(found[0]) or f"</{found['hidden'].lower()}"
        # Not found in the text in lower case, which may be longer: İ.
        pattern = re.compile(re.escape(closing), re.IGNORECASE | re.ASCII)
        closed = None if closing in self.missing else pattern.search(self.text, found.end())
        if closed is None:
            self.missing.add(closing)
            self._add(found[0] if found["comment"] else "")
            return found.end()
        end = closed.end()
        if found["hidden"]:
            end = self.text.find(">", end) + 1 or len(self.text)
        self._keep_lines(self.text[found.start() : end], "")
        return end

    def _find_code_end(self, found: re.Match[str]) -> int:
        """The end of a code span that begins with ``found``; that of ``found`` if no span does."""
        if self.ticks is None:
            self.ticks = defaultdict(list)
            for run in re.finditer("`+", self.text):
                self.ticks[len(run[0])].append(run.start())
        length = len(found[0])
        positions = self.ticks.get(length, [])
        following = bisect_left(positions, found.end())
        if following == len(positions):
            return found.end()
        end = positions[following]
        return found.end() if BLANK_LINE.search(self.text, found.end(), end) else end + length
