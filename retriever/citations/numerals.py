"""Reads numbers as people write them: 1,500 · 1.500 · 一千五百 · 1万5千 · fifteen hundred · 1.5 thousand.

A number has several readings where its language would have to be known: 1.500 is 1500 in German and 1.5 in English.
All functions take folded text.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from retriever.text.normalise import fold

Values = frozenset[Fraction]

#: A number in digits. Groups of thousands are separated by a mark or a space, but no space before other digits; in
#: India groups of two digits stand before the last: 12,50,000.
DIGITS = (
    r"(?<![0-9])(?<![0-9][.,])(?:[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9])(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:[,.'’٬ ][0-9]{3})+(?![0-9])(?:[.,٫][0-9]+)?|[0-9]+(?:[.,٫][0-9]+)?)"
    r"(?![.,]?[0-9])"
)
#: What is longer is not a number that anybody reads.
LONGEST = 40
HAN_DIGITS = {**{digit: number for number, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2, "○": 0}
_SMALL = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12, "만": 10**4, "억": 10**8, "조": 10**12}
_SHORT = re.compile("(?P<magnitude>[百千万亿])[一二三四五六七八九]\\Z")
_CJK_PART = re.compile(f"(?P<digits>{DIGITS})|(?P<other>.)", re.DOTALL)

# Words for magnitudes after a number in digits, or after another word for a number; any language, for few mean two.
_MAGNITUDES = {
    100: "hundred hundreds hundert hundra honderd सौ",
    1000: "thousand thousands k tsd tausend mil mille mila duizend tusen ribu nghin ngan bin tys tysiecy тыс тысяча "
    "тысячи тысяч тысячу тысячам тисяча тисячі тисяч tysiąc tysiąca tysiące tisíc tisíce tusind tusinde "
    "χιλιάδες χιλιάδων ألف الف آلاف الاف هزار אלף אלפים אלפי हज़ार हजार พัน",
    10**4: "หมื่น",
    10**5: "lakh lakhs लाख แสน",
    10**6: "million millions mln mn mio millionen millones millon milhao milhoes milioni milione miljoen miljon "
    "miljoner millioner milion milión miliona milióna miliony milióny milionů miliónů milionów juta trieu "
    "milyon миллион миллиона миллионов миллионами миллионам млн мільйон мільйона мільйони мільйонів "
    "εκατομμύριο εκατομμύρια εκατομμυρίων مليون ملايين میلیون מיליון מיליוני ล้าน",
    10**7: "crore crores करोड़ करोड",
    10**9: "billion billions bn milliarde milliarden milliard milliards mrd miliardo miliardi miljard miljarder "
    "milliarder miliarda miliardy miliardów bilhao bilhoes miliar ty ti milyar mld миллиард миллиарда "
    "миллиардов млрд мільярд мільярда мільярди мільярдів δισεκατομμύριο δισεκατομμύρια مليار مليارات میلیارد "
    "מיליארד अरब",
    10**12: "trillion trillions tn billon billones billionen trilhao trilhoes triliun trilyon триллион триллиона "
    "триллионов трлн تريليون",
}
_PAIRS = {"mil millones": 10**9, "mil milhoes": 10**9, "mil millions": 10**9}


def read_digits(number: str) -> Values:
    """What a number in digits may stand for; nothing for 1.2.3, and for more digits than anybody reads."""
    if len(number) > LONGEST:
        return frozenset()
    plain = number.replace(" ", "'").replace("’", "'").replace("٬", "'").replace("٫", ".").replace("'", "")
    marks = [character for character in plain if character in ",."]
    if not marks:
        return frozenset((Fraction(plain),))
    last = marks[-1]
    whole, _, part = plain.rpartition(last)
    if len(set(marks)) == 2:
        joined = whole.replace(",", "").replace(".", "")
        return frozenset((Fraction(f"{joined}.{part}"),)) if marks.count(last) == 1 else frozenset()
    joined_value = Fraction(plain.replace(last, ""))
    if len(marks) > 1:
        return frozenset((joined_value,))
    decimal = Fraction(f"{whole}.{part}")
    is_group = len(part) == 3 and len(whole) <= 3 and not whole.startswith("0")
    return frozenset((decimal, joined_value)) if is_group else frozenset((decimal,))


def read_cjk(number: str) -> Values:
    """What a number of digits and Han or Korean numerals stands for: 一千五百, 1.5万, 2万1千, 3.2亿, 二〇二一."""
    if len(number) > LONGEST:
        return frozenset()
    if all(character in HAN_DIGITS for character in number):
        return frozenset((Fraction("".join(str(HAN_DIGITS[character]) for character in number)),))
    whole, point, part = number.partition("点")
    if point and part and all(character in HAN_DIGITS for character in part):
        digits = "".join(str(HAN_DIGITS[character]) for character in part)
        return frozenset(value + Fraction(f"0.{digits}") for value in read_cjk(whole or "零"))
    total = section = Fraction(0)
    current: Fraction | None = None
    for match in _CJK_PART.finditer(number):
        if match["digits"]:
            # Beside 万 and 亿 a comma separates thousands, or a point decimals: the larger reading of 2,640.
            values = read_digits(match["digits"])
            current = max(values) if "," in match["digits"] else min(values, default=Fraction(0))
        elif (character := match["other"]) in HAN_DIGITS:
            current = Fraction(HAN_DIGITS[character])
        elif character in _SMALL:
            section += (Fraction(1) if current is None else current) * _SMALL[character]
            current = None
        elif character in _LARGE:
            section += current or 0
            total = total * _LARGE[character] if not section and total else total + (section or 1) * _LARGE[character]
            section, current = Fraction(0), None
    value = total + section + (current or 0)
    # 三万五 is 35,000 in Chinese, and 一百五 is 150; elsewhere both count as they stand.
    short = _SHORT.search(number)
    if current is None or short is None:
        return frozenset((value,))
    return frozenset((value, value + current * ((_SMALL | _LARGE)[short["magnitude"]] // 10 - 1)))


@lru_cache(maxsize=1)
def magnitudes() -> dict[str, int]:
    """The words for magnitudes, folded."""
    table = {fold(word): value for value, words in _MAGNITUDES.items() for word in words.split()}
    return table | {fold(pair): value for pair, value in _PAIRS.items()}


_MAGNITUDE_WORD = re.compile(r"[\s-]?(?P<word>[^\W\d_]+(?:\s(?:millones|milhoes|millions))?)\.?(?!\w)")


@lru_cache(maxsize=1)
def _marked_magnitude() -> re.Pattern[str]:
    """Words with vowel signs, which are not letters to ``re``; Thai has no space after them: लाख, หมื่น."""
    words = [word for word in magnitudes() if "\u0900" <= word[0] <= "\u0eff"]
    return re.compile(rf"[\s-]?(?P<word>{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})")


def find_magnitude(text: str, at: int) -> tuple[str, int] | None:
    """The word for a magnitude that begins at ``at``, or an m for millions or metres, and where it ends."""
    if marked := _marked_magnitude().match(text, at):
        return marked["word"], marked.end()
    match = _MAGNITUDE_WORD.match(text, at)
    while match:
        word = match["word"]
        if word in magnitudes() or word == "m":
            return word, match.end("word")
        first = word.split()[0]
        if first == word or first not in magnitudes():
            return None
        return first, match.start("word") + len(first)
    return None
