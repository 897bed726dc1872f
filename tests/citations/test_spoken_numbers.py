"""Numbers that are written out, one or two of each language, and what only looks like one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.citations.korean_numbers import find_korean_numbers
from retriever.citations.number_words import number_words
from retriever.citations.spoken_numbers import find_spoken_numbers
from retriever.text.normalise import fold_with_offsets

LANGUAGES = ("ar", "de", "el", "en", "fa", "fr", "he", "hi", "id", "it", "nl", "pl", "ru", "sv", "th", "tr", "uk", "vi")


def read(text: str, language: str) -> list[int]:
    folded = fold_with_offsets(text)
    if language == "ko":
        return [number.value for number in find_korean_numbers(folded.text)]
    return [number.value for number in find_spoken_numbers(folded, text, language)]


@pytest.mark.parametrize(
    ("text", "language", "numbers"),
    [
        ("بسبعة مهندسين و خمس وعشرين مدرسة وثلاثمائة وأربع بنات", "ar", [7, 25, 304]),
        ("خمسة عشر يوما، أسبوعين، سبعون ألف شخص", "ar", [15, 2, 70000]),
        ("sedm škol, z dvaceti pěti, tři sta čtyřicet", "cs", [7, 25, 340]),
        ("syv skoler, femogtredive og treogtres", "da", [7, 35, 63]),
        ("siebenundzwanzig Schulen, zweihundertfünfzig und elf", "de", [27, 250, 11]),
        ("επτά σχολεία, είκοσι πέντε, διακόσια τρία", "el", [7, 25, 203]),
        ("between five and seven, two hundred and fifty thousand", "en", [5, 7, 250000]),
        ("seiscientas treinta y dos, dos mil millones", "es", [632, 2 * 10**9]),
        ("هفت مدرسه، بیست و نه، سیصد و چهل هزار", "fa", [7, 29, 340000]),
        ("quatre-vingt-dix-neuf, soixante et onze, deux cents", "fr", [99, 71, 200]),
        ("בשבעה בתי ספר, עשרים וחמש, חמישה עשר, יומיים", "he", [7, 25, 15, 2]),
        ("सात गाँव, पैंतीस और पांच, दो लाख पचास हज़ार", "hi", [7, 35, 5, 250000]),
        ("tujuh sekolah, lima belas, dua ratus tiga puluh empat, seribu", "id", [7, 15, 234, 1000]),
        ("ventotto scuole, duemilatrecento, trentuno", "it", [28, 2300, 31]),
        ("구만 명, 일곱 곳과 스물다섯 개, 삼천오백 원, 백 명", "ko", [7, 25, 90000, 3500, 100]),
        ("사흘 동안 아홉곳", "ko", [3, 9]),
        ("zevenentwintig, tweeëndertig, honderdvijf en zeven", "nl", [27, 32, 105, 7]),
        ("syv og tjuefem, trettisju", "no", [7, 25, 37]),
        ("w siedmiu szkołach, dwudziestu pięciu, trzysta tysięcy", "pl", [7, 25, 300000]),
        ("vinte e sete, quatrocentas", "pt", [27, 400]),
        ("двадцати пяти, шестьсот тысяч", "ru", [25, 600000]),
        ("tjugofem, tvåhundrafemtio", "sv", [25, 250]),
        ("โรงเรียนเจ็ดแห่ง ยี่สิบเอ็ดคน สองแสนห้าหมื่นบาท", "th", [7, 21, 250000]),
        ("yedi okul, yirmi beş, yüzotuz, üç bin", "tr", [7, 25, 130, 3000]),
        ("дев’ять, дев'ятнадцять, сімдесят тисяч", "uk", [9, 19, 70000]),
        ("bảy trường, chín mươi lăm, một trăm linh năm, năm triệu", "vi", [7, 95, 105, 5 * 10**6]),
    ],
)
def test_numbers_are_read(text: str, language: str, numbers: list[int]) -> None:
    assert read(text, language) == numbers


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("يوم الاثنين، يوم الأربعاء", "ar"),
        ("نه این و نه آن، سه‌شنبه", "fa"),
        ("במאה הקודמת", "he"),
        ("नौका और सातवाँ", "hi"),
        ("nel Settecento", "it"),
        ("네, 구조 작업에 세 부담이 크다. 이천시의 구분, 두 번째, 보름달", "ko"),
        ("een achtste en een zevende", "nl"),
        ("สามารถ เก้าอี้", "th"),
        ("yer altı suyu ve yüz tanıma", "tr"),
        ("Nam sinh bay đến Ba Lan sau năm nay, thứ ba, tháng bảy.", "vi"),
        ("the twenty-first", "en"),
        ("seven", "xx"),
    ],
)
def test_other_words_are_none(text: str, language: str) -> None:
    assert not read(text, language)


@given(st.sampled_from(LANGUAGES), st.data())
def test_numbers_stand_in_order_wherever_words_of_them_are_put_together(language: str, data: st.DataObject) -> None:
    words = st.sampled_from([*number_words(language), "x", "-", " ", "\0", "é"])
    text = data.draw(st.lists(words, max_size=30).map(" ".join))
    folded = fold_with_offsets(text)
    numbers = list(find_spoken_numbers(folded, text, language))
    assert all(number.value > 1 for number in numbers)
    assert all(before.end <= after.start for before, after in pairwise(numbers))
    assert all(0 <= number.start < number.end <= len(folded.text) for number in numbers)
