"""Finds the names and codes in a claim, as far as their writing shows them, and looks them up in an excerpt.

Shown by writing are capitalised words in scripts with capitals (in German, which capitalises all nouns, two of them in
a row), words that mix letters and digits, what stands in quotation marks, and in Chinese and Japanese the characters
before an ending such as 县, 局 or 公司 and a surname beside a title. Names in other scripts are not seen here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from retriever.citations.common_nouns import is_common
from retriever.citations.folded_patterns import compile_folded
from retriever.citations.number_words import is_number_word
from retriever.citations.numerals import magnitudes
from retriever.citations.units import NONE, SIGN_WORDS, find_unit
from retriever.text.normalise import fold
from retriever.text.scripts import count_scripts, script_of
from retriever.types import Span

_CASED = frozenset(("Latin", "Greek", "Cyrillic", "Armenian"))
_WORD = re.compile(r"[^\W\d_]+(?:['’\-‑][^\W\d_]+)*")
_CODE = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
    r"|(?<![\w])[A-Z]{2,6}(?:/[A-Z]{1,3})?[ -]?[0-9][0-9.]{0,12}(?:[-–][0-9]{1,12}){0,4}(?![\w])"
    r"|(?<![\w])(?=[\w./-]{0,40}[0-9])(?=[\w./-]{0,40}[A-Za-zА-Яа-я])"
    r"[A-Za-zА-Яа-я0-9]{1,40}(?:[-./_][A-Za-zА-Яа-я0-9]{1,40}){0,8}(?![A-Za-z0-9])"
    r"|(?<![\w.])(?![0-9]{1,3}(?:\.[0-9]{3})+(?!\.?\w))[0-9]{1,12}(?:\.[0-9]{1,12}){2,8}(?![\w])"
)
_UNIT_CODE = re.compile(
    r"[0-9]+(?:[.,][0-9]+)?(?:st|nd|rd|th|s|er|e|k|m|bn|mn|tn|km|kg|cm|mm|ha|kwh|gwh|mw|kw|m2|m3|km2|g|mg|l|t|h|min|am|pm|yrs?|x)",
    re.IGNORECASE,
)
# An adjective of a figure: 30-day, 12-month.
_MEASURED = re.compile(r"[0-9]+(?:[.,][0-9]+)?-(?P<unit>[a-z]{2,12})")
_PRICE = re.compile(rf"(?:{'|'.join(SIGN_WORDS)})[ -]?[0-9.]+", re.IGNORECASE)
_FIGURE_BEFORE, _FIGURE_AFTER = re.compile(r"\d\s?\Z"), re.compile(r"\s?[$€£¥]?\s?\d")
_QUOTED = re.compile(
    r"《(?P<book>[^《》\n]{1,60})》|“(?P<curly>[^“”\n]{2,80})”|「(?P<corner>[^「」\n]{2,80})」|『(?P<white>[^『』\n]{2,80})』"
    r"|«(?P<angle>[^«»\n]{2,80})»|„(?P<low>[^„“”\n]{2,80})[“”]|(?<!\w)\"(?P<plain>[^\"\n]{2,80})\"(?!\w)"
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# Endings of names of places and organisations; of two characters first.
_ENDINGS = (
    "公司|集团|银行|大学|学院|医院|学校|中学|小学|法院|政府|车站|机场|水库|街道|协会|基金|研究所|委员会|办公室|出版社|工业园"
    "|省|市|县|区|镇|乡|村|町|州|局|厅|郡|路|街|桥|河|川|江|湖|山|岛|寺|塔|港|湾|站|駅|楼|社区|小区"
)
# Characters after an ending that make another word of it: 村庄, 市场, 区域, 路线, 县长.
_COMPOUNDS = (
    "村(?=[庄落民委官])|市(?=[场民值面区政容辖委内外长])|区(?=[域别分间划长内外])|县(?=[域级委长内外])"
    "|路(?=[线面口灯段径由基网程])|山(?=[区水地体林坡洪谷])|河(?=[流道水段床堤岸长])|江(?=[水面堤])|湖(?=[水泊面区])"
    "|岛(?=[屿])|街(?=[道区头巷])|桥(?=[梁头面])|港(?=[口区])|站(?=[点位台房长])|局(?=[面部势长])|镇(?=[域区长])"
    "|乡(?=[村镇亲长土])|楼(?=[房层道梯宇盘])|省(?=[份级内外长])|州(?=[长])|(?:学院|学校|医院|中学|小学)(?=[长生内外])"
)
_ENDING = compile_folded(f"(?P<before>[{_HAN}々]{{2}})(?!{_COMPOUNDS})(?P<ending>{_ENDINGS})")
# Characters before an ending that make a common noun of it, not a name: 本市, 各县, 道路.
_COMMON_BEFORE = frozenset(
    "本该各全我此其每某同外内城都超地农乡道公铁思市县省区镇村街的和与及在到对从为是于由或等了个这那一二三四五六七八九十两几多新老"
    "大小中上下前后左右东西南北主分总支有无不子母住社园商片辖郊集沿跨岸当原旧所属家座条处名者级工学医银返回进出过修建架开"
)
# Characters that names of places often end with before the ending: two characters before it are compared.
_OF_PLACES = frozenset("山江河湖溪岭水桥沟塘坪石川谷原岛海洲泉峰林田庄家屯堡港湾门关坡")
# Surnames, but for those that begin common words as well: 高, 任, 方.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏汪姜范姚谭廖邹熊陆郝孔崔康毛邱秦顾侯"
    "邵孟龙雷汤尹黎乔贺赖龚"
)
_TITLES = (
    "同志|先生|女士|教授|主任|书记|局长|县长|市长|省长|区长|镇长|乡长|村长|部长|处长|科长|院长|校长|主席|总理|总统|经理"
    "|董事长|秘书长|会长|委员|博士|医生|老师|队长|所长|行长|总裁|院士|支书|组长|检察长|厅长|司长|馆长"
)
# What may follow a name of two characters.
_AFTER_NAME = frozenset("说表指介认担任的同在等及与和负出主是将已也则还就为对向到，、以从被把")
_TITLED = compile_folded(
    f"(?:{_TITLES})(?P<after>[{_SURNAMES}][{_HAN}]{{1,2}})|(?P<before>[{_SURNAMES}][{_HAN}]{{1,2}})(?:{_TITLES})"
)
_SAID = compile_folded(
    f"(?:^|[，。；、：\\s])(?P<name>[{_SURNAMES}][{_HAN}]{{1,2}})(?:说|表示|指出|介绍|认为|担任|任|带队|出席|强调)"
)
_NO_NAMES = frozenset(
    fold(
        "the a an this that these those it its in on at by for from of to and or but as if when while since after "
        "before all some most no each every both more many such their his her our your they we he she you i there "
        "here under also however only about what which who "
        "el la los las un una unos unas de del en por para con y o pero si cuando su sus este esta estos al se lo "
        "der die das den dem des ein eine einen einem einer und oder aber in im am an auf bei mit von zu zum zur fur "
        "es le les des du une et ou mais dans sur par pour avec ce cette ces il elle on au aux en se ne "
        "в на по с к о об из за от до для при и а но или если когда как это этот эта эти он она они не у во со их "
        "его ее что где кто также мы вы так"
    ).split()
)
_LEAST_STEM = 4
_LEAST_NAME = 2


@dataclass(frozen=True, slots=True)
class Name:
    """A name or code of a claim. ``keys`` are folded: each has to occur in an excerpt, in a form of the word.

    An ``is_sure`` one is a name; the others may be words that only look like one.
    """

    span: Span
    text: str
    keys: tuple[str, ...]
    script: str
    is_sure: bool = True
    is_exact: bool = False


def find_names(words: str, language: str) -> list[Name]:
    """The names and codes of a claim, in order."""
    found = [*_find_codes(words), *_find_quoted(words)]
    taken = [name.span for name in found]
    more = [*_find_capitalised(words, language), *_find_han(words)]
    found += [name for name in more if not any(overlap(name.span, span) for span in taken)]
    return sorted(found, key=lambda name: name.span)


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have a character in common."""
    return one.start < other.end and other.start < one.end


def _find_codes(words: str) -> Iterator[Name]:
    plain = unicodedata.normalize("NFKC", words)
    for match in _CODE.finditer(plain if len(plain) == len(words) else words):
        if not _UNIT_CODE.fullmatch(match[0]) and not _is_measured(match[0]):
            yield Name(Span(*match.span()), match[0], (squeeze(match[0]),), "", is_exact=True)


def _is_measured(code: str) -> bool:
    if _PRICE.fullmatch(code):
        return True
    match = _MEASURED.fullmatch(code)
    return match is not None and find_unit(match["unit"], 0)[0] != NONE


def _find_quoted(words: str) -> Iterator[Name]:
    for match in _QUOTED.finditer(words):
        inside = match[match.lastgroup or 0]
        if squeeze(inside):
            yield Name(Span(*match.span()), inside, (squeeze(inside),), _main_script(inside), is_exact=True)


def _find_capitalised(words: str, language: str) -> Iterator[Name]:
    """Words with a capital. The first word of a sentence has one anyhow, and so has every noun in German."""
    matches = [match for match in _WORD.finditer(words) if script_of(match[0][0]) in _CASED]
    for number, match in enumerate(matches):
        word = match[0]
        if not word[0].isupper() or len(word) < 2 or fold(word) in _NO_NAMES or is_number_word(word, language):
            continue
        if _is_of_figure(words, match):
            continue
        before = words[: match.start()].rstrip(" \t\"'“‘«„(（[*_")
        opens = not before or before[-1] in ".!?:;。！？：；•|…"
        shouted = len(word) > 1 and word.isupper()
        in_row = _is_beside(words, matches, number)
        sure = (shouted or not opens or in_row is True) and (language != "de" or shouted or in_row)
        key = re.sub(r"['’]s?\Z", "", word)
        yield Name(Span(match.start(), match.start() + len(key)), key, (fold(key),), script_of(word[0]), bool(sure))


def _is_of_figure(words: str, match: re.Match[str]) -> bool:
    """Whether a word is the unit or the magnitude of a figure beside it: US$ 5, EUR 3, 3,5 Mio."""
    word = fold(match[0])
    if word in SIGN_WORDS and _FIGURE_AFTER.match(words, match.end()):
        return True
    is_unit = word in magnitudes() or find_unit(word, 0)[1] == len(word)
    return is_unit and _FIGURE_BEFORE.search(words, max(match.start() - 2, 0), match.start()) is not None


def _is_beside(words: str, matches: list[re.Match[str]], number: int) -> bool:
    """Whether the next or the last word, with nothing but a space between, has a capital and may be of a name."""
    for other in (number - 1, number + 1):
        if not 0 <= other < len(matches):
            continue
        first, second = sorted((number, other))
        between = words[matches[first].end() : matches[second].start()]
        word = matches[other][0]
        if between in (" ", ". ") and word[0].isupper() and fold(word) not in _NO_NAMES:
            return True
    return False


def _find_han(words: str) -> Iterator[Name]:
    plain = "".join(one if len(one := fold(character)) == 1 else character for character in words)
    for pattern in (_TITLED, _SAID):
        for match in pattern.finditer(plain):
            start, end = match.span(match.lastgroup or 0)
            if words[end - 1] in _AFTER_NAME and end - start > _LEAST_NAME:
                end -= 1
            yield Name(Span(start, end), words[start:end], (fold(words[start:end]),), "Han")
    for match in _ENDING.finditer(plain):
        first, second = tuple(match["before"])
        is_noun = second in _COMMON_BEFORE or is_common(match["before"], match["ending"])
        if is_noun or (second in _OF_PLACES and first in _COMMON_BEFORE):
            continue
        start = match.start() if second in _OF_PLACES else match.start() + 1
        text = words[start : match.end()]
        yield Name(Span(start, match.end()), text, (fold(text),), "Han")


def squeeze(text: str) -> str:
    """Folded letters and digits only."""
    return "".join(character for character in fold(text) if character.isalnum())


def _main_script(text: str) -> str:
    return max(count_scripts(text).items(), key=lambda item: (item[1], item[0]), default=("", 0))[0]


@dataclass(frozen=True, slots=True)
class NamePlaces:
    """Where an excerpt has words: folded, for names to be looked up in."""

    words: tuple[tuple[str, Span], ...]
    letters: str
    origins: tuple[Span, ...]
    scripts: frozenset[str]

    def find(self, name: Name) -> Span | None:
        """The place of a name, an inflected form of it included; None if it is not there."""
        key = name.keys[0]
        if name.is_exact or name.script not in _CASED:
            at = self.letters.find(squeeze(key))
            return (
                Span(self.origins[at].start, self.origins[at + len(squeeze(key)) - 1].end) if at >= 0 and key else None
            )
        for word, span in self.words:
            if word == key or _same_stem(word, key):
                return span
        return None

    def has_script(self, name: Name) -> bool:
        """Whether the excerpt is mostly written in the script of a name; else it may have another form there."""
        return not name.script or name.script in self.scripts


def _same_stem(word: str, key: str) -> bool:
    """Whether two words differ in their ending only: Верхнереченска and Верхнереченске, Harbours and Harbour."""
    shared = 0
    for one, other in zip(word, key, strict=False):
        if one != other:
            break
        shared += 1
    return shared >= max(_LEAST_STEM, len(word) - 3, len(key) - 3)


def read_words(text: str) -> tuple[tuple[str, Span], ...]:
    """The words of a text in scripts with capitals, folded; parts of hyphenated words as well."""
    found: list[tuple[str, Span]] = []
    for match in _WORD.finditer(text):
        if script_of(match[0][0]) not in _CASED:
            continue
        whole = re.sub(r"['’]s?\Z", "", match[0])
        found.append((fold(whole), Span(match.start(), match.start() + len(whole))))
        if "-" in whole:
            at = match.start()
            for part in whole.split("-"):
                found.append((fold(part), Span(at, at + len(part))))
                at += len(part) + 1
    return tuple(found)
