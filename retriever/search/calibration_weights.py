"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.6818, -0.3271, -11.23, -1.428, 1.425, 0.4219, -6.728),
    "hybrid": (0.7126, 0.1531, -8.896, 5.904, 0.516, 0.2072, -4.092),
    "dense": (0.7049, 0.9647, 0.0, 0.0, 0.6524, 0.1447, -5.112),
    "lexical": (0.0, 1.261, 0.973, 5.185, 0.952, 0.4324, -4.284),
}
