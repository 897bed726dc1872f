"""The weights of ``retriever/search/judgement.py``, written by ``benchmarks/fit_judgement.py``.

By field of ``Standing``, the intercept by "": where question and best passage share their language, and where not.
"""

WITHIN: dict[str, float] = {
    "similarity": 0.9889,
    "crowd": 0.3495,
    "length": 1.18,
    "margin": 0.3722,
    "missing": -2.174,
    "": -10.09,
}
ACROSS: dict[str, float] = {
    "whole": 1.56,
    "crowd": -0.7991,
    "margin": 0.4169,
    "": -5.133,
}
