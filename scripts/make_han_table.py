"""Write ``retriever/text/simplified.txt``, the table that folds Han characters to one form.

Reads the character dictionaries of OpenCC (Apache-2.0) as the package ``opencc-python-reimplemented`` carries
them:

    pip install opencc-python-reimplemented
    python scripts/make_han_table.py

Three kinds of character are folded: traditional ones, the regional variants of traditional ones, and Japanese
forms that Chinese does not use for another word. Line 1 of the result holds the characters, line 2 what each
becomes; folding twice is folding once.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "retriever" / "text" / "simplified.txt"


def pairs(folder: Path, name: str) -> list[tuple[str, str]]:
    """The one-to-one entries of a dictionary, the first choice of each."""
    lines = (line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines() if line)
    entries = [(key, values.split()[0]) for key, values in lines]
    return [(key, value) for key, value in entries if len(key) == len(value) == 1]


def in_use_in_chinese(character: str) -> bool:
    """Whether a common Chinese character set has the character, so that it may be a word of its own."""
    for encoding in ("gb2312", "big5"):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False


def table(folder: Path) -> dict[str, str]:
    """Character to folded character, closed under itself."""
    direct = dict(pairs(folder, "TSCharacters.txt"))
    simplified = set(direct.values())
    variants = [*pairs(folder, "HKVariantsRev.txt"), *pairs(folder, "TWVariantsRev.txt")]
    variants += [(new, old) for old, new in pairs(folder, "JPVariants.txt") if not in_use_in_chinese(new)]
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
    folded = table(Path(spec.origin).parent / "dictionary")
    TARGET.write_text("".join(folded) + "\n" + "".join(folded.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
