"""Words by which a clause denies, forbids or allows something, in the languages whose denials are known, folded."""

from __future__ import annotations

#: Words that deny what a clause says.
DENIALS = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t)\b",
    "zh": r"没有|没|不(?![同少久断仅但过足管论])|唔(?![该該使])|冇|未(?!来)|无(?!论|疑|人机|障碍|线)|非(?!常|洲)"
    r"|勿|免(?!费)",
    "de": r"\b(?:nicht|kein\w*|nie(?:mals|mand)?|ohne|weder|nichts)\b",
    "es": r"\b(?:no|nunca|jamas|nadie|nada|ningun\w*|sin|tampoco|ni)\b",
    "fr": r"\b(?:ne|n'|pas|jamais|aucun\w*|sans|rien|ni)\b",
    "ru": r"\b(?:не|нет|ни|без|нельзя|никогда|никто|никак\w*)\b",
    "ja": r"ない|なかっ|ません|なく|ずに|無し|無い|不可",
    "ko": r"않|없|못|아니",
    "ar": r"(?<!\w)(?:لا|لم|لن|ليس\w*|غير|بدون|دون)(?!\w)",
    "pt": r"\b(?:nao|nunca|jamais|ninguem|nada|nenhum\w*|sem|nem)\b",
    "it": r"\b(?:non|mai|nessun\w*|niente|nulla|senza)\b",
    "tr": r"\b(?:degil\w*|yok\w*|hicbir)\b",
    "hi": r"नहीं|बिना",
    "th": r"ไม่|ห้าม|มิได้",
    "vi": r"\b(?:khong|chua|chang)\b",
    "he": r"(?<!\w)(?:לא|אין|אינ\w{1,2}|בלי|ללא|אסור)(?!\w)",
    "el": r"\b(?:δεν|μην?|χωρις|ποτε|κανεις|ουτε|τιποτα)\b",
    "pl": r"\b(?:nie|bez|nigdy|nikt|zad\w+|ani)\b",
    "uk": r"\b(?:не|ні|без|немає|ніколи|ніхто)\b",
    "nl": r"\b(?:niet|geen|nooit|zonder|niemand|niets)\b",
}
#: Bounds are not denials: not more than 5 is at most 5. Nor do words for may and must say more than that.
NEUTRAL = {
    "en": r"\b(?:(?:(?:may|must|shall|can|could|will|would|should) ?not (?:\w+ ){0,3}|not (?:\w+ )?)"
    r"(?:(?:more|less|fewer|later|earlier|longer) than|over|above|below|under)(?= \W?[0-9])"
    r"|(?:may|must|shall|can|could|will|would|should) ?not exceed\w*"
    r"|no(?:t)? (?:more|less|fewer|later|earlier) than|(?:not?|never|without) (?:to )?exceed\w*|not only|do"
    r"|does|did|is|are|was|were|be|been|has|have|had|may|can|could|will|would|shall|must|should|any|the|an?)\b",
    "zh": r"(?:不(?:得|能|可|应|会)?|未|没有)(?:超过|少于|低于|高于|小于|大于|多于|晚于|早于|超)|不仅|不但|可以"
    r"|能够|应当|必须|仍然|已经|[可能应须将已得了的]",
    "de": r"\bnicht (?:\w+ ){0,3}(?:mehr|weniger|langer|hoher) als(?= [0-9])|\bnicht uber(?:steig|schreit)\w+"
    r"|\bnicht (?:mehr|weniger|nur|spater|langer) ?(?:als)?\b|\b(?:darf|durfen|kann|konnen|wird|werden|ist|sind)\b",
    "es": r"\b(?:no|sin) (?:\w+ ){0,2}super(?:a|an|ar|ara|aran|e|en)\b"
    r"|\bno (?:mas|menos|solo) ?(?:de|que)?\b|\b(?:puede|pueden|debe|deben|se|es|son|fue|el|la|los|las)\b",
    "fr": r"\b(?:ne |n['’]|sans )(?:\w+ ){0,2}(?:depass|exced)\w+(?: pas)?"
    r"|\bpas (?:plus|moins|seulement) ?(?:de|que)?\b|\b(?:peut|peuvent|doit|doivent|est|sont|le|la|les)\b",
    "ru": r"\bне (?:\w+ ){0,2}превы(?:ша|си)\w+|\bне (?:более|менее|больше|меньше|выше|ниже|только|позднее|реже)\b"
    r"|\b(?:может|могут|должен|должны|был\w*|будет)\b",
    "ja": r"を超えな|を下回らな|を上回らな",
    "ko": r"[을를] (?:넘지|초과하지) (?:않|못)",
    "pt": r"\bnao (?:mais|menos|so) ?(?:de|do)?\b|\bnao (?:\w+ ){0,2}(?:super|exced)\w+",
    "it": r"\bnon (?:piu|meno|solo) ?(?:di|che)?\b|\bnon (?:\w+ ){0,2}super\w+",
    "vi": r"\bkhong (?:qua|duoi|hon|it hon|vuot qua)\b",
    "th": r"ไม่(?:เกิน|น้อยกว่า|มากกว่า|ต่ำกว่า|เพียง)",
    "ar": r"(?<!\w)لا (?:يقل|تقل|يزيد|تزيد|يتجاوز|تتجاوز)(?!\w)",
    "nl": r"\bniet (?:meer|minder|langer|alleen) ?(?:dan)?\b",
    "pl": r"\bnie (?:wiecej|mniej|tylko|dluzej)(?: niz)?\b|\bnie przekracz\w+",
    "uk": r"\bне (?:\w+ ){0,2}перевищ\w+|\bне (?:більше|менше|більш|менш|тільки|лише)\b",
}
#: What forbids or refuses, and so says the opposite of what allows or agrees. Not before a noun: the rejected plan.
REFUSALS = {
    "en": r"(?<!\bthe )(?<!\ba )(?<!\bof )\b(?:prohibit(?:s|ed)?|forbid(?:s|den)?|forbade|banned|reject(?:s|ed)?"
    r"|refuse[sd]?|dismiss(?:es|ed)|veto(?:es|ed)|(?:voted|turned) down)\b",
    "zh": r"禁止|严禁|(?:拒绝|否决|驳回)(?![权的])|反对(?![派党的票])",
    "de": r"\b(?:verboten|untersagt|unzulassig|verbietet|abgelehnt|zuruckgewiesen)\b|\blehn\w+\b(?=[^.]{0,200}\bab\b)",
    "es": r"\b(?:prohib(?:e|en|io|id[oa]s?|ieron)|rechaz(?:o|a|an|aron|ad[oa]s?)|den(?:iega|egad[oa]s?|ego))\b",
    "fr": r"\b(?:interdi(?:te?s?|sent)|rejet(?:te|tent|ees?|es?|erent)|refus(?:ees?|es?|ent|a|erent))\b",
    "ru": r"\b(?:запре(?:щен|щает|тил)\w*|отклон(?:ил|ен|яет)\w*|отверг\w*|отказал\w*)\b",
}
#: What allows or agrees, which a clause without such words may say as well.
CONSENTS = {
    "en": r"\b(?:approv(?:es?|ed|ing)|allow(?:s|ed)?|permit(?:s|ted)|permissible|accept(?:s|ed)?|adopt(?:s|ed)?"
    r"|agree[sd]?|authori[sz]e[sd]?|uph[eo]ld)\b",
    "zh": r"批准|通过|同意|允许|准许|赞成|支持",
    "de": r"\b(?:erlaubt|gestattet|zulassig|genehmig(?:t|te|ten)|zugestimmt|bewilligt\w*|gebilligt)\b"
    r"|\bstimm\w+\b(?=[^.]{0,200}\bzu\b)",
    "es": r"\b(?:permit(?:e|en|io|id[oa]s?)|autoriz(?:a|o|ad[oa]s?)|aprob(?:o|aron|ad[oa]s?)"
    r"|aprueban?|acept(?:o|a|ad[oa]s?))\b",
    "fr": r"\b(?:autoris(?:e|es|ee|ees|a)|permis(?:e|es)?|permet"
    r"|(?:approuv|adopt)(?:e|es|ee|ees|a)|accept(?:e|es|ee|ees|a))\b",
    "ru": r"\b(?:разреш(?:ен|ает|ил)\w*|можно|одобр(?:ил|ен|яет)\w*|утверд(?:ил|ен)\w*"
    r"|приня[лт]\w*|согласил\w*)\b",
}
