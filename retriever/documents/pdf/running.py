"""Finds what runs along the edges of pages: headers, footers, page numbers, and stamps across the page.

They are known by their repetition: the same words at the same place on several pages, or a number there that increases
with the pages. A document of one page has none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.lines import is_beside

# The lines at the top and at the bottom of a page that are looked at.
_EDGE_LINES = 4
# Places that differ by less than so many points are the same.
_TOLERANCE = 4.0
# Shorter words with a number that increases may be headings, such as those of attachments.
_MIN_WORDS = 6
# Of what was removed, so many words are kept once, at the end of the text.
_MAX_REMOVED = 20
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[-–—·.|\s]*(?:第|page|seite|p\.|стр\.?|página|صفحة)?\s*(\d{1,4})\s*(?:页|頁|ページ|쪽)?"
    r"(?:\s*(?:/|of|von|de|sur|из|共|\|)\s*(?:共\s*)?\d+\s*(?:页|頁|ページ)?)?[-–—·.|\s]*",
    re.I,
)
_ROMAN_NUMBER = re.compile(r"[-–—·.\s]*[ivxlc]{1,7}[-–—·.\s]*", re.I)


@dataclass(frozen=True, slots=True)
class Contents:
    """The fragments of each page by direction without what runs along its edges.

    The headers of the first page that has any text are kept. ``empty`` says which pages have nothing else, and
    ``removed`` has the words of what was removed, each once.
    """

    pages: list[list[list[Fragment]]]
    empty: list[bool]
    removed: list[str]


def remove_running(pages: Sequence[Sequence[list[Fragment]]]) -> Contents:
    """The pages, given by their fragments in each direction of writing, without headers, footers and stamps."""
    running = find_running([page[0] if page else [] for page in pages])
    turned = [[fragment for part in page[1:] for fragment in part] for page in pages]
    stamps = {_key(turned[at][index]) for at, places in enumerate(_find_stamps(turned)) for index in places}
    contents = Contents([], [], [])
    for page, places in zip(pages, running, strict=True):
        main = page[0] if page else []
        bare = [fragment for at, fragment in enumerate(main) if at not in places]
        others = [[one for one in part if _key(one) not in stamps] for part in page[1:]]
        contents.empty.append(not bare and not any(others))
        top = max((fragment.base for fragment in bare), default=0.0)
        is_first = not any(contents.pages)
        kept = [
            fragment
            for at, fragment in enumerate(main)
            if at not in places or (is_first and fragment.base > top and _has_words(fragment))
        ]
        contents.pages.append([part for part in (kept, *others) if part])
    _list_removed(contents, pages)
    return contents


def _list_removed(contents: Contents, pages: Sequence[Sequence[list[Fragment]]]) -> None:
    kept = {id(fragment) for page in contents.pages for part in page for fragment in part}
    words = (one.text for page in pages for part in page for one in part if id(one) not in kept and _has_words(one))
    distinct = {_DIGITS.sub("#", text): text for text in reversed(list(words))}
    contents.removed.extend(list(reversed(distinct.values()))[:_MAX_REMOVED])


def _has_words(fragment: Fragment) -> bool:
    letters = sum(character.isalpha() for character in fragment.text)
    return letters > 1 and not _PAGE_NUMBER.fullmatch(fragment.text) and not _ROMAN_NUMBER.fullmatch(fragment.text)


def find_running(pages: Sequence[Sequence[Fragment]]) -> list[set[int]]:
    """For each page, given by its fragments, the places of those that run along the edges of several pages.

    A page with nothing else may be the copy of another one. Its words count as running only if they run along the
    edges of pages with other text, too; page numbers always do.
    """
    edges = [list(_find_edges(page)) for page in pages]
    repeated = _find_repeated(pages, edges)
    numbers = _find_numbers(pages, edges)
    found = [
        _follow_edges(
            sides, {index for index, one in enumerate(page) if (at, index) in numbers or _key(one) in repeated}
        )
        for at, (page, sides) in enumerate(zip(pages, edges, strict=True))
    ]
    confirmed = {_key(page[index]) for page, places in zip(pages, found, strict=True) for index in places or ()}
    return [
        {index for index, one in enumerate(page) if (at, index) in numbers or _key(one) in confirmed}
        if places is None
        else places
        for at, (page, places) in enumerate(zip(pages, found, strict=True))
    ]


def _follow_edges(sides: Sequence[Sequence[Sequence[int]]], candidates: set[int]) -> set[int] | None:
    """The candidates on the lines from each edge to the first line of other text; None if there is no such line."""
    chosen: set[int] = set()
    for rows in sides:
        for row in rows:
            found = candidates.intersection(row)
            chosen |= found
            if len(found) < len(row):
                break
        else:
            return None
    return chosen


def _find_stamps(pages: Sequence[Sequence[Fragment]]) -> list[set[int]]:
    """Like ``find_running`` for turned text: what stands at one place of several pages, wherever that is."""
    keys = Counter(key for page in pages for key in {_key(fragment) for fragment in page})
    least = _least_pages(len(pages))
    return [{at for at, one in enumerate(page) if keys[_key(one)] >= least} for page in pages]


def _least_pages(count: int) -> int:
    """On how many of ``count`` pages something must stand to be running. Odd and even pages may differ."""
    return 2 if count <= 3 else 3


def _find_edges(page: Sequence[Fragment]) -> Iterator[list[list[int]]]:
    """The places of the fragments of the outermost lines, from the top and from the bottom inwards."""
    if not page:
        return
    order = sorted(range(len(page)), key=lambda at: -page[at].base)
    for places in (order, order[::-1]):
        rows: list[list[int]] = []
        for at in places:
            if rows and is_beside(page[rows[-1][0]], page[at]):
                rows[-1].append(at)
            elif len(rows) == _EDGE_LINES:
                break
            else:
                rows.append([at])
        yield rows


def _find_repeated(
    pages: Sequence[Sequence[Fragment]], edges: Sequence[Sequence[Sequence[Sequence[int]]]]
) -> set[tuple[str, int, int]]:
    """The keys of the fragments at the edges that several pages share."""
    counts: Counter[tuple[str, int, int]] = Counter()
    for page, sides in zip(pages, edges, strict=True):
        counts.update({_key(page[at]) for rows in sides for row in rows for at in row})
    least = _least_pages(sum(1 for page in pages if page))
    return {key for key, count in counts.items() if count >= least}


def _key(fragment: Fragment) -> tuple[str, int, int]:
    """What a fragment and its repetitions share: its words and its place."""
    return "".join(fragment.text.split()), round(fragment.base / _TOLERANCE), round(fragment.left / _TOLERANCE)


def _find_numbers(
    pages: Sequence[Sequence[Fragment]], edges: Sequence[Sequence[Sequence[Sequence[int]]]]
) -> set[tuple[int, int]]:
    """The page and place of every page number: a number that increases by one from page to page, at one height."""
    series: dict[tuple[int, str, int], list[tuple[int, int]]] = defaultdict(list)
    for at, (page, sides) in enumerate(zip(pages, edges, strict=True)):
        for index in {index for rows in sides for row in rows for index in row}:
            fragment = page[index]
            number = _PAGE_NUMBER.fullmatch(fragment.text)
            height = round(fragment.base / _TOLERANCE)
            if number:
                series[int(number[1]) - at, "", height].append((at, index))
            elif _ROMAN_NUMBER.fullmatch(fragment.text):
                series[0, "roman", height].append((at, index))
            elif any(character.isdigit() for character in fragment.text):
                _add_headings(series, fragment, at, index, height)
    least = {"": 2, "roman": 3}
    return {
        place
        for (_, kind, _), places in series.items()
        if len({page for page, _ in places}) >= least.get(kind, 3)
        for place in places
    }


def _add_headings(
    series: dict[tuple[int, str, int], list[tuple[int, int]]], fragment: Fragment, at: int, index: int, height: int
) -> None:
    """Words with a page number in them: the same words, and the first or last number increases with the pages."""
    numbers = _DIGITS.findall(fragment.text)
    words = _DIGITS.sub("#", "".join(fragment.text.split()))
    if len(words) < _MIN_WORDS or not numbers:
        return
    for which in {0, len(numbers) - 1}:
        if len(numbers[which]) <= 4:
            series[int(numbers[which]) - at, f"{which} {words}", height].append((at, index))
