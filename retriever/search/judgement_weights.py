"""The weights of ``retriever/search/judgement.py``, written by ``benchmarks/fit_judgement.py``.

By field of ``Standing``, the intercept by "": where question and best passage share their language, and where not.
"""

WITHIN: dict[str, float] = {
    "similarity": 0.6081,
    "crowd": 0.3944,
    "length": 1.302,
    "margin": 0.4281,
    "missing": -2.811,
    "": -8.022,
}
ACROSS: dict[str, float] = {
    "whole": 1.418,
    "crowd": -0.8195,
    "margin": 0.4724,
    "": -3.682,
}
