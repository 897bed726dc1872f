"""How sure a mean over questions is, and whether two differ: intervals and paired tests, seeded, by SciPy.

The same values give the same numbers. Nothing here knows what the values measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CONFIDENCE = 0.95
RESAMPLES = 9999
SEED = 0
# Values in memory at a time; it bears on nothing else.
_BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of a measure over ``questions``, and the interval from ``low`` to ``high`` that it lies in.

    The interval is the 95 % percentile bootstrap over questions (Efron 1979; Sakai 2006 for retrieval), of 9,999
    resamples. For a single question there is none: both are None.
    """

    mean: float
    low: float | None
    high: float | None
    questions: int


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of at least one value, with its interval."""
    import numpy as np
    from scipy.stats import bootstrap

    sample = np.asarray(values, np.float64)
    mean = float(sample.mean())
    if len(sample) < 2:
        return Estimate(mean, None, None, len(sample))
    interval = bootstrap(
        (sample,),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        batch=_batch_size(len(sample)),
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), len(sample))


def paired_p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of the paired randomisation test on the difference of means.

    Where nothing sets the two apart, each pair might as well be the other way round (Smucker, Allan and Carterette
    2007, CIKM). All exchanges are tried where they are at most 9,999, else that many at random. A single pair tells
    nothing, which SciPy refuses to say: 1.
    """
    import numpy as np
    from scipy.stats import permutation_test

    if len(first) < 2:
        return 1.0

    def difference(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
        return np.asarray(np.mean(other - one, axis=axis))

    result = permutation_test(
        (np.asarray(first, np.float64), np.asarray(second, np.float64)),
        difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_batch_size(len(first)),
        rng=np.random.default_rng(SEED),
    )
    return float(result.pvalue)


def _batch_size(size: int) -> int:
    return max(1, _BATCH // size)
