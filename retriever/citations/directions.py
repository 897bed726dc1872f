"""Tells whether a text says of a figure that something rose or fell by it, or to it: 下降3%, rose by 3 %, -3 %.

Only words that stand by the figure count, and only where they say one thing. What is in doubt has no direction.
"""

from __future__ import annotations

import re

from retriever.citations.folded_patterns import compile_folded

# Verbs and nouns of the languages whose figures are read. In those with spaces they are whole words, not as in drop-in.
_RISES = (
    r"ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing|owth)|increas\w+|climb\w*|rais(?:e|es|ed|ing)"
    r"|stieg\w*|steig\w+|anstieg\w*|gestiegen\w*|wuchs\w*|wachs\w+|gewachsen\w*|zunahme\w*|zuwachs\w*|erhoh\w+"
    r"|aument\w+|subi\w+|subid\w+|sube\w*|crec\w+|increment\w+|alza|hausse\w*|augment\w+|croissance|progress\w+"
    r"|cresc\w+|sali(?:to|ta|ti|te|rono)|вырос\w*|выраста\w+|рост\w{0,2}|прирост\w*|возрос\w*|увелич\w+|повыс\w+"
)
_FALLS = (
    r"f(?:alls|ell|allen|alling)|decreas\w+|declin\w+|drop\w*|shr[aiu]nk\w*|reduc\w+|lower(?:ed|ing|s)?"
    r"|sank\w*|sink\w+|gesunken\w*|fiel\w*|gefallen\w*|ruckgang\w*|abnahme\w*|verringer\w+|gesenkt\w*|senk\w+"
    r"|baj(?:a|an|aron|ado|ada|ando)|bajo(?=\s(?:un|en|hasta)\b)|disminu\w+|descen[ds]\w+|cay(?:o|eron|endo)|caida\w*"
    r"|decrec\w+|baiss\w+|diminu\w+|recul\w*|chut\w+|redui\w+|ridu\w+|calat[oaie]|reduz\w+|caiu|cairam"
    r"|сниз\w+|снижен\w+|снижа\w+|упал\w*|падени\w+|уменьш\w+|сократ\w+|сокращ\w+|понизи\w+"
)
# Not the season: in fall, last fall, fall 2023.
_FALL = r"(?<!\bin )(?<!\bin the )(?<!\bthis )(?<!\blast )(?<!\bnext )fall(?! (?:of )?(?:19|20)[0-9]{2})"
_DENSE_RISES = (
    r"增长|增加(?!值)|上升|上涨|上浮|上调|提高|提升|升高|攀升|递增|[增升涨][至到]|增幅|涨幅|升幅|增速"
    r"|増加|増え|上昇|上がっ|伸び|増(?=[。、\s]|\Z)|증가|늘어|늘었|상승|성장|올랐|인상"
)
_DENSE_FALLS = (
    r"下降|减少|下跌|降低|下滑|回落|下调|下浮|缩减|削减|压减|递减|萎缩|[降减跌][至到]|降幅|跌幅|减幅"
    r"|減少|減っ|減り|低下|下落|下がっ|落ち込|減(?=[。、\s]|\Z)|감소|줄어|줄었|하락|내렸|인하|축소"
)
_WORD = compile_folded(
    rf"(?P<rises>(?<!\w)(?:{_RISES})(?!-?\w)|{_DENSE_RISES})"
    rf"|(?P<falls>(?<!\w)(?:{_FALLS}|{_FALL})(?!-?\w)|{_DENSE_FALLS})"
)
# A word behind a figure belongs to it where nothing but these stands between: a 3 % decline, 3%的降幅, 3%減少した.
_BEHIND = compile_folded(r"\s?(?:的|の|も|ほど|程度|に|左右|(?:de|in|der|des)\s)?\s?")
# What is said behind the figure of a level that something came from.
_ONWARDS = compile_folded(r"[至到为]|\s(?:to|auf|a|hasta|до)\s")
# Where another thing begins, and what tells a level that something comes from or is compared with.
_BREAK = compile_folded(
    r"[.,;:!?()\[\]\n|—。，；：、！？（）]|\b(?:and|or|but|while|whereas|und|oder|aber|wahrend|y|o|pero|mientras|et|ou|mais"
    r"|tandis|и|или|но|а)\b|而|但|和|与|及"
)
_DENIED = compile_folded(
    r"\b(?:not|no|never|without|nicht|kein\w*|ohne|ne|pas|sans|sin|nao|sem|non|senza|не|без|\w+n['’]t)\b"
    r"|不|未|没|无|ない|なかっ|ません|않|못|안"
)
_FROM = compile_folded(
    r"\b(?:from|than|von|als|desde|que|depuis|от|с|чем|dal?|over|above|below|under)\b|从|由|自|比|较|より|から"
)
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9.,])")
_MINUS = compile_folded(r"(?:(?<![0-9a-zа-я.,%)\]°度])[-−–]|负|零下|\b(?:minus|минус)\s|マイナス\s?|마이너스\s?)\Z")
_PLUS = re.compile(r"(?<![\w.,%)\]°])\+\Z")
_REACH, _FEW_WORDS, _FEW_DENSE = 64, 5, 12


def find_direction(text: str, start: int, end: int) -> int:
    """1 if folded text says that something rose by the figure ``text[start:end]``, -1 if it fell, 0 for neither."""
    before = text[max(start - _REACH, 0) : start]
    sign = -1 if _MINUS.search(before) else 1 if _PLUS.search(before) else 0
    word = _read_before(before) or _read_behind(text, end, before)
    if not sign or not word:
        return sign or word
    return sign if word > 0 else 0  # 增长-3% is a fall; what fell by -3 % may have fallen or risen


def _read_before(before: str) -> int:
    clause = _BREAK.split(before)[-1]
    words = list(_WORD.finditer(clause))
    if not words or _DENIED.search(clause) or len({word.lastgroup for word in words}) > 1:
        return 0
    between = _YEAR.sub("", clause[words[-1].end() :])
    is_far = len(between.split()) > _FEW_WORDS or sum(one >= "\u2e80" for one in between) > _FEW_DENSE
    if is_far or any(one.isnumeric() for one in between) or _FROM.search(between):
        return 0
    return 1 if words[-1]["rises"] else -1


def _read_behind(text: str, end: int, before: str) -> int:
    gap = _BEHIND.match(text, end)
    word = _WORD.match(text, gap.end() if gap else end)
    if not word or _ONWARDS.match(text, word.end()):
        return 0
    clause = _BREAK.split(before)[-1] + _BREAK.split(text[word.end() : word.end() + _REACH])[0]
    if _DENIED.search(clause) or _FROM.search(clause) or _WORD.search(clause):
        return 0
    return 1 if word["rises"] else -1
