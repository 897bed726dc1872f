"""Subtitles (.srt, .vtt): what is said, in paragraphs by speaker and pause, cited by the time at which it is said."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from retriever.documents.blocks import CJK_CHARACTER, collapse_whitespace
from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.errors import ReadError
from retriever.types import Document, Place

# Programs for meetings write numbers without their zeros: 0:1:5.2.
CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIMES = re.compile(rf"[ \t]*{CLOCK}[ \t]*-->[ \t]*{CLOCK}.*")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^<>]{1,100})>")
TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
# A pause of so many seconds, or a sentence that ends beyond so many characters, ends a paragraph.
PAUSE = 2.0
LONG = 400
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’」』)）]*\Z")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    speaker: str
    text: str


def read_subtitles(source: Source) -> Iterator[Document]:
    """One document, with a place for each cue: the time at which it is shown."""
    script = _Script()
    for cue in _parse_cues(decode_source(source)):
        script.add(cue)
    if not script.length:
        raise ReadError("the file contains no subtitles")
    yield Document(
        id=source.name,
        source=source.name,
        text="".join(script.parts),
        title=source.path.stem,
        places=tuple(script.places),
    )


def _parse_cues(text: str) -> Iterator[Cue]:
    """The cues of a file with text, without numbers, styles and notes, and without lines that only stay on screen."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown: frozenset[str] = frozenset()
    at = 0
    while at < len(lines):
        found = TIMES.fullmatch(lines[at])
        at += 1
        if found is None:
            continue
        first = at
        while at < len(lines) and lines[at].strip() and not TIMES.fullmatch(lines[at]):
            at += 1
        voice = VOICE.search("\n".join(lines[first:at]))
        said = [html.unescape(TAG.sub("", line)).strip() for line in lines[first:at]]
        new = [line for line in said if line and line not in shown]
        shown = frozenset(said)
        if new:
            speaker = collapse_whitespace(html.unescape(voice[1])) if voice else ""
            yield Cue(_seconds(found, 1), _seconds(found, 5), speaker, collapse_whitespace("\n".join(new)))


def _seconds(found: re.Match[str], group: int) -> float:
    hours, minutes, seconds, fraction = (found[group + number] or "0" for number in range(4))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


@dataclass(slots=True)
class _Script:
    """The text as it is built from cues."""

    parts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    length: int = 0
    paragraph: int = 0
    last: Cue | None = None

    def add(self, cue: Cue) -> None:
        """Append a cue to the paragraph, or begin another one with it."""
        gap = self._gap(cue)
        begins = gap == "\n\n" or self.last is None
        changes = cue.speaker and (self.last is None or cue.speaker != self.last.speaker)
        text = f"{cue.speaker}: {cue.text}" if begins and changes else cue.text
        self.paragraph = len(text) if begins else self.paragraph + len(text)
        self.places.append(Place(self.length + len(gap), _show_time(cue.start)))
        self.parts += (gap, text)
        self.length += len(gap) + len(text)
        self.last = cue

    def _gap(self, cue: Cue) -> str:
        last = self.last
        if last is None:
            return ""
        ended = self.paragraph > LONG and SENTENCE_END.search(last.text)
        if cue.speaker != last.speaker or cue.start - last.end >= PAUSE or ended:
            return "\n\n"
        return "" if CJK_CHARACTER.match(cue.text) and CJK_CHARACTER.match(last.text[-1]) else " "


def _show_time(seconds: float) -> str:
    """A point in time as hours, minutes and seconds: ``00:01:05``."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
