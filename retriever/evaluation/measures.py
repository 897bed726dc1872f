"""The standard measures of ranked retrieval, computed by ``ir-measures`` (MacAvaney et al. 2022, ECIR).

Values lie in 0 to 1 and larger is better. nDCG takes grades as gains, as trec_eval does; for the other measures an
item of any grade is relevant. AP and RR without a cutoff go over all that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retriever.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from ir_measures import Measure

SUPPORTED = ("nDCG", "R", "P", "AP", "RR", "Success")
# These mean something with a cutoff only.
_NEED_CUTOFF = ("R", "P", "Success")


# What is taken unless something else is asked for; ``@k`` is the cutoff of the evaluation.
STANDARD = ("nDCG@k", "Success@k", "R@k", "RR", "AP")


def parse_measures(names: Sequence[str], k: int, depth: int) -> list[Measure]:
    """Measures by their names in ir-measures, such as ``nDCG@10``; ``MRR`` and ``MAP`` are known as well.

    ``@k`` at the end of a name is the cutoff ``k``. Raises UsageError for a measure that is unknown or looks beyond
    ``depth`` places, MissingExtraError without the extra.
    """
    require_extra()
    return list(dict.fromkeys(_parse_measure(name, k, depth) for name in names))


def require_extra() -> None:
    """Raises MissingExtraError where the extra ``eval`` is not installed."""
    try:
        import ir_measures  # noqa: F401
        import pytrec_eval  # noqa: F401
        import scipy  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"evaluation needs {error.name}, which is not installed", hint='pip install "retriever-engine[eval]"'
        ) from error


def _parse_measure(name: str, k: int, depth: int) -> Measure:
    import ir_measures

    hint = "such as nDCG@10, R@100, P@5, Success@3, RR, AP"
    name = name.strip()
    try:
        measure = ir_measures.parse_measure(f"{name[:-2]}@{k}" if name.endswith("@k") else name)
    except (NameError, ValueError) as error:
        raise UsageError(f"{name!r} is no measure", hint=hint) from error
    cutoff = measure.params.get("cutoff")
    if measure.NAME not in SUPPORTED or set(measure.params) - {"cutoff"}:
        raise UsageError(f"the measure {name} is not one of {', '.join(SUPPORTED)}", hint=hint)
    if measure.NAME in _NEED_CUTOFF and cutoff is None:
        raise UsageError(f"the measure {name} needs a cutoff", hint=f"such as {name}@{k}")
    if cutoff is not None and cutoff < 1:
        raise UsageError(f"the cutoff of {name} must be at least 1", hint=hint)
    if cutoff is not None and cutoff > depth:
        raise UsageError(f"{name} looks at {cutoff} places, but {depth} passages are asked for", hint="raise the depth")
    return measure


def compute_values(
    measures: Sequence[Measure], grades: Sequence[Mapping[str, int]], rankings: Sequence[Sequence[str]]
) -> list[dict[str, float]]:
    """For each question the value of every measure by name, from the grades and the ranking of its items."""
    import ir_measures

    qrels = {str(number): dict(grade) for number, grade in enumerate(grades)}
    # Scores are whole and fall by one a place: no two tie, whichever precision they are kept in.
    run = {
        str(number): {item: float(len(ranking) - place) for place, item in enumerate(ranking)}
        for number, ranking in enumerate(rankings)
    }
    found: list[dict[str, float]] = [{str(measure): 0.0 for measure in measures} for _ in grades]
    for metric in ir_measures.iter_calc(measures, qrels, run):
        found[int(metric.query_id)][str(metric.measure)] = float(metric.value)
    return found
