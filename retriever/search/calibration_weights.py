"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.8439, -0.218, -12.38, -1.366, 1.328, 0.3183, -7.081),
    "hybrid": (0.6515, 0.4764, -3.433, 3.648, 0.564, 0.2577, -5.083),
    "dense": (0.7244, 0.7979, 0.0, 0.0, 0.519, 0.2114, -5.362),
    "lexical": (0.0, 1.539, 2.206, 2.351, 1.402, 0.6168, -6.114),
}
