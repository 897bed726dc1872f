"""Progress on standard error: bars on a terminal, an occasional line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retriever_cli.console import escape_line, is_quiet, note, telling
from retriever_cli.messages import localise

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from retriever import Progress

OnProgress = Callable[["Progress"], None]

LABELS = {
    "model": "preparing the bundled model (first use only)",
    "scan": "scanning",
    "index": "indexing",
    "commit": "writing",
    "verify": "verifying",
    "evaluate": "evaluating",
}
# Plain output ends up in logs: one line when a stage begins, then one at this interval.
SECONDS_BETWEEN_LINES = 10.0
# Before so much is done, the time left is a guess.
MIN_SHARE = 0.02
MIN_SECONDS = 1.0
BAR_WIDTH = 24


@contextmanager
def show_progress() -> Iterator[OnProgress]:
    """Show progress while the block runs; gives the callback to pass to the library."""
    if is_quiet():
        yield lambda _: None
    elif not sys.stderr.isatty():
        yield PlainProgress()
    else:
        view = BarProgress()
        try:
            yield view
        except BaseException:
            view.stop()
            raise
        view.finish()
        view.stop()


class PlainProgress:
    """Prints a line at the start of each stage, and one now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._began = self._last = 0.0

    def __call__(self, step: Progress) -> None:
        """Show a step."""
        now = self._clock()
        begins = step.stage != self._stage
        if not begins and now - self._last < SECONDS_BETWEEN_LINES:
            return
        if begins:
            self._stage, self._began = step.stage, now
        self._last = now
        amount = _format_amount(step)
        left = _format_left(_measure_share(step), now - self._began)
        note(LABELS.get(step.stage, step.stage) + (f": {amount}{left}" if amount else ""))


class BarProgress:
    """Draws one bar per stage. Finished stages stay on the screen; nothing is drawn before the first step."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: Progress) -> None:
        """Show a step."""
        if self._bars is None:
            self._bars = _make_bars()
            with telling():
                self._bars.start()
        if step.stage not in self._tasks:
            self.finish()
            self._tasks[step.stage] = self._bars.add_task(_localise(LABELS.get(step.stage, step.stage)), total=None)
        share = _measure_share(step)
        self._bars.update(
            self._tasks[step.stage],
            completed=0 if share is None else share,
            total=None if share is None else 1.0,
            amount=_localise(escape_line(_format_amount(step))),
        )

    def finish(self) -> None:
        """Complete all bars, including those without a known total."""
        for task in self._bars.tasks if self._bars else ():
            if self._bars:
                self._bars.update(task.id, completed=1.0, total=1.0)

    def stop(self) -> None:
        """Draw no more."""
        if self._bars:
            with telling():
                self._bars.stop()


def _measure_share(step: Progress) -> float | None:
    """How much of a stage is done, 0 to 1; None if that is unknown."""
    if step.share is not None:
        return step.share
    return step.done / step.total if step.total else None


def _localise(text: str) -> str:
    return localise(text, sys.stderr)


def _format_amount(step: Progress) -> str:
    if step.unit == "%":
        return f"{step.done} %"
    if step.total:
        counted = f"{step.done:,} of {step.total:,} {step.unit}"
    else:
        counted = f"{step.done:,} {step.unit}" if step.done else ""
    return ", ".join(part for part in (counted, step.detail) if part)


def _format_left(share: float | None, seconds: float) -> str:
    """How much is done and how long the rest will take, once that can be told."""
    if share is None or not MIN_SHARE <= share < 1 or seconds < MIN_SECONDS:
        return ""
    return f" ({share:.0%}, about {format_duration(seconds * (1 - share) / share)} left)"


def format_duration(seconds: float) -> str:
    """A time for people: ``12 s``, ``2 min``, ``1 h 3 min``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _make_bars() -> Bars:
    from rich.progress import BarColumn, Progress, ProgressColumn, Task
    from rich.table import Column
    from rich.text import Text

    from retriever_cli.console import make_console

    class Label(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(task.description)

    class Left(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            known = task.time_remaining is not None and not task.finished
            return Text(_localise(f"{format_duration(task.time_remaining or 0)} left") if known else "")

    class Amount(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(task.fields.get("amount", ""))

    return Progress(
        Label(Column(no_wrap=True)),
        BarColumn(bar_width=BAR_WIDTH),
        Left(Column(no_wrap=True)),
        Amount(Column(no_wrap=True, overflow="ellipsis")),
        console=make_console(sys.stderr),
        # The time left is estimated from the last minute: batches take seconds each.
        speed_estimate_period=60.0,
    )
