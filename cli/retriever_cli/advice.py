"""Advice of the library as it is shown in a shell: without what it says for programs.

A hint of the library names the command first and what to call in a program after it, in the form
``run `retriever repair` (in Python: repair_index)``.
"""

from __future__ import annotations

import re

_IN_PYTHON = re.compile(r" \(in Python: (?:[^()]|\([^()]*\))*\)")


def for_shell(advice: str) -> str:
    """The advice without its parts for programs."""
    return _IN_PYTHON.sub("", advice)
