"""The weights of ``retriever/search/judgement.py``, written by ``benchmarks/fit_judgement.py``.

By field of ``Standing``, the intercept by "": where question and best passage share their language, and where not.
"""

WITHIN: dict[str, float] = {
    "similarity": 0.9782,
    "crowd": 0.3729,
    "length": 1.154,
    "margin": 0.3706,
    "missing": -1.809,
    "": -10.37,
}
ACROSS: dict[str, float] = {
    "whole": 1.5,
    "crowd": -0.6095,
    "margin": 0.3248,
    "": -5.206,
}
