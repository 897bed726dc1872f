"""The weights of ``retriever/search/calibration.py``, written by ``benchmarks/fit_scores.py``.

Of each kind of search: those of the fields of ``Evidence``, in their order, and the intercept.
"""

WEIGHTS: dict[str, tuple[float, ...]] = {
    "late": (0.4825, 0.425, 0.1764, -4.787, 0.0, 1.143, 0.3849, -7.436),
    "hybrid": (0.856, 0.0, 0.07961, -4.737, 5.613, 0.5394, 0.1818, -5.105),
    "dense": (0.9351, 0.0, 0.5433, 0.0, 0.0, 0.6106, 0.1622, -5.933),
    "lexical": (0.0, 0.0, 1.261, 0.973, 5.185, 0.952, 0.4324, -4.284),
}
