"""The words for numbers of each language that has some here, and what they are worth.

All is compared folded. What each table has was compared with what Unicode's CLDR and num2words spell out.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from retriever.text.normalise import fold

# Each number with the words for it behind it; a low line stands for a space.
_WORDS = {
    "ar": "1 واحد واحدة 2 اثنان اثنين اثنتان اثنتين يومان يومين أسبوعان أسبوعين شهران شهرين سنتان سنتين عامان عامين "
    "ساعتان ساعتين مرتان مرتين 3 ثلاث ثلاثة ثلاثا 4 أربع أربعة أربعا 5 خمس خمسة خمسا 6 ست ستة ستا 7 سبع سبعة "
    "سبعا 8 ثمان ثماني ثمانية ثمانيا 9 تسع تسعة تسعا 10 عشر عشرة عشرا 11 أحد_عشر إحدى_عشرة إحدى_عشر 12 "
    "اثنا_عشر اثني_عشر اثنتا_عشرة اثنتي_عشرة 20 عشرون عشرين 30 ثلاثون ثلاثين 40 أربعون أربعين 50 خمسون خمسين "
    "60 ستون ستين 70 سبعون سبعين 80 ثمانون ثمانين 90 تسعون تسعين 100 مئة مائة 200 مئتان مئتين مائتان مائتين "
    "مئتا مئتي 300 ثلاثمئة ثلاثمائة 400 أربعمئة أربعمائة 500 خمسمئة خمسمائة 600 ستمئة ستمائة 700 سبعمئة "
    "سبعمائة 800 ثمانمئة ثمانمائة ثمانيمائة 900 تسعمئة تسعمائة 1000 ألف ألفا 2000 ألفان ألفين ألفي 2000000 "
    "مليونان مليونين",
    "cs": "1 jeden jedna jedno jednoho jedné jednu 2 dva dvě dvou dvěma 3 tři tří třech třem třemi 4 čtyři čtyř "
    "čtyřech čtyřem čtyřmi 5 pět pěti 6 šest šesti 7 sedm sedmi 8 osm osmi 9 devět devíti 10 deset deseti 11 "
    "jedenáct jedenácti 12 dvanáct dvanácti 13 třináct třinácti 14 čtrnáct čtrnácti 15 patnáct patnácti 16 "
    "šestnáct šestnácti 17 sedmnáct sedmnácti 18 osmnáct osmnácti 19 devatenáct devatenácti 20 dvacet dvaceti "
    "30 třicet třiceti 40 čtyřicet čtyřiceti 50 padesát padesáti 60 šedesát šedesáti 70 sedmdesát sedmdesáti "
    "80 osmdesát osmdesáti 90 devadesát devadesáti 100 sto stě sta set 200 dvěstě 300 třista 400 čtyřista 500 "
    "pětset 600 šestset 700 sedmset 800 osmset 900 devětset 1000 tisíc",
    "da": "1 en et 2 to 3 tre 4 fire 5 fem 6 seks 7 syv 8 otte 9 ni 10 ti 11 elleve 12 tolv 13 tretten 14 fjorten "
    "15 femten 16 seksten 17 sytten 18 atten 19 nitten 20 tyve 30 tredive 40 fyrre 50 halvtreds 60 tres treds "
    "70 halvfjerds 80 firs 90 halvfems 100 hundrede hundred 1000 tusind tusinde",
    "de": "0 null 1 ein eins eine einer 2 zwei 3 drei 4 vier 5 fünf 6 sechs 7 sieben 8 acht 9 neun 10 zehn 11 elf "
    "12 zwölf 13 dreizehn 14 vierzehn 15 fünfzehn 16 sechzehn 17 siebzehn 18 achtzehn 19 neunzehn 20 zwanzig "
    "30 dreißig 40 vierzig 50 fünfzig 60 sechzig 70 siebzig 80 achtzig 90 neunzig 100 hundert 1000 tausend",
    "el": "1 ένα ένας μία 2 δύο δυο 3 τρία τρεις τριών 4 τέσσερα τέσσερις τεσσάρων 5 πέντε 6 έξι 7 επτά εφτά 8 οκτώ "
    "οχτώ 9 εννέα εννιά 10 δέκα 11 έντεκα ένδεκα 12 δώδεκα 13 δεκατρία δεκατρείς δεκατριών 14 δεκατέσσερα "
    "δεκατέσσερις δεκατεσσάρων 15 δεκαπέντε 16 δεκαέξι δεκάξι 17 δεκαεπτά δεκαεφτά 18 δεκαοκτώ δεκαοχτώ 19 "
    "δεκαεννέα δεκαεννιά 20 είκοσι 30 τριάντα 40 σαράντα 50 πενήντα 60 εξήντα 70 εβδομήντα 80 ογδόντα 90 "
    "ενενήντα εννενήντα 100 εκατό εκατόν 200 διακόσια διακόσιοι διακόσιες 300 τριακόσια τριακόσιοι τριακόσιες "
    "400 τετρακόσια τετρακόσιοι τετρακόσιες 500 πεντακόσια πεντακόσιοι πεντακόσιες 600 εξακόσια εξακόσιοι "
    "εξακόσιες 700 επτακόσια επτακόσιοι επτακόσιες εφτακόσια 800 οκτακόσια οκτακόσιοι οκτακόσιες οχτακόσια "
    "900 εννιακόσια εννιακόσιοι εννιακόσιες 1000 χίλια χίλιοι χίλιες",
    "en": "0 zero 1 one 2 two 3 three 4 four 5 five 6 six 7 seven 8 eight 9 nine 10 ten 11 eleven 12 twelve 12 "
    "dozen a_dozen 13 thirteen 14 fourteen 15 fifteen 16 sixteen 17 seventeen 18 eighteen 19 nineteen 20 "
    "twenty 30 thirty 40 forty 50 fifty 60 sixty 70 seventy 80 eighty 90 ninety",
    "es": "0 cero 1 uno un una 2 dos 3 tres 4 cuatro 5 cinco 6 seis 7 siete 8 ocho 9 nueve 10 diez 11 once 12 doce "
    "13 trece 14 catorce 15 quince 16 dieciséis 17 diecisiete 18 dieciocho 19 diecinueve 20 veinte 21 "
    "veintiuno veintiún veintiuna 22 veintidós 23 veintitrés 24 veinticuatro 25 veinticinco 26 veintiséis 27 "
    "veintisiete 28 veintiocho 29 veintinueve 30 treinta 40 cuarenta 50 cincuenta 60 sesenta 70 setenta 80 "
    "ochenta 90 noventa 100 cien ciento 200 doscientos doscientas 300 trescientos trescientas 400 "
    "cuatrocientos cuatrocientas 500 quinientos quinientas 600 seiscientos seiscientas 700 setecientos "
    "setecientas 800 ochocientos ochocientas 900 novecientos novecientas 1000 mil",
    "fa": "1 یک 2 دو 3 سه 4 چهار 5 پنج 6 شش 7 هفت 8 هشت 9 نه 10 ده 11 یازده 12 دوازده 13 سیزده 14 چهارده 15 پانزده "
    "16 شانزده 17 هفده 18 هجده هیجده 19 نوزده 20 بیست 30 سی 40 چهل 50 پنجاه 60 شصت 70 هفتاد 80 هشتاد 90 نود "
    "100 صد 200 دویست 300 سیصد 400 چهارصد 500 پانصد 600 ششصد 700 هفتصد 800 هشتصد 900 نهصد 1000 هزار",
    "fr": "0 zéro 1 un une 2 deux 3 trois 4 quatre 5 cinq 6 six 7 sept 8 huit 9 neuf 10 dix 11 onze 12 douze 13 "
    "treize 14 quatorze 15 quinze 16 seize 17 dix-sept 18 dix-huit 19 dix-neuf 20 vingt 30 trente 40 quarante "
    "50 cinquante 60 soixante 70 soixante-dix septante 80 quatre-vingt quatre-vingts huitante 90 "
    "quatre-vingt-dix nonante 100 cent cents 1000 mille",
    "he": "1 אחת אחד 2 שתי שתיים שתים שניים יומיים שבועיים חודשיים שנתיים שעתיים פעמיים 3 שלוש שלושה שלושת 4 ארבע "
    "ארבעה ארבעת 5 חמש חמישה חמשת 6 שש שישה ששה ששת שישת 7 שבע שבעה שבעת 8 שמונה שמונת 9 תשע תשעה תשעת 10 עשר "
    "עשרה עשרת 12 שנים_עשר 20 עשרים 30 שלושים 40 ארבעים 50 חמישים 60 שישים ששים 70 שבעים 80 שמונים 90 תשעים "
    "100 מאה מאות 200 מאתיים 1000 אלף 2000 אלפיים",
    "hi": "1 एक 2 दो 3 तीन 4 चार 5 पाँच 6 छह छः छे छै 7 सात 8 आठ 9 नौ 10 दस 11 ग्यारह 12 बारह 13 तेरह 14 चौदह 15 "
    "पन्द्रह पंद्रह 16 सोलह 17 सत्रह 18 अठारह अट्ठारह 19 उन्नीस 20 बीस 21 इक्कीस 22 बाईस बाइस 23 तेईस तेइस 24 "
    "चौबीस 25 पच्चीस 26 छब्बीस 27 सत्ताईस सत्ताइस 28 अट्ठाईस अट्ठाइस अठाईस 29 उनतीस उन्तीस 30 तीस 31 इकतीस "
    "इकत्तीस 32 बत्तीस 33 तैंतीस तेंतीस 34 चौंतीस 35 पैंतीस 36 छत्तीस 37 सैंतीस 38 अड़तीस 39 उनतालीस उन्तालीस "
    "40 चालीस 41 इकतालीस 42 बयालीस 43 तैंतालीस 44 चौवालीस चवालीस 45 पैंतालीस 46 छियालीस 47 सैंतालीस 48 "
    "अड़तालीस 49 उनचास उन्चास 50 पचास 51 इक्यावन 52 बावन 53 तिरेपन तिरपन 54 चौवन 55 पचपन 56 छप्पन 57 सत्तावन "
    "58 अट्ठावन अठावन 59 उनसठ 60 साठ 61 इकसठ 62 बासठ 63 तिरेसठ तिरसठ 64 चौंसठ चौसठ 65 पैंसठ 66 छियासठ 67 "
    "सड़सठ 68 अड़सठ 69 उनहत्तर 70 सत्तर 71 इकहत्तर 72 बहत्तर 73 तिहत्तर 74 चौहत्तर 75 पचहत्तर 76 छिहत्तर 77 "
    "सतहत्तर 78 अठहत्तर 79 उनासी 80 अस्सी 81 इक्यासी 82 बयासी 83 तिरासी 84 चौरासी 85 पचासी 86 छियासी 87 "
    "सत्तासी 88 अट्ठासी अठासी 89 नवासी 90 नब्बे 91 इक्यानबे इक्यानवे 92 बानबे बानवे 93 तिरानबे तिरानवे 94 "
    "चौरानबे चौरानवे 95 पंचानबे पंचानवे पचानवे 96 छियानबे छियानवे 97 सत्तानबे सत्तानवे 98 अट्ठानबे अट्ठानवे "
    "99 निन्यानबे निन्यानवे 100 सौ 1000 हज़ार 100000 लाख 1000000000 अरब",
    "id": "1 satu 2 dua 3 tiga 4 empat 5 lima 6 enam 7 tujuh 8 delapan lapan 9 sembilan 10 sepuluh belas puluh 11 "
    "sebelas 100 seratus ratus 1000 seribu 1000000 sejuta",
    "it": "0 zero 1 uno un una 2 due 3 tre 4 quattro 5 cinque 6 sei 7 sette 8 otto 9 nove 10 dieci 11 undici 12 "
    "dodici 13 tredici 14 quattordici 15 quindici 16 sedici 17 diciassette 18 diciotto 19 diciannove 20 venti "
    "vent 30 trenta trent 40 quaranta quarant 50 cinquanta cinquant 60 sessanta sessant 70 settanta settant "
    "80 ottanta ottant 90 novanta novant 100 cento 108 centotto 180 centottanta 1000 mille mila",
    "nl": "1 een 2 twee 3 drie 4 vier 5 vijf 6 zes 7 zeven 8 acht 9 negen 10 tien 11 elf 12 twaalf 13 dertien 14 "
    "veertien 15 vijftien 16 zestien 17 zeventien 18 achttien 19 negentien 20 twintig 30 dertig 40 veertig 50 "
    "vijftig 60 zestig 70 zeventig 80 tachtig 90 negentig 100 honderd 1000 duizend",
    "no": "1 en ett ei 2 to 3 tre 4 fire 5 fem 6 seks 7 sju syv 8 åtte 9 ni 10 ti 11 elleve 12 tolv 13 tretten 14 "
    "fjorten 15 femten 16 seksten 17 sytten 18 atten 19 nitten 20 tjue tyve 30 tretti tredve 40 førti 50 "
    "femti 60 seksti 70 sytti 80 åtti 90 nitti 100 hundre 1000 tusen",
    "pl": "1 jeden jedna jedno jednego jednej 2 dwa dwie dwaj dwóch dwu dwoje dwom dwoma dwiema 3 trzy trzej trzech "
    "troje trzem trzema 4 cztery czterej czterech czworo czterem czterema 5 pięć pięciu pięcioro pięcioma 6 "
    "sześć sześciu sześcioro sześcioma 7 siedem siedmiu siedmioro siedmioma 8 osiem ośmiu ośmioro ośmioma 9 "
    "dziewięć dziewięciu dziewięcioro dziewięcioma 10 dziesięć dziesięciu 11 jedenaście jedenastu 12 "
    "dwanaście dwunastu 13 trzynaście trzynastu 14 czternaście czternastu 15 piętnaście piętnastu 16 "
    "szesnaście szesnastu 17 siedemnaście siedemnastu 18 osiemnaście osiemnastu 19 dziewiętnaście "
    "dziewiętnastu 20 dwadzieścia dwudziestu 30 trzydzieści trzydziestu 40 czterdzieści czterdziestu 50 "
    "pięćdziesiąt pięćdziesięciu 60 sześćdziesiąt sześćdziesięciu 70 siedemdziesiąt siedemdziesięciu 80 "
    "osiemdziesiąt osiemdziesięciu 90 dziewięćdziesiąt dziewięćdziesięciu 100 sto stu 200 dwieście dwustu 300 "
    "trzysta trzystu 400 czterysta czterystu 500 pięćset pięciuset 600 sześćset sześciuset 700 siedemset "
    "siedmiuset 800 osiemset ośmiuset 900 dziewięćset dziewięciuset 1000 tysiąc tysiąca",
    "pt": "0 zero 1 um uma 2 dois duas 3 três 4 quatro 5 cinco 6 seis 7 sete 8 oito 9 nove 10 dez 11 onze 12 doze "
    "13 treze 14 catorze quatorze 15 quinze 16 dezesseis dezasseis 17 dezessete dezassete 18 dezoito 19 "
    "dezenove dezanove 20 vinte 30 trinta 40 quarenta 50 cinquenta 60 sessenta 70 setenta 80 oitenta 90 "
    "noventa 100 cem cento 200 duzentos duzentas 300 trezentos trezentas 400 quatrocentos quatrocentas 500 "
    "quinhentos quinhentas 600 seiscentos seiscentas 700 setecentos setecentas 800 oitocentos oitocentas 900 "
    "novecentos novecentas 1000 mil",
    "ru": "0 ноль 1 один одна одно одну одной одного 2 два две двух двум двумя 3 три трёх трём тремя 4 четыре "
    "четырёх четырём четырьмя 5 пять пяти пятью 6 шесть шести шестью 7 семь семи семью 8 восемь восьми "
    "восемью 9 девять девяти девятью 10 десять десяти десятью 11 одиннадцать одиннадцати 12 двенадцать "
    "двенадцати 13 тринадцать тринадцати 14 четырнадцать четырнадцати 15 пятнадцать пятнадцати 16 шестнадцать "
    "шестнадцати 17 семнадцать семнадцати 18 восемнадцать восемнадцати 19 девятнадцать девятнадцати 20 "
    "двадцать двадцати 30 тридцать тридцати 40 сорок сорока 50 пятьдесят пятидесяти 60 шестьдесят шестидесяти "
    "70 семьдесят семидесяти 80 восемьдесят восьмидесяти 90 девяносто девяноста 100 сто ста 200 двести "
    "двухсот 300 триста трёхсот 400 четыреста четырёхсот 500 пятьсот пятисот 600 шестьсот шестисот 700 "
    "семьсот семисот 800 восемьсот восьмисот 900 девятьсот девятисот 1000 тысяча",
    "sv": "1 en ett et 2 två 3 tre 4 fyra 5 fem 6 sex 7 sju 8 åtta 9 nio 10 tio 11 elva 12 tolv 13 tretton 14 "
    "fjorton 15 femton 16 sexton 17 sjutton 18 arton 19 nitton 20 tjugo 30 trettio 40 fyrtio förtio 50 femtio "
    "60 sextio 70 sjuttio 80 åttio 90 nittio 100 hundra 1000 tusen",
    "th": "1 หนึ่ง เอ็ด 2 สอง 3 สาม 4 สี่ 5 ห้า 6 หก 7 เจ็ด 8 แปด 9 เก้า 10 สิบ 20 ยี่สิบ 100 ร้อย 1000 พัน 10000 "
    "หมื่น 100000 แสน 1000000 ล้าน",
    "tr": "1 bir 2 iki 3 üç 4 dört 5 beş 6 altı 7 yedi 8 sekiz 9 dokuz 10 on 20 yirmi 30 otuz 40 kırk 50 elli 60 "
    "altmış 70 yetmiş 80 seksen 90 doksan 100 yüz 1000 bin",
    "uk": "1 один одна одне одну одного однієї 2 два дві двох двом двома 3 три трьох трьом трьома 4 чотири чотирьох "
    "чотирьом чотирма 5 п'ять п'яти п'ятьох 6 шість шести шістьох 7 сім семи сімох 8 вісім восьми вісьмох 9 "
    "дев'ять дев'яти дев'ятьох 10 десять десяти десятьох 11 одинадцять одинадцяти 12 дванадцять дванадцяти 13 "
    "тринадцять тринадцяти 14 чотирнадцять чотирнадцяти 15 п'ятнадцять п'ятнадцяти 16 шістнадцять шістнадцяти "
    "17 сімнадцять сімнадцяти 18 вісімнадцять вісімнадцяти 19 дев'ятнадцять дев'ятнадцяти 20 двадцять "
    "двадцяти 30 тридцять тридцяти 40 сорок сорока 50 п'ятдесят п'ятдесяти 60 шістдесят шістдесяти 70 "
    "сімдесят сімдесяти 80 вісімдесят вісімдесяти 90 дев'яносто дев'яноста 100 сто ста 200 двісті двохсот 300 "
    "триста трьохсот 400 чотириста чотирьохсот 500 п'ятсот п'ятисот 600 шістсот шестисот 700 сімсот семисот "
    "800 вісімсот восьмисот 900 дев'ятсот дев'ятисот 1000 тисяча",
    "vi": "1 một mốt 2 hai 3 ba 4 bốn tư 5 năm lăm nhăm 6 sáu 7 bảy bẩy 8 tám 9 chín 10 mười mươi 100 trăm 1000 "
    "nghìn ngàn 1000000 triệu 1000000000 tỷ tỉ",
}
# Words of these that are not numbers by themselves, but may be part of one: نه in Persian is "no" as well as nine.
_PARTS = {
    "ar": "ألفا ألفي مئتا مئتي",
    "cs": "stě sta set",
    "da": "hundred",
    "fa": "نه",
    "he": "מאה מאות שתים",
    "id": "belas puluh ratus lapan",
    "hi": "लाख अरब",
    "it": "vent trent quarant cinquant sessant settant ottant novant",
    "th": "เอ็ด ร้อย พัน หมื่น แสน ล้าน",
    "tr": "yüz",
    "vi": "lăm nhăm mốt tư trăm nghìn ngàn triệu tỷ tỉ",
}


def _read_table(language: str) -> dict[str, int]:
    table: dict[str, int] = {}
    number = 0
    for word in _WORDS.get(language, "").split():
        if word.isdecimal():
            number = int(word)
        else:
            table[word.replace("_", " ")] = number
    return table


@lru_cache(maxsize=32)
def number_words(language: str) -> dict[str, int]:
    """The words for numbers of a language, folded; empty for one that has none here."""
    return {fold(word): number for word, number in _read_table(language).items()}


@lru_cache(maxsize=32)
def partial_words(language: str) -> frozenset[str]:
    """Those of the ``number_words`` that are not numbers by themselves, folded."""
    return frozenset(map(fold, _PARTS.get(language, "").split()))


@lru_cache(maxsize=1)
def _vietnamese_words() -> frozenset[str]:
    return frozenset(_read_table("vi"))


def is_number_word(word: str, language: str) -> bool:
    """Whether a word as it is written is one for a number; folded, bảy (seven) would be bay (to fly)."""
    if language == "vi":
        return unicodedata.normalize("NFC", word).casefold() in _vietnamese_words()
    return fold(word) in number_words(language)
