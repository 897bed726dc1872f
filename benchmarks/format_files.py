"""How our readers compare with other programs on real files of many formats.

    python benchmarks/format_files.py FOLDER... [--formats xlsx,doc] [--show]

Each FOLDER has a folder for each format, named by its extension. The other programs are those of
``reference_readers.py``: pandoc, antiword, catdoc, wps2text, bsdtar and asciidoctor on the path, and the packages
python-calamine, python-pptx, odfpy, nbformat, python-oxmsg, sharepoint-to-text, srt, webvtt-py and unmhtml. A format
whose reference is missing is said to be left out. A row for each format has

- the files that both read, and those that only one of them reads or that are empty;
- words in common: the share of the reference's words (of unspaced scripts, characters) that ours has, the least and in
  how many files it is 0.98 or more;
- order: which share of the words in common stands in the same order, the median;
- outline: how many of the reference's headings ours has; title: how many of the titles;
- citations: how many places of the reference (cells, times, slides, members) ours leads to.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from reference_readers import READERS, Reference

from retriever.documents import read_file
from retriever.errors import ReadError
from retriever.types import Document

ENOUGH = 0.98
# Words of a file whose order is compared.
ORDERED = 6_000
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")


@dataclass(slots=True)
class Row:
    """What one file gave; pairs are what ours has and what the reference has."""

    name: str
    problem: str = ""
    common: float = 1.0
    ordered: float = 1.0
    headings: tuple[int, int] = (0, 0)
    titles: tuple[int, int] = (0, 0)
    places: tuple[int, int] = (0, 0)


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def compare(path: Path, form: str) -> Row:
    """Read a file with both. What goes wrong is the row's problem."""
    row = Row(path.name)
    own: list[Document] = []
    problems = []
    try:
        own = list(read_file(path, source=path.name, report=lambda _: None))
    except ReadError as error:
        problems.append(f"not ours: {error}")
    try:
        other = READERS[form](path)
    except (FileNotFoundError, ImportError):
        raise
    except Exception as error:
        problems.append(f"not the reference: {type(error).__name__}: {str(error)[:80]}")
    if problems:
        row.problem = "; ".join(problems)
        return row
    if form in ("zip", "tar", "7z"):
        row.places = _count_members(path, own, other)
        return row
    wanted, found = words_of(other.text), words_of("\n".join(one.text for one in own[: None if form == "mbox" else 1]))
    if form == "ofd":
        # Which characters are a word is not in the file.
        wanted, found = list("".join(wanted)), list("".join(found))
    common = Counter(wanted) & Counter(found)
    row.common = common.total() / len(wanted) if wanted else 1.0
    row.ordered = _order(wanted, found)
    row.headings = _count_headings(own, other)
    row.titles = (int(words_of(other.title) == words_of(own[0].title)), 1) if other.title.strip() else (0, 0)
    row.places = _count_places(form, own[0], other)
    return row


def _order(wanted: Sequence[str], found: Sequence[str]) -> float:
    left, right = wanted[:ORDERED], found[: 2 * ORDERED]
    common = (Counter(left) & Counter(right)).total()
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(1, common) if common else 1.0


def _count_headings(own: Sequence[Document], other: Reference) -> tuple[int, int]:
    wanted = [tuple(words_of(heading)) for heading in other.headings]
    known = Counter(tuple(words_of(one.text)) for one in own[0].headings or ())
    # A title may be the document's instead of a heading; those of messages are the headings of a mailbox.
    known.update(tuple(words_of(one.title)) for one in own)
    wanted = [heading for heading in wanted if heading]
    return (Counter(wanted) & known).total(), len(wanted)


def _count_places(form: str, own: Document, other: Reference) -> tuple[int, int]:
    if other.pages is not None:
        return int(max(1, len(own.pages)) == max(1, other.pages)), 1
    if not other.places:
        return 0, 0
    ends = [place.start for place in own.places[1:]] + [len(own.text)]
    texts = {place.name: own.text[place.start : end] for place, end in zip(own.places, ends, strict=True)}
    if form in ("xlsx", "xls", "ods"):
        texts = {re.sub(r"![A-Z]+(\d+)(:.*)?$", r"!\1", name).replace("'", ""): text for name, text in texts.items()}
    elif form in ("srt", "vtt"):
        # A paragraph has the time of its first line, and further lines.
        return _count_times(texts, other)
    right = sum(
        not Counter(words_of(text)[:5]) - Counter(words_of(texts.get(name, ""))) for name, text in other.places.items()
    )
    return right, len(other.places)


def _count_times(texts: dict[str, str], other: Reference) -> tuple[int, int]:
    """The places of ours whose text has the words that the cue of that time has; who speaks may stand before them."""
    right = sum(
        not Counter(words_of(other.places.get(name, "\0"))) - Counter(words_of(text)) for name, text in texts.items()
    )
    return right, len(texts)


def _count_members(path: Path, own: Sequence[Document], other: Reference) -> tuple[int, int]:
    known = {document.source.removeprefix(f"{path.name}!").split("!")[0] for document in own}
    readable = {name.removeprefix("./") for name in other.places if _is_text(name)}
    return len(readable & known), len(readable)


def _is_text(name: str) -> bool:
    parts = name.removeprefix("./").split("/")
    return name.endswith((".txt", ".md", ".rst", ".html")) and not any(
        part.startswith(".") or part == ".." for part in parts
    )


def describe(form: str, rows: Sequence[Row]) -> str:
    """A line of the table."""
    read = [row for row in rows if not row.problem]
    if not read:
        return f"| {form} | 0 of {len(rows)} | | | | | |"
    commons = [row.common for row in read]
    enough = sum(common >= ENOUGH for common in commons)
    add: Callable[[str], str] = lambda name: _add([getattr(row, name) for row in read])  # noqa: E731
    order = statistics.median(row.ordered for row in read)
    return (
        f"| {form} | {len(read)} of {len(rows)} | {min(commons):.3f}, {enough} of {len(read)} | {order:.3f} "
        f"| {add('headings')} | {add('titles')} | {add('places')} |"
    )


def _add(pairs: Sequence[tuple[int, int]]) -> str:
    have, wanted = (sum(pair[at] for pair in pairs) for at in (0, 1))
    return f"{have} of {wanted}" if wanted else ""


def list_files(folders: Sequence[Path], form: str) -> Iterator[Path]:
    """The files of a format, in order."""
    for folder in folders:
        if (folder / form).is_dir():
            yield from sorted(path for path in (folder / form).iterdir() if path.is_file())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--formats", default=",".join(READERS))
    parser.add_argument("--show", action="store_true", help="print every file")
    given = parser.parse_args()
    print("| format | both read | words in common: least, enough | order | headings | titles | places |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for form in given.formats.split(","):
        try:
            rows = [compare(path, form) for path in list_files(given.folders, form)]
        except (FileNotFoundError, ImportError) as error:
            print(f"| {form} | left out: {error} |")
            continue
        if rows:
            print(describe(form, rows), flush=True)
        for row in rows if given.show else ():
            values = f"{row.common:.3f} {row.ordered:.3f} {row.headings} {row.titles} {row.places}"
            print(f"    {row.name}: {row.problem or values}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(str(error)) from error
