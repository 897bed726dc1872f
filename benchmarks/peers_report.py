"""The figures of ``peers.py`` as tables in Markdown, in both READMEs, and as plots of cost against size."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

PICTURE = Path("docs") / "images" / "peers.png"
BEGIN, END = "<!-- written by benchmarks/peers.py -->", "<!-- end of what benchmarks/peers.py writes -->"

Measured = dict[int, dict[str, dict[str, list[float]]]]
"""Every round's value by number of passages, system and figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is measured: its key in the results, how a value is written, and its names in both languages."""

    key: str
    form: str
    english: str
    chinese: str
    axis: str | None


FIGURES = (
    Figure("build", "{:.1f} s", "build", "建立索引", "build an index, s"),
    Figure(
        "cold",
        "{:.2f} s",
        "first question of a new process",
        "新进程的第一个问题",
        "first question of a new process, s",
    ),
    Figure("warm", "{:.1f} ms", "further question", "之后的问题", "further question, ms"),
    Figure("memory", "{:.0f} MB", "memory", "内存", "memory of a process that asks, MB"),
    Figure("quality", "{:.3f}", "nDCG@10", "nDCG@10", None),
)
READMES = {"README.md": "english", "README.zh.md": "chinese"}


def take_medians(systems: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """The median over the rounds, by system and figure."""
    return {
        name: {key: statistics.median(values) for key, values in figures.items()} for name, figures in systems.items()
    }


def format_table(systems: dict[str, dict[str, list[float]]], language: str = "english") -> str:
    """One row a system, medians of the rounds."""
    names = [str(getattr(figure, language)) for figure in FIGURES]
    rows = [["", *names], ["---"] * (len(names) + 1)]
    for system, medians in take_medians(systems).items():
        rows.append([system, *(figure.form.format(medians[figure.key]) for figure in FIGURES)])
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


def write_tables(measured: Measured, root: Path) -> None:
    """Put the table of the largest size between the marks of both READMEs of the project at ``root``."""
    largest = measured[max(measured)]
    for name, language in READMES.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise SystemExit(f"{path}: needs the lines {BEGIN} and {END} around the table")
        path.write_text(f"{before}{begin}\n{format_table(largest, language)}\n{end}{after}", encoding="utf-8")


def draw_plots(measured: Measured, target: Path) -> None:
    """Draw each cost against the number of passages, both on logarithmic axes, as a PNG."""
    # Not at the beginning: it would be imported in the processes of all systems.
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figures = [figure for figure in FIGURES if figure.axis]
    canvas, axes = pyplot.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    medians = {size: take_medians(systems) for size, systems in sorted(measured.items())}
    systems = list(next(iter(medians.values())))
    for figure, panel in zip(figures, axes.flat, strict=True):
        for system in systems:
            values = [medians[size][system][figure.key] for size in medians]
            width = 2.5 if system.startswith("Retriever") else 1.2
            style = "--" if "," in system else "-"
            panel.plot(list(medians), values, style, marker="o", markersize=4, linewidth=width, label=system)
        panel.set(xscale="log", yscale="log", xlabel="passages", title=figure.axis)
        panel.set_xticks(list(medians), [f"{size:,}" for size in medians], minor=False)
        panel.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        panel.grid(alpha=0.3)
    canvas.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    canvas.savefig(target, dpi=110)
    pyplot.close(canvas)
