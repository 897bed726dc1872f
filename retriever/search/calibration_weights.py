"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.4732, 0.4074, 0.1585, -4.788, 0.0, 1.231, 0.386, -7.389),
    "hybrid": (0.8975, 0.0, 0.149, -4.741, 4.93, 0.7558, 0.1866, -6.005),
    "dense": (1.026, 0.0, 0.7203, 0.0, 0.0, 0.7934, 0.1101, -6.944),
    "lexical": (0.0, 0.0, 1.261, 0.973, 5.185, 0.952, 0.4324, -4.284),
}
