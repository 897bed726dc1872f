"""Splits an answer into statements as it comes in: sentences with the marks that they cite, and what claims nothing.

An answer is Markdown as language models write it. A statement is final once nothing that may follow can change it, so
that the same statements come out whatever pieces the answer comes in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from retriever.citations import asides
from retriever.citations.markers import Marker, find_code, find_markers, has_unfinished
from retriever.citations.source_names import SourceNames
from retriever.citations.values import AsideKind
from retriever.text.sentences import split_sentences
from retriever.types import Span

# The splitter of sentences looks this far ahead, and a little more is asked for.
_AHEAD = 24
_AGAIN = 8
# In an item of a list it is indented, or behind the bullet.
_FENCE = re.compile(r"\s*(?:(?:>|(?:[-*+]|\d{1,3}[.)])\s)\s*)*(?P<fence>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:\s|$)")
_TABLE = re.compile(r"\s*\|")
_TABLE_RULE = re.compile(r"(?:\|\s*)?(?::?-+:?\s*\|\s*)+(?::?-+:?\s*)?(?:\|\s*)?\Z")
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}\Z")
_BULLET = re.compile(
    r"(?:[ \t]*(?:>|[-*+•·▪–]|#{1,6}(?=\s)|\d{1,3}[.)、．](?!\d)|[(（]\d{1,2}[)）]|[①-⑳➀-➓])[ \t]*(?!\*))+|[ \t]+",
    re.UNICODE,
)
_ALL_BOLD = re.compile(r"\s*(\*\*|__)(?:(?!\1).)+\1\s*(?:[:：]\s*)?\Z")
_QUOTED = "”’」』》〉\"'"
# What goes on with the sentence behind a quotation, in scripts without spaces before it.
_QUOTING = re.compile(r"[とのをがはにもで]|って|など|[的等和与與及]|라[고는며]|하[고는며]|[을를은는]|이[라란]")
_MARKUP = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)|~~|[①-⑳➀-➓]|[(（]\d{1,2}[)）]")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or a row of a table, of an answer: ``answer[start:end]``.

    ``words`` is the sentence without marks and markup. ``aside`` says why it claims nothing, None for a claim.
    """

    start: int
    end: int
    words: str
    cited: tuple[int, ...]
    aside: AsideKind | None = None


class AnswerReader:
    """Reads an answer piece by piece. ``names`` are those of the sources that it may cite."""

    def __init__(self, names: SourceNames | None = None) -> None:
        self._names = names or SourceNames()
        self._text = ""
        self._pieces: list[str] = []  # what has come in behind the text
        self._length = 0  # of all that has come in
        self._done = 0  # what lies before is read
        self._line = 0  # the beginning of the line that is read
        self._seen = 0  # how long the text was when it was read last
        self._fence = ""

    @property
    def text(self) -> str:
        """The answer as far as it has come in."""
        return self._text + "".join(self._pieces)

    def feed(self, piece: str) -> list[Statement]:
        """The statements that became final with a piece of the answer."""
        self._pieces.append(piece)
        self._length += len(piece)
        # A sentence without an end is read again when it is longer by a part, so that the time stays linear.
        more = max(_AHEAD, (self._length - self._done) // _AGAIN)
        if "\n" not in piece and self._length - self._seen < more:
            return []
        return self._read(finished=False)

    def finish(self) -> list[Statement]:
        """The rest of the statements, at the end of the answer."""
        return self._read(finished=True)

    def _read(self, *, finished: bool) -> list[Statement]:
        self._text, self._pieces = self.text, []
        self._seen = len(self._text)
        found: list[Statement] = []
        while self._line < len(self._text):
            end = self._text.find("\n", self._line)
            if end < 0 and not finished:
                break
            end = len(self._text) if end < 0 else end
            if _TABLE.match(self._text, self._line, end) and not self._fence and not self._knows_next(end, finished):
                return found
            found += self._read_line(end)
            self._line = self._done = end + 1
        if not finished:
            found += self._read_part()
        return found

    def _knows_next(self, end: int, finished: bool) -> bool:
        """Whether the line after the one that ends at ``end`` has come in whole: it may rule a table."""
        return finished or self._text.find("\n", end + 1) >= 0

    def _read_line(self, end: int) -> Iterator[Statement]:
        text, start = self._text, self._line
        if self._done == start:
            whole = self._read_special(start, end)
            if whole is not None:
                yield from whole
                return
            start = _skip_bullet(text, start, end)
        yield from self._sentences(max(start, self._done), end, whole=True)

    def _read_special(self, start: int, end: int) -> list[Statement] | None:
        """The statements of a line that is not prose; None for prose."""
        text = self._text
        line = text[start:end]
        fence = _FENCE.match(line)
        if self._fence:
            if fence and fence["fence"].startswith(self._fence) and not fence["info"].strip():
                self._fence = ""
            return [_aside(text, start, end, "code")]
        if fence:
            self._fence = fence["fence"]
            return [_aside(text, start, end, "code")]
        if not line.strip() or _RULE.match(line):
            return []
        if (_HEADING.match(line) or _ALL_BOLD.match(line)) and not asides.is_sentence(line):
            return [_aside(text, start, end, "heading")]
        if _TABLE.match(line):
            return self._read_row(start, end)
        if asides.is_reference(line, self._names):
            return [_aside(text, start, end, "reference")]
        return None

    def _read_row(self, start: int, end: int) -> list[Statement]:
        text = self._text
        if _TABLE_RULE.match(text[start:end].strip()):
            return []
        after = text.find("\n", end + 1)
        following = text[end + 1 : after if after >= 0 else len(text)]
        if _TABLE_RULE.match(following.strip()):
            return [_aside(text, start, end, "heading")]
        markers = find_markers(text, start, end, find_code(text, start, end)[0])
        cells = _blank(text, start, end, markers).replace("|", ";").strip("; \t\r")
        kind: AsideKind | None = None if asides.has_words(cells) else "remark"
        span = _strip(text, start, end)
        return [Statement(span.start, span.end, _clean(cells), _numbers(markers), kind)]

    def _read_part(self) -> list[Statement]:
        """The sentences of a line that has not come in whole, as far as they are final."""
        text, start, end = self._text, self._line, len(self._text)
        if self._done == start:
            if _HEADING.match(text, start, end):
                return []
            start = _skip_bullet(text, start, end)
            if self._fence or not _begins_prose(text[start:end].lstrip(), self._names):
                return []
        return list(self._sentences(max(start, self._done), end, whole=False))

    def _sentences(self, start: int, end: int, *, whole: bool) -> Iterator[Statement]:
        """The sentences of prose; unless ``whole`` only those that what follows cannot change."""
        text = self._text
        code, code_is_open = find_code(text, start, end)
        markers = find_markers(text, start, end, code)
        blanked = _blank(text, start, end, markers)
        # No sentence ends in code.
        masked = _mask(blanked, start, code)
        spans = [Span(start + span.start, start + span.end) for span in _join_quoting(masked)]
        if not spans:
            return
        marks = _attach(spans, markers)
        ends_within_mark = not whole and (code_is_open or has_unfinished(text, start))
        for number, span in enumerate(spans):
            last = number + 1 == len(spans)
            # Marks behind the sentence belong to it, so what follows them has to be known.
            after = end if last else spans[number + 1].start
            if not whole and (last or len(text) - after < _AHEAD or ends_within_mark):
                return
            self._done = after
            yield self._judge(span, blanked[span.start - start : span.end - start], marks[number], at_end=last)

    def _judge(self, span: Span, words: str, cited: tuple[int, ...], *, at_end: bool) -> Statement:
        words = _clean(words)
        return Statement(span.start, span.end, words, cited, asides.find_kind(words, cited, ends_line=at_end))


def _begins_prose(beginning: str, names: SourceNames) -> bool:
    """Whether a line that has not come in whole is prose, whatever follows."""
    return (
        len(beginning) > _AHEAD
        and beginning[0] not in "|#`~*_-=[\\【［〔>"
        and not asides.may_be_reference(beginning, names)
    )


def _skip_bullet(text: str, start: int, end: int) -> int:
    match = _BULLET.match(text, start, end)
    return match.end() if match else start


def _aside(text: str, start: int, end: int, kind: AsideKind) -> Statement:
    span = _strip(text, start, end)
    return Statement(span.start, span.end, "", (), kind)


def _strip(text: str, start: int, end: int) -> Span:
    line = text[start:end]
    stripped = line.strip()
    first = start + (line.index(stripped) if stripped else 0)
    return Span(first, first + len(stripped))


def _blank(text: str, start: int, end: int, markers: list[Marker]) -> str:
    """The text with spaces in place of marks, so that they are in the way of nothing."""
    parts: list[str] = []
    position = start
    for marker in markers:
        parts += (text[position : marker.start], " " * (marker.end - marker.start))
        position = marker.end
    return "".join((*parts, text[position:end]))


def _mask(text: str, start: int, code: list[Span]) -> str:
    """The text, which begins at ``start``, with letters in place of what is between the backticks of code."""
    parts: list[str] = []
    position = start
    for span in code:
        parts += (text[position - start : span.start - start], "x" * (span.end - span.start))
        position = span.end
    return "".join((*parts, text[position - start :]))


def _clean(words: str) -> str:
    """The words without markup."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", words)).split())


def _join_quoting(text: str) -> list[Span]:
    """The sentences of a text; 「…。」と言った is one, which the splitter takes for two."""
    joined: list[Span] = []
    for span in split_sentences(text):
        if (
            joined
            and joined[-1].end == span.start
            and text[span.start - 1] in _QUOTED
            and _QUOTING.match(text, span.start)
        ):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def _attach(spans: list[Span], markers: list[Marker]) -> list[tuple[int, ...]]:
    """For each sentence the numbers that it cites: a mark belongs to the sentence it stands in or ends."""
    cited: list[set[int]] = [set() for _ in spans]
    starts = [span.start for span in spans]
    for marker in markers:
        cited[max(bisect_right(starts, marker.start) - 1, 0)].update(marker.numbers)
    return [tuple(sorted(numbers)) for numbers in cited]


def _numbers(markers: list[Marker]) -> tuple[int, ...]:
    return tuple(sorted({number for marker in markers for number in marker.numbers}))
