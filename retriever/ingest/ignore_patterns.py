"""The lines of an ignore file as regular expressions, which match the paths that git matches.

A folder may come from anybody, so no line makes matching slow or fails: a line that git cannot use matches nothing, and
between two wildcards only the first place is tried where what stands between them fits, which is always enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

# The longest line that is looked at, in characters: no path is longer.
LONGEST = 4096
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_STAR, _SLASH = "*", "/"
_STARS = re.compile(r"\*+")
# A member of a set in brackets: a named class, or a character, behind a backslash or not, and perhaps the end of a
# range that it begins.
_MEMBER = re.compile(r"\[:(?P<name>[^\]]*):\]|\\?(?P<first>.)(?:-(?!\])\\?(?P<last>.))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of an ignore file.

    ``matches`` is for paths relative to its folder, ``included`` whether what it matches is taken back, ``folders``
    whether it is for folders only.
    """

    matches: re.Pattern[str]
    included: bool
    folders: bool


def parse_patterns(text: str) -> Iterator[Pattern]:
    """The patterns in the text of an ignore file, in order."""
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = _strip(line.removesuffix("\r"))
        if not pattern or pattern.startswith("#") or len(pattern) > LONGEST:
            continue
        included = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        folders = pattern.endswith("/")
        pattern = pattern.removesuffix("/")
        # One without a slash is for names at any depth.
        anchored = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
        if pattern and (regex := _translate(anchored)) is not None:
            yield Pattern(re.compile(regex, re.DOTALL), included, folders)


def _strip(line: str) -> str:
    """The line without spaces at its end; one behind a backslash stays."""
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and len(bare) < len(line) else bare


def _translate(pattern: str) -> str | None:
    """The regular expression of a pattern; None for one that matches nothing."""
    # What stands between two ``**``, each a list of expressions of single characters, stars and slashes.
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        if stars := _STARS.match(pattern, at):
            deep = stars.end() - at > 1 and pattern[at - 1 : at] in ("", "/")
            at = stars.end()
            if deep and at == len(pattern):
                parts.append([".+"])
            elif deep and pattern[at] == "/":
                parts.append([])
                at += 1
            else:
                parts[-1].append(_STAR)
            continue
        item, at = _take(pattern, at)
        if item is None:
            return None
        parts[-1].append(item)
    return _join(parts)


def _take(pattern: str, at: int) -> tuple[str | None, int]:
    """The expression of one character of a path, and where the pattern goes on; None if nothing can match it."""
    character = pattern[at]
    if character == "?":
        return "[^/]", at + 1
    if character == "[":
        return _take_set(pattern, at + 1)
    if character == "\\":
        at += 1
        return (re.escape(pattern[at]), at + 1) if at < len(pattern) else (None, at)
    return (_SLASH if character == "/" else re.escape(character)), at + 1


def _take_set(pattern: str, at: int) -> tuple[str | None, int]:
    """As ``_take``, of a set in brackets, from behind the first of them."""
    negated = pattern[at : at + 1] in ("!", "^")
    start = at = at + negated
    members: list[str] = []
    while at == start or pattern[at : at + 1] != "]":
        member = _MEMBER.match(pattern, at)
        if member is None:
            return None, at  # It has no end.
        name, first, last = member.group("name", "first", "last")
        if name is not None:
            if name not in _CLASSES:
                return None, at
            members.append(_CLASSES[name])
        elif last is None or last < first:  # A range that goes backwards has its first character alone.
            members.append(re.escape(first))
        else:
            members.append(f"{re.escape(first)}-{re.escape(last)}")
        at = member.end()
    inside = "".join(members)
    return f"[^/{inside}]" if negated else f"(?!/)[{inside}]" if inside else "(?!)", at + 1


def _join(parts: list[list[str]]) -> str:
    numbers = count()

    def first_fit(expression: str) -> str:
        """The expression where it fits first, and at no other place if what follows does not fit then."""
        name = f"_{next(numbers)}"
        return f"(?=(?P<{name}>{expression}))(?P={name})"

    def write_name(items: list[str]) -> str:
        first, *others = map("".join, _split(items, _STAR))
        if not others:
            return first
        fits = "".join(first_fit(f"[^/]*?{fixed}") for fixed in others[:-1] if fixed)
        return f"{first}{fits}[^/]*{others[-1]}"

    first, *others = ("/".join(map(write_name, _split(items, _SLASH))) for items in parts)
    if not others:
        return first
    fits = "".join(first_fit(f"(?:.*?/)??{names}") for names in others[:-1] if names)
    return f"{first}{fits}(?:.*/)?{others[-1]}"


def _split(items: list[str], mark: str) -> list[list[str]]:
    """The items between marks."""
    found: list[list[str]] = [[]]
    for item in items:
        if item == mark:
            found.append([])
        else:
            found[-1].append(item)
    return found
