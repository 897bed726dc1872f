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
#: What is longer is no number that anybody reads.
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
    "тысячи тысяч тысячу тысячам ألف الف آلاف الاف हज़ार हजार พัน",
    10**4: "หมื่น",
    10**5: "lakh lakhs लाख แสน",
    10**6: "million millions mln mn mio millionen millones millon milhao milhoes milioni milione miljoen miljoner "
    "juta trieu milyon миллион миллиона миллионов миллионами миллионам млн مليون ملايين ล้าน",
    10**7: "crore crores करोड़ करोड",
    10**9: "billion billions bn milliarde milliarden milliard milliards mrd miliardo miliardi miljard miljarder "
    "bilhao bilhoes miliar ty ti milyar mld миллиард миллиарда миллиардов млрд مليار مليارات",
    10**12: "trillion trillions tn billon billones billionen trilhao trilhoes triliun trilyon триллион триллиона "
    "триллионов трлн تريليون",
}
_PAIRS = {"mil millones": 10**9, "mil milhoes": 10**9, "mil millions": 10**9}

_WORDS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty",
    "de": "null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
    "siebzehn achtzehn neunzehn zwanzig",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
    "diecisiete dieciocho diecinueve veinte",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove venti",
    "pt": "zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete "
    "dezoito dezenove vinte",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать",
    "ko": "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉",
}
_TENS = {
    "en": "thirty forty fifty sixty seventy eighty ninety",
    "de": "dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "es": "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix",
    "it": "trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "ru": "тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "ko": "서른 마흔 쉰 예순 일흔 여든 아흔",
}
_MORE_WORDS = {
    "en": {"a dozen": 12, "dozen": 12},
    "de": {"hundert": 100, "tausend": 1000},
    "es": {
        "mil": 1000,
        "cien": 100,
        "ciento": 100,
        "doscientos": 200,
        "trescientos": 300,
        "quinientos": 500,
        "catorce": 14,
    },
    "fr": {"cent": 100, "mille": 1000, "quatre-vingt": 80},
    "it": {"cento": 100, "mille": 1000, "ventuno": 21},
    "pt": {"mil": 1000, "cem": 100, "cento": 100, "dezasseis": 16, "dezassete": 17, "dezanove": 19, "duas": 2},
    "ru": {
        **dict.fromkeys(("две", "двух", "двум", "двумя"), 2),
        **dict.fromkeys(("трех", "трем", "тремя"), 3),
        **dict.fromkeys(("четырех", "четырем"), 4),
        "пяти": 5,
        "шести": 6,
        "семи": 7,
        "восьми": 8,
        "девяти": 9,
        "десяти": 10,
        "одиннадцати": 11,
        "двенадцати": 12,
        "тринадцати": 13,
        "четырнадцати": 14,
        "пятнадцати": 15,
        "шестнадцати": 16,
        "семнадцати": 17,
        "восемнадцати": 18,
        "девятнадцати": 19,
        "двадцати": 20,
        "тридцати": 30,
        "сорока": 40,
        "пятидесяти": 50,
        "шестидесяти": 60,
        "семидесяти": 70,
        "восьмидесяти": 80,
        "девяноста": 90,
        **dict.fromkeys(("сто", "ста"), 100),
        "двести": 200,
        "триста": 300,
        "пятьсот": 500,
        "тысяча": 1000,
        **dict.fromkeys(("одна", "одной", "одного"), 1),
    },
    "ko": {"두": 2, "스무": 20, "스물": 20},
}
_JOINS = {"and", "y", "et", "e", "und"}


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
    """Words with vowel signs, which are no letters to ``re``; Thai has no space after them: लाख, หมื่น."""
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


@lru_cache(maxsize=8)
def number_words(language: str) -> dict[str, int]:
    """The words for numbers up to 99, and some beyond, of a language; empty for one that is not known here."""
    if language not in _WORDS:
        return {}
    table = {fold(word): number for number, word in enumerate(_WORDS[language].split())}
    table |= {fold(word): number for number, word in zip(range(30, 100, 10), _TENS[language].split(), strict=True)}
    if language == "de":
        tens = {word: number for word, number in table.items() if number >= 20 and number % 10 == 0}
        units = {word: number for word, number in table.items() if 0 < number < 10}
        table |= {f"{unit}und{ten}": a + b for unit, a in units.items() for ten, b in tens.items()}
    if language == "es":
        units = {word: number for word, number in table.items() if 0 < number < 10}
        table |= {f"veinti{unit}": 20 + number for unit, number in units.items()}
    return table | {fold(word): number for word, number in _MORE_WORDS[language].items()}


def read_words(words: str, language: str) -> int:
    """The value of number words in sequence: two hundred and fifty, quatre-vingt-dix-neuf, двадцать пять."""
    table, large = number_words(language), magnitudes()
    total = current = 0
    for word in _one_word(language).findall(words):
        value = table.get(word, large.get(word, 0))
        if value == 100 and current:
            current *= 100
        elif value >= 1000:
            total, current = total + max(current, 1) * value, 0
        else:
            current += value
    return total + current


@lru_cache(maxsize=8)
def _one_word(language: str) -> re.Pattern[str]:
    every = sorted(map(re.escape, [*number_words(language), *magnitudes()]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(every)})(?!\w)")


@lru_cache(maxsize=8)
def word_pattern(language: str) -> re.Pattern[str] | None:
    """Matches number words in sequence; None for a language without any here."""
    table = number_words(language)
    if not table:
        return None
    large = [word for word in magnitudes() if len(word) > 3]
    every = "|".join(sorted(map(re.escape, [*table, *large]), key=len, reverse=True))
    first = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    joins = "|".join(_JOINS)
    return re.compile(
        rf"(?<!\w)(?<!\w-)(?:{first})(?:[\s-]+(?:(?:{joins})\s+)?(?:{every})){{0,12}}(?!\w|-(?:first|second|third|\w+th)(?!\w))"
    )
