"""The weights of ``retriever/search/judgement.py``, written by ``benchmarks/fit_judgement.py``.

By field of ``Standing``, the intercept by "": where question and best passage share their language, and where not.
"""

WITHIN: dict[str, float] = {
    "similarity": 0.9838,
    "crowd": 0.3809,
    "length": 1.141,
    "margin": 0.3661,
    "missing": -1.859,
    "": -10.32,
}
ACROSS: dict[str, float] = {
    "whole": 1.522,
    "crowd": -0.6209,
    "margin": 0.323,
    "": -5.188,
}
