"""Finds the title of a document without a marked-up one: a short line near the beginning that looks like a title.

No title is better than a wrong one: a greeting, a date, an advertisement or a first sentence is not a title.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise

from retriever.chunking.markers import find_line_marker
from retriever.chunking.outline import display_width, iter_lines
from retriever.types import Document, Span

_MAX_LINES = 30
_MAX_WIDTH = 100
_LONG_LINE_WIDTH = 120

# Kinds of document that titles end with.
_KIND = re.compile(
    "(?:讲话|报告|通知|意见|方案|办法|条例|规定|细则|规则|规程|决定|决议|公告|通告|通报|公报|总结|计划|规划|纲要|要点|纪要|请示|批复"
    "|致辞|发言|心得体会|体会|材料|章程|制度|说明|倡议书|白皮书|指南|手册|講話|報告|辦法|條例|規定|決定|計劃|規劃"
    "|について|お知らせ|要綱|要領|概要|計画|の件|계획|보고서?|규정|안내)"
    "(?:[（(《【].{1,20}[）)》】])?$"
)
_NOT_A_TITLE = re.compile(
    "[（(【\\[*＊=#—-].*[）)】\\]*＊=#—-]$"
    "|.{0,12}(?:[0-9０-９X]{2,4}|[〇零一二三四五六七八九]{4})\\s?[年./-].{0,12}[日0-9]\\s?[）)]?$"
    "|(?:作者|来源|來源|时间|日期|编辑|发布|文号|网址|电话|QQ|http|www\\.|By |Date|Author|Source|Page\\b)"
)
_GREETING = re.compile(
    ".{0,40}(?:同志们|同志們|朋友们|代表|委员|各位.{0,12}|女士.{0,8}|先生们?|单位|部门|政府|老师们?|同学们?"
    "|Dear .{1,40}|Sehr geehrte.{1,40}|Уважаемы.{1,40}|Estimad.{1,40})\\s*[：:，,！!]$"
)
# Names that programs give to sheets, and those of sheets about the others.
_PLAIN_SHEET = re.compile(
    r"(?:sheet|工作表|シート|시트|tabelle|feuil|hoja|planilha|foglio|лист)\s?\d*"
    r"|(?:填[表报])?(?:说明|說明)|目[录錄次]|封面|readme|notes?|contents|index|cover",
    re.IGNORECASE,
)
_ENDS = "。！？；;，,、：:!?…."


def find_title(document: Document) -> str:
    """The title in the document's text; "" if none is found.

    These are tried in order, within the first lines: the line above a greeting ("同志们："), the first line that ends
    with a kind of document (…的报告), and the very first line if it is short and set apart from what follows. The name
    of a sheet is one in the last case only, if it says anything: not 说明 or Sheet1.
    """
    text = document.text
    first = list(islice(iter_lines(text[:8_000]), _MAX_LINES))
    if not first:
        return ""
    sheets = {heading.start for heading in document.headings or ()} if document.places else set()
    head = _find_candidates(text, first)
    at = _find_above_greeting(text, first)
    if at is None:
        at = next((index for index in head if _is_kind(text, first[index], sheets)), None)
    if at is None and head[:1] == [0] and _is_set_apart(text, first) and not _is_plain_sheet(text, first[0], sheets):
        at = 0
    return _join_title_lines(text, first, at) if at is not None else ""


def _line_text(text: str, line: Span) -> str:
    return text[line.start : line.end]


def _is_kind(text: str, line: Span, sheets: set[int]) -> bool:
    return line.start not in sheets and _KIND.search(_line_text(text, line)) is not None


def _is_plain_sheet(text: str, line: Span, sheets: set[int]) -> bool:
    """Whether a line is the name of a sheet that tells nothing of the workbook."""
    return line.start in sheets and _PLAIN_SHEET.fullmatch(_line_text(text, line)) is not None


def _is_candidate(text: str, line: Span) -> bool:
    words = _line_text(text, line)
    return (
        display_width(words[:200]) <= _MAX_WIDTH
        and words[-1] not in _ENDS
        and not _NOT_A_TITLE.match(words)
        and any(character.isalpha() for character in words)
        and not find_line_marker(text, line.start, line.end)
    )


def _find_candidates(text: str, first: list[Span]) -> list[int]:
    """The candidates among the lines before the first long line or numbered heading."""
    candidates = []
    for index, line in enumerate(first):
        if display_width(_line_text(text, line)[:_LONG_LINE_WIDTH]) >= _LONG_LINE_WIDTH or find_line_marker(
            text, line.start, line.end
        ):
            break
        if _is_candidate(text, line):
            candidates.append(index)
    return candidates


def _find_above_greeting(text: str, first: list[Span]) -> int | None:
    """The candidate above the first greeting; lines with a date or a name between them are skipped."""
    greeting = next((index for index, line in enumerate(first) if _GREETING.match(_line_text(text, line))), None)
    if greeting is None:
        return None
    above = [index for index in range(max(0, greeting - 4), greeting) if _is_candidate(text, first[index])]
    kinds = [index for index in above if _KIND.search(_line_text(text, first[index]))]
    return (kinds or above)[-1] if above else None


def _is_set_apart(text: str, first: list[Span]) -> bool:
    """Whether the first line is set apart: by a blank line, a heading or a paragraph."""
    for upper, lower in pairwise(first[:5]):
        if text.count("\n", upper.end, lower.start) > 1 or find_line_marker(text, lower.start, lower.end):
            return True
        following = _line_text(text, lower)
        if display_width(following[:400]) >= _MAX_WIDTH or following[-1] in _ENDS:
            return lower == first[1]
    return False


def _join_title_lines(text: str, first: list[Span], at: int) -> str:
    """The title at a line, joined with its first half above (关于… …的报告) or its second half below."""
    words = _line_text(text, first[at])
    if at > 0 and text.count("\n", first[at - 1].end, first[at].start) == 1:
        upper = _line_text(text, first[at - 1])
        if upper.startswith(("关于", "關於")) and _is_candidate(text, first[at - 1]) and not _KIND.search(upper):
            return upper + words
    if words.isupper() and at + 1 < len(first) and text.count("\n", first[at].end, first[at + 1].start) == 1:
        lower = _line_text(text, first[at + 1])
        if lower[0].islower() and _is_candidate(text, first[at + 1]):
            return f"{words} {lower}"
    return words
