"""The standard measures of ranked retrieval, computed by ``ir-measures`` (MacAvaney et al. 2022, ECIR).

Values are between 0 and 1; larger is better. nDCG uses grades as gains, as trec_eval does; for the other measures an
item of any grade is relevant. AP and RR without a cutoff are computed over the whole ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retriever.errors import MissingExtraError, UsageError, install_command

if TYPE_CHECKING:
    from ir_measures import Measure

SUPPORTED = ("nDCG", "R", "P", "AP", "RR", "Success")
# Measures that are only defined with a cutoff.
_NEED_CUTOFF = ("R", "P", "Success")

# The default measures; ``@k`` stands for the cutoff of the evaluation.
STANDARD = ("nDCG@k", "Success@k", "R@k", "RR", "AP")


def parse_measures(names: Sequence[str], k: int, depth: int) -> list[Measure]:
    """Parse measures by their names in ir-measures, such as ``nDCG@10``; ``MRR`` and ``MAP`` are accepted as well.

    ``@k`` at the end of a name stands for the cutoff ``k``. Raises UsageError if a measure is unknown or its cutoff is
    larger than ``depth``, MissingExtraError without the extra ``eval``.
    """
    _require_extra()
    return list(dict.fromkeys(_parse_measure(name, k, depth) for name in names))


def _require_extra() -> None:
    """Raise MissingExtraError if the extra ``eval`` is not installed."""
    try:
        import ir_measures  # noqa: F401
        import pytrec_eval  # noqa: F401
        import scipy  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"evaluation needs {error.name}, which is not installed", hint=install_command("eval")
        ) from error


def _parse_measure(name: str, k: int, depth: int) -> Measure:
    import ir_measures

    hint = "use one such as nDCG@10, R@100, P@5, Success@3, RR or AP"
    name = name.strip()
    try:
        measure = ir_measures.parse_measure(f"{name[:-2]}@{k}" if name.endswith("@k") else name)
    except (NameError, ValueError) as error:
        raise UsageError(f"unknown measure {name!r}", hint=hint) from error
    cutoff = measure.params.get("cutoff")
    if measure.NAME not in SUPPORTED or set(measure.params) - {"cutoff"}:
        raise UsageError(f"unsupported measure {name!r}: not one of {', '.join(SUPPORTED)}", hint=hint)
    if measure.NAME in _NEED_CUTOFF and cutoff is None:
        raise UsageError(f"the measure {name!r} needs a cutoff", hint=f"use one such as {name}@{k}")
    if cutoff is not None and cutoff < 1:
        raise UsageError(f"the cutoff of {name!r} must be at least 1", hint=hint)
    if cutoff is not None and cutoff > depth:
        message = f"the cutoff {cutoff} of {name!r} exceeds the depth of {depth} passages"
        raise UsageError(message, hint="raise the depth")
    return measure


def compute_values(
    measures: Sequence[Measure], grades: Sequence[Mapping[str, int]], rankings: Sequence[Sequence[str]]
) -> list[dict[str, float]]:
    """The values of all measures by name, for each question, from the grades of its items and their ranking."""
    import ir_measures

    qrels = {str(number): dict(grade) for number, grade in enumerate(grades)}
    # Scores are integers that decrease by one per rank, so that there are no ties at any float precision.
    run = {
        str(number): {item: float(len(ranking) - place) for place, item in enumerate(ranking)}
        for number, ranking in enumerate(rankings)
    }
    values: list[dict[str, float]] = [{str(measure): 0.0 for measure in measures} for _ in grades]
    for metric in ir_measures.iter_calc(measures, qrels, run):
        values[int(metric.query_id)][str(metric.measure)] = float(metric.value)
    return values
