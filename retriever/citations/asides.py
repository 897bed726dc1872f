"""Tells what claims nothing from what does: lead-ins, questions, remarks on the answer itself, lists of sources.

What is in doubt is a claim.
"""

from __future__ import annotations

import re

from retriever.citations.folded_patterns import compile_folded
from retriever.citations.markers import MARKER
from retriever.citations.source_names import DENSE, SourceNames
from retriever.citations.values import AsideKind
from retriever.text.normalise import fold

# Folded, for the languages that answers are mostly written in. A remark is made of nothing but such clauses: whatever
# follows one of them is a claim.
_REMARKS = compile_folded(
    r"(?:sure|certainly|of course|yes|no|okay|ok|thanks?|thank you|great question|good question"
    r"|好的|当然|是的?|不是|不|对|没错|可以|谢谢|您好|你好|はい|いいえ|こんにちは|네|아니요|да|нет|конечно|ja|nein|gerne|naturlich"
    r"|si|no|claro|por supuesto|oui|non|bien sur|sim|nao)"
    r"|(?:i|we) (?:hope|trust) (?:this|that|it)\b.{0,40}"
    r"|(?:and |but |please |just )*(?:let me know|tell me|do not hesitate|don.?t hesitate"
    r"|ask(?= me| any| more| further| another| if|\Z)|feel free(?= to (?:ask|contact|reach|let|tell|share)|\Z))"
    r"\b.{0,40}"
    r"|(?:and )?if (?:you (?:have|need|want|would like)|there is)\b.{0,40}"
    r"\b(?:questions?|information|details?|help|assistance|clarifications?|know|more|else|further|anything)\b.{0,20}"
    r"|i.{0,12} (?:happy|glad) to help.{0,20}"
    r"|(?:希望|但愿)(?:以上|这些?|上述|能|对您|对你).{0,24}(?:帮助|有用|有所帮助|参考).{0,4}"
    r"|如(?:果|有|您|你|需).{0,12}(?:疑问|问题|需要|需求|帮助|想|信息|细节|了解).{0,12}|(?:请|欢迎|可以).{0,4}(?:告诉我|提问|继续|随时|联系我).{0,8}"
    r"|(?:お役に立て|ご参考|ほかに).{0,24}|(?:надеюсь|если у вас есть вопросы)\b.{0,40}"
    r"|(?:espero que (?:esto|le|te)|si (?:tienes|tiene|necesita))\b.{0,40}"
    r"|(?:ich hoffe,? (?:das|dies)|wenn sie (?:fragen|noch))\b.{0,40}"
    r"|(?:j.?espere que|n.?hesitez pas)\b.{0,40}"
)
_ON_SOURCES = compile_folded(
    r"\b(?:documents?|excerpts?|context|sources?|passages?|texts?|information|materials?|report|plan)\b.{0,40}"
    r"\b(?:do(?:es)?(?:n.?t| not)|did(?:n.?t| not)|no|nothing|cannot|can.?t)\b.{0,24}"
    r"\b(?:say|says|mention|contain|include|state|specify|provide|cover|answer|information|tell|give)\b"
    r"|\b(?:i|we) (?:could not|couldn.?t|cannot|can.?t|did not|didn.?t|do not|don.?t) (?:find|see|answer|know"
    r"|have(?= (?:any |enough |the |more |sufficient )*(?:information|details?|data|access|answers?|evidence)))\b"
    r"|(?:资料|文档|文件|材料|片段|摘录|上下文|原文|文中|来源|报告)(?:中|里|内|之中)?.{0,8}"
    r"(?:没有|并未|未曾|未|无)(?:直接|明确|具体)?(?:提到|提及|说明|包含|给出|涉及|记载|回答|相关|找到|列出)"
    r"|(?:\A|[,，;；。]|我们?|暂时?|目前|但|不过)\s?(?:没有|未能?|无法)(?:在.{0,12})?(?:找到|查到|回答|确定)"
    r"|(?:資料|文書|抜粋|文脈).{0,10}(?:ありません|記載がない|見つかりません|書かれていません)"
    r"|\b(?:документ\w*|источник\w*|отрывк\w*|текст\w*)\b.{0,20}\bне (?:упомина|содерж|указ|говор|сказ)"
    r"|\b(?:los? |las? )?(?:documentos?|fragmentos?|fuentes?|textos?)\b.{0,12}\bno (?:menciona|contiene|dice|indica)"
    r"|\b(?:dokumente?|quellen?|auszuge?|texte?)\b.{0,40}\b(?:nicht|keine?)\b.{0,24}\b(?:erwahn|enthalt|angab|information)"
    r"|\bles? (?:documents?|extraits?|sources?)\b.{0,12}\bne (?:mentionn|contien|dis|precis)"
)
# What leads to a claim, and what announces some. By itself it claims nothing; "in summary, the bridge is closed" does.
_CONNECTIVES = compile_folded(
    r"(?:in (?:summary|short|brief|conclusion)|to (?:sum up|summari[sz]e)|overall"
    r"|(?:based on|according to|from) (?:the |these |this |your |provided |given |above )*"
    r"(?:documents?|excerpts?|context|sources?|passages?|texts?|information)"
    r"(?: (?:i have|you )?(?:provided|given|gave me|shared|above))?"
    r"|综上(?:所述)?|总之|总的来说|概括(?:来说|如下)|简单来说|具体(?:来说|如下)?"
    r"|(?:根据|依据|按照)(?:提供的?|上述|以上|所给|这些|相关)?的?(?:资料|文档|文件|材料|内容|信息|上下文|片段)"
    r"|要約すると|まとめると|в итоге|согласно (?:документам|источникам)"
    r"|en resumen|segun (?:los|las) (?:documentos|fuentes|textos)|zusammengefasst|zusammenfassend|en resume)(?!\w)"
    r"|(?:综上(?:所述)?|总之|要約すると|まとめると)"
)
_ANNOUNCEMENTS = compile_folded(
    r"(?:here (?:is|are)|here.s|these are|below (?:is|are)) [^,:;]{0,32}\b(?:found|points?|findings?|summar\w+|answers?"
    r"|details|facts|results?|steps|reasons|overview|list|information|excerpts?|sources?|passages?|say|says)\b[^,:;]{0,12}"
    r"|以下(?:是|为)?[^，。：；]{0,12}(?:内容|要点|信息|答案|回答|总结|说明|情况|结果|摘要|概述|介绍)"
    r"|(?:主要|具体)?(?:包括|有|分为)?(?:以下|如下)(?:.{0,3}(?:点|方面|内容|情况))?"
    r"|以下の通り(?:です)?|以下に.{0,12}|вот что .{0,24}|a continuacion|voici .{0,24}"
)
_QUESTION_END = compile_folded(
    r"[?？؟;]?[?？؟][\s\"'”’」』）)*_]*\Z|(?:吗|呢|(?<![らやほなずしわ静確僅豊愚遥微])か)[。？?]*\Z"
)
_COLON_END = re.compile(r"[:：][\s*_]*\Z")
_FIGURE = re.compile(r"\d")
_SOURCE_LIST = re.compile(
    r"[\s>*_#-]*(?:sources?|references?|citations?|bibliography|参考(?:资料|文献|来源)?|来源|资料来源|引用(?:来源)?|出处"
    r"|参考|出典|источники?|fuentes?|referencias?|quellen?)[\s*_]*(?:[:：]|\Z)",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"[\s>*-]*\[\^?\d{1,3}\]:")
_LONGEST_KEYWORD = 24
_CLAUSE_MARK = re.compile(r"[\s,.!;:。！，、；：—–-]*[,.!;:。！，；：—–][\s,.!;:。！，、；：—–-]*")
_CLAUSE_END = re.compile(r"[,，;；]|\bbut\b")
_PADDING = " \t,.:;!，、：；。！…"
_ITEM_MARK = re.compile(rf"{MARKER.pattern}|[,;，；、]")
# Characters of scripts without spaces count as words, and words of others.
_WORD = re.compile(rf"[{DENSE}]|[^\W_{DENSE}]+")
_LETTERS = re.compile(rf"[{DENSE}]|[^\W\d_{DENSE}]+")
_ADDRESS = re.compile(rf"\s*\S{{1,200}}\.[A-Za-z0-9]{{1,5}}\s*|\s*[^\s{DENSE}]{{1,300}}[./][^\s{DENSE}]{{1,300}}\s*")
_SENTENCE_END = re.compile(r"[.。!！][\s*_\"'”’」』）)]*\Z")
# So many words, or characters of a script without spaces, may be the title of a source that is not known.
_SHORT_TITLE = 2
# So many words beside a figure claim something.
_LEAST_CLAIM = 3
# So many are a sentence, if they end as one.
_LEAST_SENTENCE = 4


def find_kind(words: str, cited: tuple[int, ...], *, ends_line: bool) -> AsideKind | None:
    """Why a sentence claims nothing; None where it claims something.

    - ``words``: the sentence without marks and markup
    - ``cited``: what it cites; a sentence that cites is a remark only if it says nothing at all
    - ``ends_line``: whether it is the last one of its line, where a colon leads to a list
    """
    folded = fold(words).strip()
    if not has_words(folded):
        return "remark"
    if _QUESTION_END.search(folded):
        return "question"
    if cited:
        return "lead-in" if _leads_in(folded) else None
    if _is_remark(folded) or (_ON_SOURCES.search(folded) and not _has_figured_clause(folded)):
        return "remark"
    if _leads_in(folded):
        return "lead-in"
    if ends_line and _COLON_END.search(folded) and not _FIGURE.search(folded):
        return "lead-in"
    return None


def _is_remark(folded: str) -> bool:
    clauses = [clause for clause in _CLAUSE_MARK.split(folded) if clause]
    return not _FIGURE.search(folded) and all(map(_REMARKS.fullmatch, clauses))


def _has_figured_clause(folded: str) -> bool:
    """Whether a clause beside what is said of the sources has a figure: "…, but it costs 500 yuan"."""
    return any(
        _FIGURE.search(clause) and not _ON_SOURCES.search(clause) and len(_LETTERS.findall(clause)) >= _LEAST_CLAIM
        for clause in _CLAUSE_END.split(folded)
    )


def _leads_in(folded: str) -> bool:
    connective = _CONNECTIVES.match(folded)
    rest = folded[connective.end() if connective else 0 :].strip(_PADDING)
    return not rest or bool(_ANNOUNCEMENTS.fullmatch(rest) and not _FIGURE.search(rest))


def is_sentence(text: str) -> bool:
    """Whether a line set as a heading reads as a sentence, and so claims something."""
    return bool(_SENTENCE_END.search(text)) and len(_WORD.findall(text)) >= _LEAST_SENTENCE


def has_words(text: str) -> bool:
    """Whether there is a letter or digit."""
    return any(map(str.isalnum, text))


def is_reference(line: str, names: SourceNames) -> bool:
    """Whether a line of an answer names sources, or defines a mark, instead of claiming something."""
    start = _DEFINITION.match(line) or _SOURCE_LIST.match(line)
    if start:
        return all(_is_title(item, names) for item in _split_items(line[start.end() :]))
    words = MARKER.sub(" ", line)
    return words != line and (not has_words(words) or names.include(words))


def _split_items(listed: str) -> list[str]:
    place, items = 0, []
    for mark in _ITEM_MARK.finditer(listed):
        items.append(listed[place : mark.start()])
        place = mark.end()
    return [*items, listed[place:]]


def _is_title(item: str, names: SourceNames) -> bool:
    """Whether an item of a list of sources names one, rather than saying something."""
    return len(_WORD.findall(item)) <= _SHORT_TITLE or bool(_ADDRESS.fullmatch(item)) or names.include(item)


def may_be_reference(beginning: str, names: SourceNames) -> bool:
    """Whether a line that begins so may be one."""
    start = _SOURCE_LIST.match(beginning[:_LONGEST_KEYWORD])
    return bool(start) or names.may_include(MARKER.sub(" ", beginning))
