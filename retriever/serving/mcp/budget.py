"""Token budgets: estimates the tokens of a text for a model that is not known, and cuts results down to a budget.

The estimate errs on the high side for texts as people write them: four Latin letters, one digit, one sign or one
character of another script count as a token, whatever vocabulary the client's model has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Letters of Latin alphabets, with combining marks; letters of other alphabets come in shorter pieces. What vocabularies
# rarely have (emoji, rare characters) is spelled in bytes, up to four a character.
_PIECE = re.compile(
    "[a-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]{1,4}"
    "|[A-Z][a-z\u00c0-\u024f]{0,3}"
    "|[\u0370-\u06ff]{1,2}"
    "|[\U00010000-\U0010ffff]"
    "|\n+|\\S"
)
_RARE = re.compile("[\u0780-\u1fff\ua000-\uabff\ue000-\uf8ff\U00010000-\U0010ffff]")
_DECIMALS = 4


def count_tokens(text: str) -> int:
    """An estimate of the tokens of a text, on the high side."""
    pieces = sum(1 for _ in _PIECE.finditer(text))
    return pieces + 2 * sum(1 for _ in _RARE.finditer(text))


def count_json_tokens(value: object) -> int:
    """The tokens of a value as it is sent: JSON without spaces, characters as they are."""
    return count_tokens(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def cut_text(text: str, budget: int, count: Callable[[str], int] = count_tokens) -> str:
    """The longest start of a text that stays within a budget; the whole text if it does."""
    if count(text) <= budget:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[:middle]) <= budget:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def take(costs: Iterable[int], budget: int) -> int:
    """How many of the first things fit into a budget together, of which each costs tokens."""
    count = 0
    for cost in costs:
        budget -= cost
        if budget < 0:
            break
        count += 1
    return count


def round_numbers(value: Any) -> Any:
    """A JSON value with its fractions rounded to four decimals: more digits are tokens that tell a model nothing."""
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, Mapping):
        return {key: round_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [round_numbers(item) for item in value]
    return value
