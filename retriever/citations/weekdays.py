"""Finds days of the week in many languages: 周一至周五 · on Mondays · 月曜日と木曜日 · de lunes a sábado."""

from __future__ import annotations

import re
from functools import lru_cache

from retriever.citations.folded_patterns import compile_folded
from retriever.text.normalise import fold

_HAN_DAYS = "一二三四五六日"
_NUMERALS = "一二两三四五六七八九十几半0-9"
_KANJI = "月火水木金土日"
_WORDS = (
    "monday mondays montag montags lunes lundi lundis lunedi segunda-feira понедельник понедельника понедельникам "
    "월요일 الاثنين الإثنين सोमवार วันจันทร์ pazartesi thứ_hai",
    "tuesday tuesdays dienstag dienstags martes mardi mardis martedi terça-feira вторник вторника вторникам 화요일 "
    "الثلاثاء मंगलवार วันอังคาร thứ_ba",
    "wednesday wednesdays mittwoch mittwochs miércoles mercredi mercredis mercoledi quarta-feira 수요일 الأربعاء "
    "बुधवार วันพุธ çarşamba thứ_tư",
    "thursday thursdays donnerstag donnerstags jueves jeudi jeudis giovedi quinta-feira четверг четверга четвергам "
    "목요일 الخميس गुरुवार วันพฤหัสบดี perşembe thứ_năm",
    "friday fridays freitag freitags viernes vendredi vendredis venerdi sexta-feira пятница пятницу пятницы пятницам "
    "금요일 الجمعة शुक्रवार วันศุกร์ cuma thứ_sáu",
    "saturday saturdays samstag samstags sonnabend sonnabends sábado sábados samedi samedis sabato суббота субботу "
    "субботы субботам 토요일 السبت शनिवार วันเสาร์ cumartesi thứ_bảy",
    "sunday sundays sonntag sonntags domingo domingos dimanche dimanches domenica воскресенье воскресенья "
    "воскресеньям 일요일 الأحد रविवार วันอาทิตย์ chủ_nhật",
)
_TO = compile_folded(r"\s?(?:[-–—~〜]|to|through|bis|al?|au|по|до|[至到]|から|부터|den|ถึง|से|الى)\s?(?:the\s)?")
# What speaks of days without naming them.
_AT_LARGE = compile_folded(
    r"dail\w|every day|weekday|weekend|week-end|working day|每[天日]|周末|週末|工作日|节假日|平日|毎日|taglich|werktag"
    r"|wochenend|diari|fin de semana|semaine|quotidien|ежедневн|будн|выходн|среду|среда|среды|средам|매일|주말|평일"
)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    days = []
    for number, (words, han, kanji) in enumerate(zip(_WORDS, _HAN_DAYS, _KANJI, strict=True)):
        every = [fold(word.replace("_", " ")) for word in words.split()]
        dense = [word for word in every if "\u0e00" <= word[0] <= "\u0eff" or word[0] >= "\uac00"]
        spaced = [word for word in every if word not in dense]
        forms = [rf"(?<!\w)(?:{'|'.join(map(re.escape, spaced))})(?!\w)", *map(re.escape, dense)]
        # 周一 is none in 一周一次.
        sunday = "天" if han == "日" else ""
        forms.append(rf"(?:星期|礼拜|(?<![{_NUMERALS}])[周週])[{han}{sunday}](?![次个岁年遍期回届张种])")
        forms.append(rf"(?<=[周期][{_HAN_DAYS}][至到-]){han}(?![{_HAN_DAYS}月年次0-9])")
        # 月・木曜日 are two days.
        forms.append(rf"{kanji}(?:曜日?|(?=(?:[・、,][{_KANJI}]){{1,6}}曜))")
        days.append(f"(?P<d{number}>{'|'.join(forms)})")
    return compile_folded("|".join(days))


def find_weekdays(text: str) -> list[tuple[int, int, int]]:
    """The days of the week in folded text as (start, end, day), from 0 for Monday; between two of a range all."""
    found: list[tuple[int, int, int]] = []
    for match in _pattern().finditer(text):
        day = int((match.lastgroup or "d0")[1:])
        if found and _TO.fullmatch(text, found[-1][1], match.start()):
            start, _, first = found[-1]
            found += [(start, match.end(), (first + step) % 7) for step in range(1, (day - first) % 7)]
        found.append((match.start(), match.end(), day))
    return found


def speaks_of_days(text: str) -> bool:
    """Whether folded text speaks of days of the week without naming them, or in words with another meaning."""
    return _AT_LARGE.search(text) is not None
