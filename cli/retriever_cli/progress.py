"""Progress on standard error: bars on a terminal, an occasional line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retriever_cli.console import escape_controls, note

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


@contextmanager
def show_progress() -> Iterator[OnProgress]:
    """Show progress while the block runs; gives the callback to pass to the library."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    bars = _make_bars()
    with bars:
        view = BarProgress(bars)
        yield view
        view.finish()


class PlainProgress:
    """Prints a line at the start of each stage, and one now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._last = 0.0

    def __call__(self, step: Progress) -> None:
        """Show a step."""
        now = self._clock()
        begins = step.stage != self._stage
        if not begins and now - self._last < SECONDS_BETWEEN_LINES:
            return
        self._stage, self._last = step.stage, now
        note(f"{LABELS.get(step.stage, step.stage)}{_format_amount(step)}")


class BarProgress:
    """Draws one bar per stage. Finished stages stay on the screen."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: Progress) -> None:
        """Show a step."""
        if step.stage not in self._tasks:
            self.finish()
            self._tasks[step.stage] = self._bars.add_task(LABELS.get(step.stage, step.stage), total=None)
        self._bars.update(
            self._tasks[step.stage],
            completed=step.done,
            total=step.total or None,
            unit=step.unit,
            detail=escape_controls(step.detail),
        )

    def finish(self) -> None:
        """Complete all bars, including those without a known total."""
        for task in self._bars.tasks:
            self._bars.update(task.id, total=task.completed, detail="")


def _format_amount(step: Progress) -> str:
    if step.unit == "%":
        return f": {step.done} %"
    if step.total:
        return f": {step.done} of {step.total} {step.unit}"
    return f": {step.done} {step.unit}" if step.done else ""


def _make_bars() -> Bars:
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
    from rich.table import Column
    from rich.text import Text

    from retriever_cli.console import make_console

    class Label(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(task.description)

    class Amount(ProgressColumn):
        def render(self, task: Task) -> Text:
            if not (task.completed or task.total):
                return Text()
            unit, detail = task.fields.get("unit", ""), task.fields.get("detail", "")
            total = f"/{task.total:.0f}" if task.total and unit != "%" else ""
            return Text(f"{task.completed:.0f}{total} {unit} {detail}".rstrip())

    return Progress(
        Label(Column(no_wrap=True)),
        BarColumn(bar_width=24),
        TimeRemainingColumn(),
        Amount(Column(no_wrap=True, overflow="ellipsis")),
        console=make_console(sys.stderr),
    )
