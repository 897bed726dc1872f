"""DOCX paragraphs: symbols, boxes, formulas, raised text, ruby, hidden and deleted text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from file_makers import STYLES, make_docx

Read = Callable[..., Any]

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def read_runs(read: Read, *runs: str) -> str:
    text: str = read("a.docx", make_docx(f"<w:p>{''.join(runs)}</w:p>")).only.text
    return text


def raised(text: str) -> str:
    return run(text, '<w:vertAlign w:val="superscript"/>')


def lowered(text: str) -> str:
    return run(text, '<w:vertAlign w:val="subscript"/>')


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ((run("50%"), raised("3 "), run("of them")), "50%³ of them"),
        ((run("2023"), raised(" 12 "), run("of them")), "2023 ¹² of them"),
        ((run("a word"), raised(" as said "), run("of them"), lowered(" 2")), "a word as said of them ₂"),
    ],
)
def test_raised_spaces_part_words(read: Read, runs: tuple[str, ...], expected: str) -> None:
    assert read_runs(read, *runs) == expected


def symbol(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


@pytest.mark.parametrize(
    ("font", "code", "drawn"),
    [
        ("Wingdings", "F0FE", "☑"),
        ("Wingdings", "00FE", "☑"),
        ("Wingdings", "F0A8", "□"),
        ("Wingdings", "F0FC", "✓"),
        ("Wingdings", "F081", "①"),
        ("Wingdings 2", "F052", "☑"),
        ("Webdings", "F061", "✓"),
        ("Symbol", "F0B3", "≥"),
        ("Symbol", "F061", "α"),
        ("MS Gothic", "2611", "☑"),
        ("Unknown", "F0FE", "☑"),
        ("Wingdings", "zz", ""),
        ("Wingdings", "D800", ""),
        ("Wingdings", "FFFFFFFFF", ""),
    ],
)
def test_a_symbol_is_what_its_font_draws(read: Read, font: str, code: str, drawn: str) -> None:
    assert read_runs(read, run("是否同意："), symbol(font, code), run("同意")) == f"是否同意：{drawn}同意"


def test_text_in_a_symbol_font_is_what_the_font_draws(read: Read) -> None:
    wingdings = '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
    assert read_runs(read, run("þ", wingdings), run("是 "), run("\uf0a8", wingdings), run("否")) == "☑是 □否"
    assert read_runs(read, run("\uf0fe"), run("þ")) == "☑þ"


def test_form_fields_show_their_value(read: Read) -> None:
    def box(inner: str) -> str:
        return f"<w:r><w:fldChar><w:ffData><w:checkBox>{inner}</w:checkBox></w:ffData></w:fldChar></w:r>"

    assert read_runs(read, box("<w:checked/>"), run("甲")) == "☒甲"
    assert read_runs(read, box('<w:default w:val="1"/>'), run("甲")) == "☒甲"
    assert read_runs(read, box('<w:default w:val="1"/><w:checked w:val="0"/>'), run("甲")) == "☐甲"
    entries = "".join(f'<w:listEntry w:val="{entry}"/>' for entry in ("县", "市"))
    chosen = f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>'
    assert read_runs(read, f"<w:r><w:fldChar><w:ffData>{chosen}</w:ffData></w:fldChar></w:r>") == "市"


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ((run("10"), raised("3"), run("立方米")), "10^3立方米"),
        ((run("10"), raised("−"), raised("12")), "10^−12"),
        ((run("面积100m"), raised("2")), "面积100m²"),
        ((run("第12条"), raised("1")), "第12条¹"),
        ((run("2024"), raised("[1]"), run("年")), "2024[1]年"),
        ((run("5"), raised("th")), "5th"),
        ((run("CO"), lowered("2"), run("、H"), lowered("2"), run("O")), "CO₂、H₂O"),
        ((run("1011"), lowered("2")), "1011_2"),
    ],
)
def test_raised_digits_do_not_join_the_number_before_them(read: Read, runs: tuple[str, ...], text: str) -> None:
    assert read_runs(read, *runs) == text


def test_hidden_and_deleted_text_is_no_text(read: Read) -> None:
    styles = STYLES.replace(
        "</w:styles>",
        '<w:style w:type="character" w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>',
    )
    shown, styled = '<w:vanish w:val="0"/>', '<w:rStyle w:val="h"/>'
    body = (
        f"<w:p>{run('甲')}{run('隐', '<w:vanish/>')}{run('乙', shown)}{run('藏', styled)}"
        f"<w:moveFrom>{run('移')}</w:moveFrom><w:del><w:r><w:delText>删</w:delText></w:r></w:del></w:p>"
    )
    assert read("a.docx", make_docx(body, parts={"word/styles.xml": styles})).only.text == "甲乙"


def test_hyphens_and_tabs(read: Read) -> None:
    words = "<w:t>Ver\xadwal</w:t><w:softHyphen/><w:t>tung</w:t><w:noBreakHyphen/><w:t>A</w:t><w:tab/><w:t>B</w:t>"
    assert read_runs(read, f"<w:r>{words}</w:r>") == "Verwaltung-A\tB"


def test_ruby_is_not_within_the_text(read: Read) -> None:
    ruby = (
        f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('とうきょう')}</w:rt><w:rubyBase>{run('東京')}</w:rubyBase></w:ruby></w:r>"
    )
    document = read("a.docx", make_docx(f"<w:p>{ruby}{run('の水道局')}</w:p>")).only
    assert document.text == "東京の水道局"
    assert document.metadata == {"ruby": ["東京（とうきょう）"]}


def math(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (
            f"{math('补贴额')}{math('=')}<m:f><m:num>{math('实际用水量')}</m:num><m:den>{math('基准人口')}</m:den></m:f>"
            f"{math('×0.35')}",
            "补贴额=实际用水量/基准人口×0.35",
        ),
        (f"<m:f><m:num>{math('a+b')}</m:num><m:den>{math('2c')}</m:den></m:f>", "(a+b)/2c"),
        (f"<m:sSup><m:e>{math('10')}</m:e><m:sup>{math('3')}</m:sup></m:sSup>", "10^3"),
        (f"<m:sSup><m:e>{math('x')}</m:e><m:sup>{math('2')}</m:sup></m:sSup>", "x²"),
        (f"<m:sSub><m:e>{math('a')}</m:e><m:sub>{math('i,j')}</m:sub></m:sSub>", "a_(i,j)"),
        (f"<m:sSubSup><m:e>{math('x')}</m:e><m:sub>{math('1')}</m:sub><m:sup>{math('k')}</m:sup></m:sSubSup>", "x₁^k"),
        (f"<m:rad><m:deg/><m:e>{math('b+1')}</m:e></m:rad>", "√(b+1)"),
        (f"<m:rad><m:deg>{math('3')}</m:deg><m:e>{math('x')}</m:e></m:rad>", "³√x"),
        (
            f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{math('i=1')}</m:sub><m:sup>{math('n')}</m:sup>"
            f"<m:e>{math('x')}</m:e></m:nary>",
            "∑_(i=1)^n x",
        ),
        (f"<m:d><m:e>{math('a')}</m:e><m:e>{math('b')}</m:e></m:d>", "(a|b)"),
        (f"<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=''/></m:dPr><m:e>{math('a')}</m:e></m:d>", "[a"),
        (f"<m:m><m:mr><m:e>{math('1')}</m:e><m:e>{math('2')}</m:e></m:mr></m:m>", "[1, 2]"),
        (f"<m:func><m:fName>{math('sin')}</m:fName><m:e>{math('x')}</m:e></m:func>", "sin x"),
        (f"<m:acc><m:accPr><m:chr m:val='x'/></m:accPr><m:e>{math('v')}</m:e></m:acc>", "v"),
    ],
)
def test_a_formula_is_read_in_order(read: Read, formula: str, text: str) -> None:
    assert read_runs(read, run("按下列公式："), f"<m:oMath {M}>{formula}</m:oMath>") == f"按下列公式：{text}"
