"""What other programs read in a file, to compare our readers with.

None of them is a library that the reader of the format stands on. A program or package that is not there raises
FileNotFoundError or ImportError.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

_TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """The text of a file; headings, title and author where the program tells them, and what citations lead to.

    ``places`` has words by the name of a place; ``pages`` is the number of pages or slides, None where it is not told.
    """

    text: str
    headings: tuple[str, ...] = ()
    title: str = ""
    author: str = ""
    places: dict[str, str] = field(default_factory=dict)
    pages: int | None = None


def run(*command: str) -> str:
    """The output of a program. Raises CalledProcessError, FileNotFoundError."""
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return done.stdout.decode("utf-8", "replace")


def pandoc(form: str) -> Callable[[Path], Reference]:
    """A reader by pandoc."""

    def read(path: Path) -> Reference:
        tree = json.loads(run("pandoc", "-f", form, "-t", "json", str(path)))
        headings = tuple(
            _words_of([part for part in block["c"][2] if not _is_tag(part)])
            for block in _find(tree["blocks"], "Header")
        )
        meta = {name: _words_of(tree["meta"].get(name, [])) for name in ("title", "author")}
        return Reference(_words_of(tree["blocks"]), headings, **meta)

    return read


def _is_tag(part: Any) -> bool:
    """Whether a part of a headline of Org is a tag behind it."""
    return isinstance(part, dict) and part.get("t") == "Span" and "tag" in part["c"][0][1]


def _find(tree: Any, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("t") == kind:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _find(one, kind)


# What holds text as it is, and what ends a word.
_AS_IT_IS = {"Str", "Code", "CodeBlock", "Math"}
_BREAKS = {
    "RawInline",
    "RawBlock",
    "Space",
    "SoftBreak",
    "LineBreak",
    "Para",
    "Plain",
    "Header",
    "Row",
    "Cell",
    "DefinitionList",
}


def _words_of(tree: Any) -> str:
    parts: list[str] = []
    _collect(tree, parts)
    return "".join(parts).strip()


def _collect(tree: Any, parts: list[str]) -> None:
    if isinstance(tree, list):
        for one in tree:
            _collect(one, parts)
            if isinstance(one, list):
                parts.append(" ")
    elif isinstance(tree, dict):
        kind, value = tree.get("t"), tree.get("c")
        if kind in _AS_IT_IS:
            parts.append(value if kind == "Str" else f" {value[1]} ")
        elif kind not in ("RawInline", "RawBlock"):
            _collect(_content(tree, kind, value), parts)
        if kind in _BREAKS:
            parts.append(" ")


def _content(tree: dict[str, Any], kind: str | None, value: Any) -> Any:
    """What is in an element, without its attributes."""
    if kind in ("Link", "Image"):
        return value[1]
    if kind in ("Header", "Span", "Div"):
        return value[-1]
    return value if kind else list(tree.values())


def calamine(path: Path) -> Reference:
    """Spreadsheets: cells that are text, by their places."""
    from python_calamine import CalamineWorkbook

    book, texts, places = CalamineWorkbook.from_path(str(path)), [], {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        for row, cells in enumerate(sheet.to_python(skip_empty_area=True), top + 1):
            found = [(left + at, cell) for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()]
            texts += [cell for _, cell in found]
            if found:
                places[f"{name}!{row}"] = found[0][1]
    filled = [name for name in book.sheet_names if book.get_sheet_by_name(name).to_python()]
    return Reference("\n".join(texts), tuple(filled), places=places)


def pptx(path: Path) -> Reference:
    """Presentations, by python-pptx."""
    import pptx

    slides = pptx.Presentation(str(path)).slides
    texts: list[str] = []
    for slide in slides:
        for shape in _shapes(slide.shapes):
            if shape.is_placeholder and shape.placeholder_format.type in (13, 15, 16):
                continue  # the number of the slide, its footer, its date
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if getattr(shape, "has_table", False) and shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells if not cell.is_spanned]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            texts.append(slide.notes_slide.notes_text_frame.text)
    return Reference("\n".join(texts), pages=len(slides))


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if shape.shape_type == 6:
            yield from _shapes(shape.shapes)
        else:
            yield shape


def ppt(path: Path) -> Reference:
    """Old presentations, by sharepoint-to-text."""
    import sharepoint2text

    [own] = sharepoint2text.read_file(str(path))
    return Reference(own.full_text)


def odp(path: Path) -> Reference:
    """Presentations of OpenDocument, by odfpy."""
    from odf import teletype
    from odf.draw import Page
    from odf.opendocument import load
    from odf.text import H, P

    pages = load(str(path)).getElementsByType(Page)
    texts = [teletype.extractText(one) for page in pages for kind in (P, H) for one in page.getElementsByType(kind)]
    return Reference("\n".join(texts), pages=len(pages))


def doc(path: Path) -> Reference:
    """Old documents of Word: by antiword, and what it refuses by catdoc, which reads headers and footers as well."""
    try:
        return Reference(run("antiword", "-m", "UTF-8.txt", "-w", "0", str(path)))
    except subprocess.CalledProcessError:
        return Reference(run("catdoc", "-d", "utf-8", "-w", str(path)))


def wps(path: Path) -> Reference:
    """Documents of Works by wps2text of libwps, with headers and footers; what it refuses, as those of Word."""
    try:
        return Reference(run("wps2text", str(path)))
    except subprocess.CalledProcessError:
        return doc(path)


def notebook(path: Path) -> Reference:
    """Notebooks, by nbformat: sources, and outputs that are text."""
    import nbformat

    texts, places = [], {}
    for number, cell in enumerate(nbformat.read(str(path), 4).cells, 1):
        source = cell.source if cell.cell_type == "code" else _TAGS.sub(" ", cell.source)
        texts.append(source)
        if source.strip():
            places[f"cell={number}"] = source
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            text = output.get("text") or ("" if "text/html" in data else data.get("text/plain", ""))
            texts.append(re.sub(r"\x1b\[[0-9;]*m", "", str(text))[:4000])
    return Reference("\n".join(texts), places=places)


def message(path: Path) -> Reference:
    """Mail, by the standard library: the plain body, or the text of the page."""
    own = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return Reference(_body_of(own), title=str(own["subject"] or ""))


def _body_of(own: EmailMessage) -> str:
    body = own.get_body(("plain", "html"))
    text = str(body.get_content()) if body is not None else ""
    return _strip(text) if body is not None and body.get_content_subtype() == "html" else text


def mbox(path: Path) -> Reference:
    """Mailboxes, by the standard library: the text of all messages, their subjects as headings."""
    import mailbox

    parse = email.message_from_binary_file
    box = mailbox.mbox(path, lambda file: parse(file, policy=email.policy.default), create=False)
    own = cast("list[EmailMessage]", list(box))
    return Reference("\n".join(map(_body_of, own)), tuple(str(one["subject"] or "") for one in own))


def web_archive(path: Path) -> Reference:
    """Saved pages, by unmhtml."""
    from unmhtml import load_mhtml

    page = load_mhtml(path.read_text("utf-8")).html
    title = re.search(r"<title[^>]*>(.*?)</title>", page, re.DOTALL)
    return Reference(
        _strip(re.sub(r"<head\b.*?</head>", " ", page, flags=re.DOTALL)), title=_strip(title[1] if title else "")
    )


def outlook(path: Path) -> Reference:
    """Mail of Outlook, by python-oxmsg."""
    from oxmsg import Message

    own = Message.load(str(path))
    return Reference(own.body or _strip(own.html_body or ""), title=own.subject or "")


def _strip(page: str) -> str:
    from html import unescape

    return unescape(_TAGS.sub(" ", page.replace("\0", "")))


def subtitles(path: Path) -> Reference:
    """Subtitles by srt and webvtt-py, with their times."""
    if path.suffix == ".vtt":
        import webvtt

        cues = [(cue.start.split(".")[0], cue.text) for cue in webvtt.read(str(path))]
    else:
        import chardet
        import srt

        data = path.read_bytes()
        found = chardet.detect(data)["encoding"] or "utf-8"
        parsed = srt.parse(data.decode(found).lstrip("\ufeff"))
        cues = [(str(cue.start).split(".")[0].rjust(8, "0"), _TAGS.sub("", cue.content)) for cue in parsed]
    return Reference("\n".join(text for _, text in cues), places=dict(cues))


def ofd(path: Path) -> Reference:
    """OFD: every TextCode of the pages, in the order of the file."""
    from lxml import etree

    texts, pages = [], 0
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if re.search(r"Pages?_\d+/Content\.xml$", name)]
        for name in sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)]):
            pages += 1
            tree = etree.fromstring(archive.read(name))
            texts += [node.text or "" for node in tree.iter("{*}TextCode")]
    return Reference("".join(texts), pages=pages)


def asciidoctor(path: Path) -> Reference:
    """AsciiDoc, by asciidoctor of npm."""
    page = run("asciidoctor", "-q", "-e", "-a", "nofooter", "-o", "-", str(path))
    headings = tuple(_strip(found) for found in re.findall(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", page, re.DOTALL))
    return Reference(_strip(page), headings)


def archive(path: Path) -> Reference:
    """Archives, by bsdtar: the names of what is in them, as places."""
    names = [line for line in run("bsdtar", "-tf", str(path)).splitlines() if line and not line.endswith("/")]
    return Reference("", places=dict.fromkeys(names, ""))


READERS: dict[str, Callable[[Path], Reference]] = {
    **dict.fromkeys(("xlsx", "xls", "ods"), calamine),
    **dict.fromkeys(("docx", "docm", "dotx"), pandoc("docx")),
    "doc": doc,
    "wps": wps,
    **dict.fromkeys(("srt", "vtt"), subtitles),
    **dict.fromkeys(("zip", "tar", "7z"), archive),
    **{form: pandoc(form) for form in ("odt", "rtf", "epub", "rst", "org")},
    "tex": pandoc("latex"),
    "pptx": pptx,
    "ppt": ppt,
    "odp": odp,
    "ipynb": notebook,
    "eml": message,
    "mbox": mbox,
    "mht": web_archive,
    "msg": outlook,
    "ofd": ofd,
    "adoc": asciidoctor,
}
"""The reference for each extension."""
