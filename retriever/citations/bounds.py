"""Tells whether a text says of a figure that something is at least or at most as much: 不超过4%, more than 4 %.

Only words that stand right by the figure count, with a negation right before them. What is in doubt is not a bound.
"""

from __future__ import annotations

from retriever.citations.denial_words import DENIALS, REFUSALS
from retriever.citations.folded_patterns import compile_folded

# Comparisons, which a negation turns round: more than, and not more than.
_MORE = (
    r"more than|over|above|(?:great|high|long|larg)er than|exceed\w*|in excess of|upwards of"
    r"|mehr als|uber|(?:hoher|gro(?:ss|ß)er|langer) als|plus de|superieure?s? a|au-dela de|depass\w+(?: pas)?"
    r"|exced\w+(?: pas)?"
    r"|mas de|superior(?:es)? al?|super(?:a|an|ar|ara|aran|e|en|o|aron)|exced(?:e|en|er|era|eran|a|an|io)"
    r"|mais d[eo]|acima de|piu di|oltre|superior[ei] a[l]?"
    r"|(?:более|больше) чем на|более|больше|свыше|выше|превы(?:ша|си)\w+"
    r"|أكثر من|يزيد (?:عن|على)|تزيد (?:عن|على)|يتجاوز|تتجاوز|hon|tren|lebih dari"
)
_LESS = (
    r"(?:less|fewer|lower|shorter|smaller) than|under|below|weniger als|unter|(?:niedrig|kurz|klein|gering)er als"
    r"|moins de|inferieure?s? a|menos d[eo]|inferior(?:es)? al?|abaixo de|meno di|inferior[ei] a[l]?"
    r"|(?:менее|меньше) чем на|менее|меньше|ниже|أقل من|يقل عن|تقل عن|duoi|kurang dari"
)
_LEAST = (
    r"at least|(?:a )?minimum of|mindestens|wenigstens|au moins|au minimum|al menos|por lo menos|como minimo"
    r"|minimo(?: de)?|pelo menos|no minimo|almeno|как минимум|минимум|по (?:меньшей|крайней) мере|على الأقل"
    r"|it nhat|toi thieu|setidaknya|paling sedikit"
)
_MOST = (
    r"at most|up to|(?:a )?maximum of|within|hochstens|maximal|bis zu|au plus|au maximum|jusqu'a"
    r"|como maximo|maximo(?: de)?|a lo sumo|no maximo|al massimo|максимум|самое большее"
    r"|على الأكثر|toi da|khong qua|nhieu nhat|paling banyak"
)
_DENSE_MORE = r"超过|超出|高于|多于|大于|长于|逾|超|มากกว่า|เกิน(?:กว่า)?"
_DENSE_LESS = r"少于|低于|小于|短于|น้อยกว่า|ต่ำกว่า"
_DENSE_LEAST = r"至少|最少|最低|最短|起码|少なくとも|最小|최소|적어도|อย่างน้อย"
_DENSE_MOST = r"至多|最多|最高|最长|最大|不足|不到|未满|최대|최고|最長|อย่างมาก"
_NOT = (
    r"(?:\b(?:(?:may|must|shall|can|could|will|would|should) ?not(?:\s\w+){0,3}|not"
    r"|no(?!\s(?:max|min)imo)|never|nor|cannot|without|\w+n['’]t|nicht|kein\w{0,2}|nie|ohne|ne|n['’]|pas|sans|jamais|sin|nunca"
    r"|nao|sem|non|senza|не|без|لا|لم|لن|khong|tidak)(?:\s|(?<=['’]))(?!(?:only|nur|seulement|solo|so|только)\s)"
    r"(?:(?:be|to|have|has|been|is|are|was|were|cost|any|pas|doi\w+|peu\w+|etre|puede\w*|podra\w*|debe\w*|ser|es|deve\w*"
    r"|pode\w*|puo|essere|должн\w+|может|могут|быть|duoc|boleh)\s){0,2}(?:[^\W\d_]+\s(?:by\s|de\s|d'|um\s)?)?"
    r"|(?:不|未|没有|没|勿)(?:(?:得|能|可以|可|应|会|许|准|要)[\u4e00-\u9fff]{0,2}?)?|ไม่(?:ควร|ได้|ให้)?)"
)
# What may stand between such a word and the figure.
_GAP = (
    r"了?(?:\s?(?:by|a|an|the|um|d[eio]|el|la|los|las|un|una|le|les|al|von|на|عن)(?!\w))?"
    r"\s?(?:(?:us|hk)?[$€£¥₽₩]|人民币)?\s?\Z"
)
_BEFORE = compile_folded(
    rf"(?P<denied>{_NOT})?(?:(?<!\w)(?:(?P<more>{_MORE})|(?P<less>{_LESS})|(?P<least>{_LEAST})|(?P<most>{_MOST}))(?!\w)"
    rf"|(?P<dense_more>{_DENSE_MORE})|(?P<dense_less>{_DENSE_LESS})|(?P<dense_least>{_DENSE_LEAST})"
    rf"|(?P<dense_most>{_DENSE_MOST})){_GAP}"
)
_COUNTED = r"(?:岁|周岁|名|人|个|件|家|户|所|次|歳|명|살|세|개|년|원)?\s?"
_AT_LEAST_BEHIND = (
    r"以上|を超え(?!な)|を上回(?!ら)|を下回らな|超(?=[のだで。、])|이상|초과(?!하지|할 수 없)"
    r"|[을를] (?:넘(?!지)|초과(?!하지|할 수 없)|웃)"
    r"|(?:or|and) (?:more|above|over|higher|older)|oder (?:mehr|langer|hoher)|und (?:mehr|alter)|et plus|ou plus|o mas"
    r"|ou mais|o piu|и (?:более|больше|выше|старше)|или более|ขึ้นไป|فأكثر|أو أكثر|tro len|uber(?:steig|schreit)\w+"
)
_AT_MOST_BEHIND = (
    r"以下(?!简称)|以内|之内|未満|を超えな|を下回(?!ら)|を上回らな|이하|미만|이내|초과하지 ?(?:않|못|말)"
    r"|[을를] (?:(?:넘지|초과하지) ?(?:않|못|말|아니)|밑)"
    r"|(?:or|and) (?:less|fewer|under|below|lower|younger)|oder weniger|und (?:weniger|junger)|ou moins|o menos"
    r"|ou menos|o meno|и (?:менее|меньше|ниже|младше)|или менее|أو أقل|فأقل|tro xuong|nicht uber(?:steig|schreit)\w+"
)
# Words before a figure, which end what is said where they stand behind it: 4 % au plus.
_LAST = r"(?=\s*(?:[.,;:!?()\n]|\Z))"
_BEHIND = compile_folded(
    rf"\s?{_COUNTED}(?:(?P<least>{_AT_LEAST_BEHIND})|(?P<most>{_AT_MOST_BEHIND})"
    rf"|(?P<last_least>{_LEAST}|minimum){_LAST}|(?P<last_most>{_MOST}|maximum){_LAST})"
)
_ONLY = compile_folded(
    r"(?:not only|nicht nur|non seulement|pas seulement|no solo|nao so|non solo|не только|不仅|不只)\s?\Z"
)
# In these languages what goes over five years may last as long.
_OVER = frozenset(("over", "uber", "oltre", "above"))
# Nobody may enter with fewer than three: what is denied beside a bound may turn it round.
_DENIED = compile_folded("|".join((*DENIALS.values(), *REFUSALS.values())))
_END = compile_folded(r"[.;!?\n。；！？]")
_CLAUSE = compile_folded(r"[.,;:!?()\[\]\n。，；：、！？（）]")
_REACH = 64


def find_bound(text: str, start: int, end: int, *, is_time: bool) -> int:
    """1 if folded text says that ``text[start:end]`` is the least or less than what there is, -1 the most, 0 neither.

    - ``text``: the text, folded
    - ``start``: where the figure begins
    - ``end``: where it ends, with its unit
    - ``is_time``: whether it is a length of time
    """
    before = _read_before(_CLAUSE.split(text[max(start - _REACH, 0) : start])[-1], is_time=is_time)
    match = _BEHIND.match(text, end)
    behind = 0 if match is None else 1 if match["least"] or match["last_least"] else -1
    if before * behind < 0 or not before + behind:
        return 0
    after = match.end() if match else end
    is_denied = _DENIED.search(_END.split(text[after : after + _REACH])[0]) is not None
    return 0 if is_denied else before or behind


def _read_before(clause: str, *, is_time: bool) -> int:
    match = _BEFORE.search(clause)
    if match is None or (is_time and match["more"] in _OVER):
        return 0
    before = clause[: match.start()]
    is_comparison = any(match[name] for name in ("more", "less", "dense_more", "dense_less"))
    if _DENIED.search(before) or _ONLY.search(before) or (match["denied"] and not is_comparison):
        return 0
    says_more = any(match[name] for name in ("more", "least", "dense_more", "dense_least"))
    return -1 if says_more == bool(match["denied"]) else 1
