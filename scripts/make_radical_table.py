"""Write ``retriever/text/radicals.txt``, the table that folds Han radicals and strokes to ideographs.

It reads the property Equivalent_Unified_Ideograph of the Unicode Character Database (UAX #44), of which it keeps the
pairs that compatibility normalisation (NFKC) does not give anyway:

    python scripts/make_radical_table.py EquivalentUnifiedIdeograph.txt

Line 1 of the result contains the characters, line 2 the ideograph that each folds to.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "retriever" / "text" / "radicals.txt"
# The equivalent of U+2E95 was U+5F50 before Unicode 15 and is U+2B739 since: all three fold alike.
FURTHER = {0x2B739: 0x5F50}
_LINE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*([0-9A-F]+)")


def read_pairs(lines: list[str]) -> dict[int, int]:
    """The code points of the property's file, with that of the equivalent ideograph."""
    pairs: dict[int, int] = {}
    for match in filter(None, map(_LINE.match, lines)):
        first, last, target = (int(part or match[1], 16) for part in match.groups())
        pairs |= dict.fromkeys(range(first, last + 1), target)
    return pairs


def build_table(pairs: dict[int, int]) -> dict[str, str]:
    """The map from characters to ideographs, in which no ideograph is mapped again."""
    table = {code: FURTHER.get(target, target) for code, target in (pairs | FURTHER).items()}
    kept = {chr(code): chr(target) for code, target in sorted(table.items())}
    return {
        character: target for character, target in kept.items() if unicodedata.normalize("NFKC", character) != target
    }


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("give the path of EquivalentUnifiedIdeograph.txt")
    table = build_table(read_pairs(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    TARGET.write_text("".join(table) + "\n" + "".join(table.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
