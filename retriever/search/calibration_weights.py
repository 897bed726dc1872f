"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.491, 0.4226, 0.1891, -4.787, 0.0, 1.135, 0.3849, -7.431),
    "hybrid": (0.8653, 0.0, 0.0874, -4.737, 5.684, 0.5356, 0.1757, -5.098),
    "dense": (0.9457, 0.0, 0.5443, 0.0, 0.0, 0.6035, 0.1504, -5.914),
    "lexical": (0.0, 0.0, 1.261, 0.973, 5.185, 0.952, 0.4324, -4.284),
}
