"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.3448, 0.3352, 0.1966, -4.802, 0.0, 1.489, 0.3735, -6.8),
    "hybrid": (0.6913, 0.0, 0.5273, -4.772, 5.194, 0.5405, 0.1373, -4.408),
    "dense": (0.7049, 0.0, 0.9647, 0.0, 0.0, 0.6524, 0.1447, -5.112),
    "lexical": (0.0, 0.0, 1.261, 0.973, 5.185, 0.952, 0.4324, -4.284),
}
