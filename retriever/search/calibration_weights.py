"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.5275, 0.4165, 0.2683, -4.805, 0.0, 1.114, 0.3821, -7.5),
    "hybrid": (0.8956, 0.0, 0.1561, -4.778, 5.941, 0.541, 0.1642, -5.2),
    "dense": (0.9694, 0.0, 0.5346, 0.0, 0.0, 0.5963, 0.1376, -5.947),
    "lexical": (0.0, 0.0, 1.257, 0.9698, 5.336, 0.9496, 0.4295, -4.27),
}
