"""Explanations of hits as lines."""

from __future__ import annotations

from retriever import Hit
from retriever_cli.console import escape_line


def format_explanation(hit: Hit) -> list[str]:
    """A line for each stage; the shares that they show add up to the score that is shown."""
    shares = [part.effect for part in hit.explanation if part.effect is not None]
    rounded = iter(_round_to_sum(shares, hit.score))
    return [
        escape_line(
            f"{part.stage}: {part.text}"
            + ("" if part.effect is None else f" ({next(rounded) / 100:+.2f} of the score)")
        )
        for part in hit.explanation
    ]


def _round_to_sum(shares: list[float], score: float) -> list[int]:
    """The shares in hundredths, with the largest one changed so that they add up to the rounded score."""
    rounded = [round(share * 100) for share in shares]
    if rounded:
        largest = max(range(len(shares)), key=lambda i: abs(shares[i]))
        # The score is shown by its format, which rounds halves in its own way.
        rounded[largest] += int(f"{score:.2f}".replace(".", "")) - sum(rounded)
    return rounded
