"""Reads a container again without the member at which a process died, so that the other members are read.

Every attempt gives the same documents and reports in the same order, but for those of members that are passed over, so
what was given before is told apart by counting.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from retriever.documents.interface import Report
from retriever.documents.limits import ReadLimits
from retriever.documents.protocol import ProtocolError
from retriever.errors import UnfinishedReadError
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import MEMBER, Document

# Members of one file at which a process may die before the file is given up.
MAX_DEATHS = 8
# The time of the processor that all attempts may take together, as a multiple of that of one.
TIMES = 2


class DeathError(UnfinishedReadError):
    """The child has died while it read a file, or gave an invalid answer."""


@dataclass(slots=True)
class Attempts:
    """What has come of a file so far; ``source`` is its name and ``limits`` hold for the attempt that is to come.

    ``passed_over`` are the names of the members that are not to be read; ``complete`` is set at the end of the file.
    """

    source: str
    limits: ReadLimits
    report: Report
    passed_over: list[str] = field(default_factory=list)
    complete: bool = False
    _current: str = ""
    _left: float = 0.0
    # What this attempt had taken when it began to read what it is at, and when that was.
    _taken: float = 0.0
    _since: float = 0.0
    # What has been given in all attempts, and in this one.
    _given: Counter[Hashable] = field(default_factory=Counter)
    _again: Counter[Hashable] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._left = TIMES * self.limits.seconds

    def enter(self, name: str, taken: float) -> None:
        """Take note that the child is at the file ``name``: this one, or a member of it.

        ``taken`` are the seconds of the processor that it has taken before. Raises ProtocolError.
        """
        if name != self.source and not name.startswith(self.source + MEMBER):
            raise ProtocolError("another source")
        self._current, self._taken, self._since = name, taken, time.monotonic()

    def is_new(self, document: Document) -> bool:
        """Count a document, and tell whether no earlier attempt gave it."""
        return self._count(document.source)

    def pass_on(self, item: Notice | SkippedSource | WaitingPages) -> None:
        """Report what no earlier attempt did."""
        if self._count(item):
            self.report(item)

    def blame(self, error: DeathError) -> None:
        """Leave out the member at which the child died, with a report, and prepare another attempt.

        Raises ``error`` if the child was at no member, or if this has happened too often.
        """
        # On a busy machine more is counted than was taken.
        taken = self._taken + time.monotonic() - self._since
        self._left -= min(self.limits.seconds, taken)
        if self._current in ("", self.source) or len(self.passed_over) == MAX_DEATHS or self._left < 1:
            raise error
        self.report(SkippedSource(self._current, str(error), unfinished=True))
        self.passed_over.append(self._current)
        self.limits = replace(self.limits, seconds=min(self.limits.seconds, int(self._left)))
        self._current = ""
        self._again.clear()

    def _count(self, item: Hashable) -> bool:
        self._again[item] += 1
        if self._again[item] <= self._given[item]:
            return False
        self._given[item] += 1
        return True
