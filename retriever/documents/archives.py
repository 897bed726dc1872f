"""What archives of all formats have in common: which members are taken, and what is said of the others.

Nothing is written to disk, so that no member can lead anywhere; one that tries to is reported all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from retriever.documents.interface import MEMBERS, Member, Source, too_large_error
from retriever.documents.left_behind import is_left_behind
from retriever.errors import ReadError
from retriever.reports import SkippedSource
from retriever.types import MEMBER

# Names of links that the notice about them lists.
NAMED_LINKS = 5
DRIVE = re.compile("[A-Za-z]:")
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(slots=True)
class Archive:
    """Takes the members of one archive, entry by entry.

    ``replaced`` are the positions of entries that a later one replaces.
    """

    source: Source
    links: list[str] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)

    def leave_replaced(self, names: Iterable[str | None]) -> None:
        """Learn which files come again under the same name, so that programs that unpack them keep the last.

        ``names`` has one for each entry, None for what is not a file.
        """
        last: dict[str, int] = {}
        for at, name in enumerate(names):
            if name is None:
                continue
            path = "/".join(_split(name))
            if path in last:
                self.replaced.add(last[path])
            last[path] = at

    def take(self, name: str, unpack: Callable[[], bytes]) -> Iterator[Member]:
        """The member of a file at the path ``name``; none if it is hidden, or if its path is refused."""
        name = UNSHOWN.sub("\ufffd", name)
        parts = _split(name)
        if name.startswith("/") or DRIVE.match(name) or ".." in parts:
            self.report(name, "its path leads out of the archive")
        elif parts and not any(part.startswith(".") or is_left_behind(part) for part in parts):
            yield Member("/".join(parts), unpack)

    def may_go_on(self) -> bool:
        """Count an entry; False, with a report, once there are too many."""
        if self.source.room.count():
            return True
        reason = f"the rest of the archive was not read: there are more than {MEMBERS:,} files in it"
        self.source.report(SkippedSource(self.source.name, reason))
        return False

    def allow(self, size: int) -> None:
        """Raise ReadError if a member of ``size`` bytes may not be unpacked."""
        limit = self.source.max_size
        if limit is not None and size > limit:
            raise too_large_error(size, limit)
        self.source.room.take(size)

    def report(self, name: str, reason: str) -> None:
        """Report a member that is left out."""
        self.source.report(SkippedSource(f"{self.source.name}{MEMBER}{name}", reason))

    def add_link(self, name: str) -> None:
        """Note a link, or what else is not a file."""
        self.links.append(UNSHOWN.sub("\ufffd", name))

    def finish(self) -> None:
        """Report the links, and files that were replaced."""
        if self.replaced:
            self.source.notice(f"files replaced by later ones of the same name: {len(self.replaced):,}")
        if self.links:
            more = len(self.links) - NAMED_LINKS
            named = ", ".join(self.links[:NAMED_LINKS]) + (f" and {more:,} more" if more > 0 else "")
            self.source.notice(f"links and special files in the archive were left out: {named}")


def _split(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def broken_error(reason: str) -> ReadError:
    """The error for an archive, or a member, that cannot be unpacked."""
    return ReadError(f"it is broken: {reason}")
