"""Tells what claims nothing from what does: lead-ins, questions, remarks on the answer itself, lists of sources.

What is in doubt is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from retriever.citations.markers import MARKER
from retriever.citations.values import AsideKind
from retriever.text.normalise import fold

# Folded, for the languages that answers are mostly written in. Each is a whole sentence, up to its own content.
_REMARKS = re.compile(
    r"(?:sure|certainly|of course|yes|no|okay|ok|thanks?|thank you|great question|good question"
    r"|好的|当然|是的?|不是|不|对|没错|可以|谢谢|您好|你好|はい|いいえ|こんにちは|네|아니요|да|нет|конечно|ja|nein|gerne|naturlich"
    r"|si|no|claro|por supuesto|oui|non|bien sur|sim|nao)[\s,.!。！，、]*\Z"
    r"|(?:i|we) (?:hope|trust) (?:this|that|it)\b.*"
    r"|(?:please )?(?:let me know|feel free to|do not hesitate|don.?t hesitate)\b.*"
    r"|(?:if you (?:have|need|want|would like))\b.*\b(?:let me know|ask|help|tell me)\b.*"
    r"|(?:希望|但愿)(?:以上|这些?|上述|能|对您|对你).{0,24}(?:帮助|有用|有所帮助|参考).{0,4}"
    r"|如(?:果|有|您|你|需)?.{0,20}(?:请告诉我|请随时|欢迎提问|可以继续|请继续).{0,12}"
    r"|(?:お役に立て|ご参考|ほかに).{0,24}|(?:надеюсь|если у вас есть вопросы)\b.*"
    r"|(?:espero que (?:esto|le|te)|si (?:tienes|tiene|necesita))\b.*"
    r"|(?:ich hoffe,? (?:das|dies)|wenn sie (?:fragen|noch))\b.*"
    r"|(?:j.?espere que|n.?hesitez pas)\b.*"
)
_ON_SOURCES = re.compile(
    r"\b(?:the |these |this |provided |given |available |above )*"
    r"(?:documents?|excerpts?|context|sources?|passages?|texts?|information|materials?|report|plan)\b.{0,40}"
    r"\b(?:do(?:es)?(?:n.?t| not)|did(?:n.?t| not)|no|nothing|cannot|can.?t)\b.{0,24}"
    r"\b(?:say|says|mention|contain|include|state|specify|provide|cover|answer|information|tell|give)\b"
    r"|\b(?:i|we) (?:could not|couldn.?t|cannot|can.?t|did not|didn.?t|do not|don.?t) (?:find|see|answer|know|have)\b"
    r"|(?:资料|文档|文件|材料|片段|摘录|上下文|原文|文中|来源|报告)(?:中|里|内|之中)?.{0,8}"
    r"(?:没有|并未|未曾|未|无)(?:直接|明确|具体)?(?:提到|提及|说明|包含|给出|涉及|记载|回答|相关|找到|列出)"
    r"|(?:没有|未能?|无法)(?:在.{0,12})?(?:找到|查到|回答|确定)"
    r"|(?:資料|文書|抜粋|文脈).{0,10}(?:ありません|記載がない|見つかりません|書かれていません)"
    r"|\b(?:документ\w*|источник\w*|отрывк\w*|текст\w*)\b.{0,20}\bне (?:упомина|содерж|указ|говор|сказ)"
    r"|\b(?:los? |las? )?(?:documentos?|fragmentos?|fuentes?|textos?)\b.{0,12}\bno (?:menciona|contiene|dice|indica)"
    r"|\b(?:dokumente?|quellen?|auszuge?|texte?)\b.{0,40}\b(?:nicht|keine?)\b.{0,24}\b(?:erwahn|enthalt|angab|information)"
    r"|\bles? (?:documents?|extraits?|sources?)\b.{0,12}\bne (?:mentionn|contien|dis|precis)"
)
_LEAD_INS = re.compile(
    r"(?:here (?:is|are)|here.s|these are|in (?:summary|short|brief|conclusion)|to (?:sum up|summari[sz]e)|overall"
    r"|(?:based on|according to|from) (?:the |these |this |your |provided |given |above )*"
    r"(?:documents?|excerpts?|context|sources?|passages?|texts?|information)"
    r"|以下(?:是|为|内容)|综上(?:所述)?|总之|总的来说|概括(?:来说|如下)|简单来说|具体(?:来说|如下|包括)?|主要(?:包括|有|如下)"
    r"|(?:根据|依据|按照)(?:提供的?|上述|以上|所给|这些|相关)?的?(?:资料|文档|文件|材料|内容|信息|上下文|片段)"
    r"|要約すると|まとめると|以下(?:の通り|に)|в итоге|вот что|согласно (?:документам|источникам)"
    r"|en resumen|a continuacion|segun (?:los|las) (?:documentos|fuentes|textos)|zusammengefasst|zusammenfassend"
    r"|en resume|voici)[^.。!！]{0,40}?[\s,.:，、：。]*\Z"
)
_QUESTION_END = re.compile(r"[?？؟;]?[?？؟][\s\"'”’」』）)*_]*\Z|(?:吗|呢|か)[。？?]*\Z")
_COLON_END = re.compile(r"[:：][\s*_]*\Z")
_FIGURE = re.compile(r"\d")
_SOURCE_LIST = re.compile(
    r"[\s>*_#-]*(?:sources?|references?|citations?|bibliography|参考(?:资料|文献|来源)?|来源|资料来源|引用(?:来源)?|出处"
    r"|参考|出典|источники?|fuentes?|referencias?|quellen?)[\s*_]*(?:[:：]|\Z)"
)
_DEFINITION = re.compile(r"[\s>*-]*\[\^?\d{1,3}\]:")
_LONGEST_KEYWORD = 24


def find_kind(words: str, cited: tuple[int, ...], *, ends_line: bool) -> AsideKind | None:
    """Why a sentence claims nothing; None where it claims something.

    Parameters:
        words: the sentence without marks and markup
        cited: what it cites; a sentence that cites is a remark only if it says nothing at all
        ends_line: whether it is the last one of its line, where a colon leads to a list
    """
    folded = fold(words).strip()
    if not has_words(folded):
        return "remark"
    if _QUESTION_END.search(folded):
        return "question"
    if cited:
        return "lead-in" if _LEAD_INS.fullmatch(folded) else None
    if _REMARKS.match(folded) or _ON_SOURCES.search(folded):
        return "remark"
    if _LEAD_INS.match(folded):
        return "lead-in"
    if ends_line and _COLON_END.search(folded) and not _FIGURE.search(folded):
        return "lead-in"
    return None


def has_words(text: str) -> bool:
    """Whether there is a letter or digit."""
    return any(map(str.isalnum, text))


def is_reference(line: str, is_source: Callable[[str], bool]) -> bool:
    """Whether a line of an answer names sources, or defines a mark, instead of claiming something."""
    if _DEFINITION.match(line) or _SOURCE_LIST.match(fold(line)):
        return True
    words = MARKER.sub(" ", line)
    return words != line and (not has_words(words) or is_source(words))


def may_be_reference(beginning: str) -> bool:
    """Whether a line that begins so may be one."""
    return bool(_SOURCE_LIST.match(fold(beginning[:_LONGEST_KEYWORD])))
