"""The weights of ``retriever/search/judgement.py``, written by ``benchmarks/fit_judgement.py``.

By field of ``Standing``, the intercept by "": where question and best passage share their language, and where not.
"""

WITHIN: dict[str, float] = {
    "similarity": 1.019,
    "crowd": 0.3928,
    "length": 1.141,
    "margin": 0.3259,
    "missing": -2.358,
    "": -10.26,
}
ACROSS: dict[str, float] = {
    "whole": 1.52,
    "crowd": -0.5459,
    "margin": 0.3387,
    "": -5.251,
}
