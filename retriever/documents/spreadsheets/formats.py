"""Shows numbers as a spreadsheet does: by the format code of their cell, such as ``#,##0.00`` or ``yyyy"年"m"月"``.

What depends on the language of the program is shown without regard to it: short dates as year-month-day.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from retriever.documents.spreadsheets.dates import is_date, show_date
from retriever.frozen import dataclass

GENERAL = "General"
# The codes that a file names by number only. Those of 27 to 36 and 50 to 58 are what Chinese programs take them for.
BUILT_IN = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "yyyy-mm-dd",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: 'AM/PMh"时"mm"分"',
    35: 'AM/PMh"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0",
    42: "#,##0;-#,##0",
    43: "#,##0.00;-#,##0.00",
    44: "#,##0.00;-#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "0.00E+00",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
# A longer code is none.
MAX_CODE = 255
TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*](.)|\[([^\]]*)\]|(E[+-])|([0#?.,%/@])|(.)', re.DOTALL)
CURRENCY = re.compile(r"\$([^-]*)")
PLACEHOLDERS = "0#?"
# Smaller numbers are shown with an exponent.
LEAST_PLAIN = 1e-9
MAX_DECIMALS = 30


def show_number(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as its cell shows it. ``from_1904`` is whether dates count from 1904."""
    sections = _split(code[:MAX_CODE])
    section, signed = _choose(sections, value)
    if section.strip().lower() in {"", "general", "@"}:
        return show_general(value)
    if is_date(section):
        return show_date(value, section, from_1904=from_1904)
    try:
        return _parse(section).show(value if signed else abs(value))
    except (InvalidOperation, ValueError, OverflowError):
        return show_general(value)


def show_general(value: float) -> str:
    """A number in as many digits as it needs, at most as many as a cell shows."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    shown = format(value, ".10g")
    if "e-" in shown and abs(value) >= LEAST_PLAIN:
        shown = format(value, ".15f")
    return shown if "e" in shown else shown.rstrip("0").rstrip(".") if "." in shown else shown


@lru_cache(maxsize=256)
def _split(code: str) -> tuple[str, ...]:
    """The sections of a code, for numbers above, below and at zero."""
    sections = [""]
    for token in TOKEN.finditer(code):
        if token[0] == ";":
            sections.append("")
        else:
            sections[-1] += token[0]
    return tuple(sections)


def _choose(sections: tuple[str, ...], value: float) -> tuple[str, bool]:
    """The section for a number, and whether the number keeps its sign in it."""
    if len(sections) > 2 and value == 0:
        return sections[2], True
    if len(sections) > 1 and value < 0 and sections[1]:
        return sections[1], False
    return sections[0], True


@dataclass(frozen=True, slots=True)
class _Number:
    """A section for numbers: its words before and behind, and how the digits between them are written."""

    before: str
    behind: str
    integers: int
    decimals: int
    least_decimals: int
    grouped: bool
    shift: int
    scientific: bool
    fraction: bool

    def show(self, value: float) -> str:
        if self.fraction:
            return show_general(value)
        sign = "-" if value < 0 else ""
        number = abs(Decimal(repr(value))).scaleb(self.shift)
        if self.scientific:
            return f"{sign}{self.before}{format(float(number), f'.{self.decimals}E')}{self.behind}"
        number = number.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
        whole, _, rest = format(number, "f").partition(".")
        whole = whole.lstrip("0").rjust(self.integers, "0")
        if self.grouped:
            whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", whole)
        rest = rest[: self.least_decimals] + rest[self.least_decimals :].rstrip("0")
        sign = sign if number else ""
        digits = f"{whole}.{rest}" if rest else whole
        return f"{sign}{self.before}{digits}{self.behind}".strip()


@lru_cache(maxsize=256)
def _parse(section: str) -> _Number:
    words, digits = ["", ""], ""
    shift = 0
    scientific = fraction = False
    for token in TOKEN.finditer(section):
        quoted, escaped, skipped, bracket, exponent, sign, other = token.groups()
        literal = quoted or escaped or _read_bracket(bracket) or other or ""
        if exponent:
            scientific = True
        elif sign == "%":
            shift, literal = shift + 2, "%"
        elif sign == "/":
            fraction = True
        elif sign and sign != "@" and not scientific:
            digits += sign
        elif skipped == " ":
            literal = ""
        words[bool(digits)] += literal
    if not any(mark in digits for mark in PLACEHOLDERS):
        return _Number(words[0] + words[1], "", 0, 0, 0, False, -400, False, False)
    whole, _, rest = digits.partition(".")
    scale = len(whole) - len(whole.rstrip(",")) if "." not in digits else len(rest) - len(rest.rstrip(","))
    rest = rest.replace(",", "")[:MAX_DECIMALS]
    return _Number(
        words[0],
        words[1],
        integers=min(whole.count("0"), 30),
        decimals=len(rest),
        least_decimals=len(rest.rstrip("#?")),
        grouped="," in whole.rstrip(","),
        shift=shift - 3 * scale,
        scientific=scientific,
        fraction=fraction,
    )


def _read_bracket(bracket: str | None) -> str:
    """What a bracket shows: the sign of a currency, and nothing for colours and conditions."""
    found = CURRENCY.match(bracket or "")
    return found[1] if found else ""
