"""Units of figures: which quantity a word after a number measures, and how many of its base unit it is.

Words that count things of no fixed unit (people, schools, 个, 件) have none. All words are compared folded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from retriever.text.normalise import fold


@dataclass(frozen=True, slots=True)
class Unit:
    """What is measured ("" if unknown), and the factor to its base unit."""

    dimension: str = ""
    factor: Fraction = Fraction(1)


NONE = Unit()
#: The languages whose words for units are known here.
LANGUAGES = frozenset(("en", "de", "fr", "es", "pt", "it", "ru", "zh", "ja", "ko"))

_UNITS: tuple[tuple[str, str, str], ...] = (
    (
        "percent",
        "1",
        "% percent pct prozent procent процент процента процентов процентам процентный パーセント 퍼센트 "
        "per_cent pour_cent por_ciento por_cento per_cento bath",
    ),
    # From 10 % to 13 % is 3 points, and 30 %.
    (
        "percentage point",
        "1",
        "个百分点 百分点 パーセントポイント ポイント 퍼센트포인트 %포인트 %p percentage_points percentage_point "
        "prozentpunkt prozentpunkte prozentpunkten puntos_porcentuales punto_porcentual pontos_percentuais "
        "punti_percentuali points_de_pourcentage процентный_пункт процентных_пункта процентных_пунктов",
    ),
    ("percent", "1/10", "‰ promille promillo"),
    ("yuan", "1", "元 块钱 人民币 yuan rmb cny юаней юаня юань yuanes"),
    ("dollar", "1", "$ usd dollar dollars 美元 ドル 달러 доллар доллара долларов dolar dolares"),
    ("euro", "1", "€ eur euro euros 欧元 ユーロ 유로 евро"),
    ("pound", "1", "£ gbp pound_sterling pounds 英镑 ポンド 파운드 фунт фунта фунтов libras libra pfund"),
    ("yen", "1", "円 日元 日圆 jpy yen иен иены yenes"),
    ("ruble", "1", "₽ rub рубль рубля рублей руб ruble rubles rouble roubles rubel rublos 卢布 ルーブル"),
    ("won", "1", "₩ krw won 韩元 원"),
    (
        "month",
        "12",
        "年 年间 周年 个年头 year years year-long yr yrs jahr jahre jahren ano anos an ans annee annees anni anno "
        "год года лет 년",
    ),
    (
        "month",
        "1",
        "个月 ヶ月 か月 カ月 箇月 个月间 month months monat monate monaten mes meses mois mese mesi месяц месяца "
        "месяцев 개월",
    ),
    (
        "second",
        "604800",
        "周 星期 个星期 礼拜 週間 周间 week weeks woche wochen semana semanas semaine semaines settimana "
        "settimane неделя недели недель неделю 주",
    ),
    (
        "second",
        "86400",
        "天 日 日间 日間 个工作日 工作日 day days tag tage tagen dia dias jour jours giorno giorni день дня "
        "дней сутки суток 일",
    ),
    (
        "second",
        "3600",
        "小时 个小时 钟头 时间 時間 hour hours hr hrs h stunde stunden hora horas heure heures ora ore час "
        "часа часов 시간",
    ),
    ("second", "60", "分钟 分 分間 minute minutes min mins minuten minuto minutos minuti минута минуты минут 분"),
    (
        "second",
        "1",
        "秒 秒钟 秒間 second seconds sekunde sekunden segundo segundos seconde secondes секунда секунды секунд 초",
    ),
    (
        "metre",
        "1000",
        "公里 千米 キロメートル キロ km kilometre kilometres kilometer kilometers kilometro kilometros "
        "километр километра километров км 킬로미터",
    ),
    (
        "metre",
        "1",
        "米 公尺 メートル m metre metres meter meters metern metro metros metri metre метр метра метров м 미터",
    ),
    ("metre", "1143/1250", "yard yards 야드"),
    ("metre", "381/1250", "ft foot feet 英尺 フィート 피트"),
    ("metre", "127/5000", "inch inches 英寸 インチ 인치"),
    ("metre", "201168/125", "mile miles 英里 マイル 마일 meile meilen millas"),
    (
        "metre",
        "1/100",
        "厘米 公分 センチ センチメートル cm centimetre centimetres centimeter centimeters centimetros см",
    ),
    ("metre", "1/1000", "毫米 ミリ ミリメートル mm millimetre millimetres millimeter millimeters milimetros мм"),
    (
        "square metre",
        "1",
        "平方米 平方公尺 平米 ㎡ m2 平方メートル square_metres square_meters square_metre metros_cuadrados "
        "quadratmeter quadratmetern metres_carres квадратных_метров",
    ),
    (
        "square metre",
        "1000000",
        "平方公里 平方千米 平方キロメートル km2 square_kilometres square_kilometers "
        "kilometros_cuadrados quadratkilometer",
    ),
    (
        "square metre",
        "10000",
        "公顷 ヘクタール ha hectare hectares hektar hectarea hectareas гектар гектара гектаров га",
    ),
    ("square metre", "316160658/78125", "acre acres 英亩 エーカー"),
    ("square metre", "145161/1562500", "square_feet square_foot sq_ft 平方英尺"),
    ("mu", "1", "亩 mu"),
    ("cubic metre", "1", "立方米 立方メートル m3 cubic_metres cubic_meters metros_cubicos kubikmeter кубометров"),
    ("kilogram", "1000", "吨 トン t ton tons tonne tonnes tonnen tonelada toneladas тонна тонны тонн т 톤"),
    (
        "kilogram",
        "1",
        "公斤 千克 キログラム kg kilogram kilograms kilogramm kilo kilos kilogramo kilogramos килограмм "
        "килограмма килограммов кг",
    ),
    ("kilogram", "1/2", "斤"),
    ("kilogram", "1/1000", "克 グラム g gram grams gramm gramme grammes gramos грамм"),
    ("kilogram", "1/1000000", "毫克 ミリグラム mg milligram milligrams milligramm milligrammes miligramos мг"),
    (
        "kilogram",
        "1/1000000000",
        "微克 マイクログラム μg ug mcg microgram micrograms mikrogramm microgrammes microgramos мкг",
    ),
    ("litre", "1", "升 リットル l litre litres liter liters litern litro litros литр литра литров"),
    ("litre", "1/10", "dl decilitre decilitres deciliter deciliters deziliter décilitres"),
    ("litre", "1/100", "cl centilitre centilitres centiliter centiliters zentiliter"),
    (
        "litre",
        "1/1000",
        "毫升 ミリリットル ml millilitre millilitres milliliter milliliters mililitros мл 밀리리터",
    ),
    ("kilowatt hour", "1", "千瓦时 kwh kilowatt_hours"),
    ("kilowatt hour", "1000000", "gwh gigawatt_hours 吉瓦时"),
    ("watt", "1000000", "兆瓦 mw megawatt megawatts megavatios мегаватт"),
    ("watt", "1000", "千瓦 kw kilowatt kilowatts kilovatios киловатт"),
    ("degree", "1", "℃ °c 摄氏度 度 度c degrees_celsius grad градусов градуса grados"),
    ("times", "1", "times time fold раза раз veces vez fois mal vezes volte 倍 次 回 배 번"),
)
#: Words that are a number of times by themselves.
MULTIPLES = {
    2: r"\b(?:doubl\w+|twice|verdoppel\w*|duplic\w+|удво\w+|вдвое|doubl[eé]\w*|raddoppi\w*)|翻一?番|倍増|加倍",
    3: r"\b(?:tripl\w+|verdreifach\w*|triplic\w+|утро\w+|втрое)|三倍",
    4: r"\b(?:quadrupl\w+|vervierfach\w*|cuadruplic\w+|вчетверо)|翻两番",
}
# 七成 and 四割 are tenths; 七成为 and the like are not.
TENTHS = re.compile("[成割](?![为立功员长本绩果熟交合就都り安])")
#: The dimensions of money.
CURRENCIES = frozenset(("yuan", "dollar", "euro", "pound", "yen", "ruble", "won"))
#: What stands before a figure for its unit, besides signs.
SIGN_WORDS = frozenset(("us", "hk", "nt", "usd", "eur", "rmb", "cny", "gbp", "jpy"))
_WORD_SIGN = re.compile(r"[^\W\d_]", re.UNICODE)


@lru_cache(maxsize=1)
def _tables() -> tuple[re.Pattern[str], dict[str, Unit]]:
    table: dict[str, Unit] = {}
    for dimension, factor, words in _UNITS:
        for word in words.split():
            table.setdefault(fold(word.replace("_", " ").strip()), Unit(dimension, Fraction(factor)))
    spaced = [word for word in table if word[0] < "\u2e80" and _WORD_SIGN.match(word[0])]
    dense = [word for word in table if word not in spaced]
    alternatives = [
        "(?:" + "|".join(map(re.escape, sorted(spaced, key=len, reverse=True))) + r")(?!\w)",
        # 80周岁 are not weeks.
        "(?!周岁)(?:" + "|".join(map(re.escape, sorted(dense, key=len, reverse=True))) + ")",
    ]
    return re.compile(rf"[\s-]{{0,2}}(?:(?:de|of|d')\s)?(?P<unit>{'|'.join(alternatives)})"), table


def find_unit(text: str, at: int) -> tuple[Unit, int]:
    """The unit that begins at ``at`` in folded text, and where it ends; ``NONE`` and ``at`` if there is none."""
    pattern, table = _tables()
    match = pattern.match(text, at)
    return (table[match["unit"]], match.end()) if match else (NONE, at)


_SIGN_BEFORE = re.compile(r"(?P<sign>us\$|\$|€|£|¥|₽|₩|usd|eur|rmb|cny|gbp|jpy)\s?\Z")
_SIGNS = {"us$": "dollar", "usd": "dollar", "$": "dollar", "€": "euro", "eur": "euro", "£": "pound", "gbp": "pound"}
_SIGNS |= {"¥": "", "rmb": "yuan", "cny": "yuan", "jpy": "yen", "₽": "ruble", "₩": "won"}


def find_sign_before(text: str, at: int) -> Unit:
    """The unit of a sign that ends at ``at``: $5, RMB 5. ``NONE`` if there is none."""
    match = _SIGN_BEFORE.search(text, max(at - 5, 0), at)
    return Unit(_SIGNS[match["sign"]]) if match else NONE
