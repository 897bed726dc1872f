"""Write ``retriever/text/simplified.txt``, the table that folds Han characters to one form.

It reads the character dictionaries of OpenCC (Apache-2.0) from the package ``opencc-python-reimplemented``:

    pip install opencc-python-reimplemented
    python scripts/make_han_table.py

Three kinds of characters are folded: traditional ones, their regional variants, and Japanese forms that Chinese does
not use for another word. Line 1 of the result contains the characters, line 2 the folded form of each. Folding is
idempotent.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "retriever" / "text" / "simplified.txt"


def read_pairs(folder: Path, name: str) -> list[tuple[str, str]]:
    """The entries of a dictionary that map one character to one, with their first choice."""
    lines = (line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines() if line)
    entries = [(key, values.split()[0]) for key, values in lines]
    return [(key, value) for key, value in entries if len(key) == len(value) == 1]


def is_used_in_chinese(character: str) -> bool:
    """Whether a common Chinese character set has the character, which may then be a different word."""
    for encoding in ("gb2312", "big5"):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False


def build_table(folder: Path) -> dict[str, str]:
    """The map from characters to folded characters, in which no folded character is folded again."""
    direct = dict(read_pairs(folder, "TSCharacters.txt"))
    simplified = set(direct.values())
    variants = [*read_pairs(folder, "HKVariantsRev.txt"), *read_pairs(folder, "TWVariantsRev.txt")]
    variants += [(new, old) for old, new in read_pairs(folder, "JPVariants.txt") if not is_used_in_chinese(new)]
    for variant, standard in variants:
        if variant not in simplified:
            direct.setdefault(variant, standard)
    closed = {character: target for character, target in direct.items() if character != target}
    while any(target in closed for target in closed.values()):
        closed = {character: closed.get(target, target) for character, target in closed.items()}
    return dict(sorted(closed.items()))


def main() -> None:
    spec = find_spec("opencc")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install opencc-python-reimplemented")
    folded = build_table(Path(spec.origin).parent / "dictionary")
    TARGET.write_text("".join(folded) + "\n" + "".join(folded.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
