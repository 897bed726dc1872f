"""Confidence intervals of means over questions and paired significance tests, computed by SciPy.

The resampling is seeded: the same values give the same results. Nothing here knows what the values measure.
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
# The number of values in memory at a time; it does not affect the result.
_BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of a measure over ``questions`` questions, and its 95 % confidence interval from ``low`` to ``high``.

    The interval is the percentile bootstrap over questions (Efron 1979; Sakai 2006 for retrieval) with 9,999 resamples.
    For a single question there is none, and both bounds are None. Shares and areas have those of ``proportions``.
    """

    mean: float
    low: float | None
    high: float | None
    questions: int


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of at least one value, with its confidence interval."""
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

    Under the null hypothesis the values of each pair are exchangeable (Smucker, Allan and Carterette 2007, CIKM). All
    permutations are tried if there are at most 9,999, else as many random ones. A single pair gives 1, because it is
    no evidence and SciPy rejects it.
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
