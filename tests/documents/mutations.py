"""Mutations of whole files: bytes changed, pieces moved, repeated many times and mixed, words of the format put in.

The parts of a DOCX are changed before they are packed; changes after that hardly ever pass its checksums.
"""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from copy import deepcopy
from pathlib import Path

from archive_makers import make_seven_zip
from file_makers import W, make_docx, make_pdf, paragraph
from lxml import etree
from office_makers import make_ole
from sample_files import WORDS_OF_FORMATS
from test_damaged_files import WHOLE
from works_maker import make_older_works

PDF_CASES = Path(__file__).parent / "pdf" / "cases"
# A mutated file is no larger, so that a mutation takes milliseconds.
LARGEST = 200_000
MOST_ELEMENTS = 2000
NUMBERS = (b"0", b"-1", b"255", b"256", b"65536", b"4294967296", b"1e999", b"9" * 400, "²".encode(), b"NaN")
WORDS: dict[str, tuple[bytes, ...]] = {
    ".txt": (
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1b$B",
        b"\0",
        b"\r",
        "第一章 ".encode(),
        b"1.1.1 ",
        b"(a)",
        b"- ",
        b". . . .",
    ),
    ".md": (
        b"# ",
        b"```\n",
        b"> ",
        b"- ",
        b"1. ",
        b"---\n",
        b"===\n",
        b"<!--",
        b"[a]: b\n",
        b"|a|b|\n|-|-|\n",
        b"*",
        b"_",
    ),
    ".html": (
        *(
            b"<table>",
            b"<tr>",
            b"<td colspan=99999 rowspan=99999>",
            b"<p>",
            b"<h1>",
            b"</h1>",
            b"<br>",
            b"<ruby>a<rt>b",
        ),
        *(
            b"<!--",
            b"<script>",
            b"<pre>",
            b"<div hidden>",
            b"&#x10ffff;",
            b"&#0;",
            b"<math><mfrac>",
            b"<sup>",
            b"</table>",
        ),
    ),
    ".docx": (
        *(
            b"<w:p>",
            b"</w:p>",
            b"<w:tbl><w:tr><w:tc>",
            b"</w:tc></w:tr></w:tbl>",
            b"<w:r><w:t>x</w:t></w:r>",
            b"<w:tab/>",
        ),
        *(
            b'<w:ilvl w:val="',
            b'<w:gridSpan w:val="',
            b"<w:txbxContent>",
            b"</w:txbxContent>",
            b"%1",
            b"%9",
            b"<w:del>",
        ),
    ),
    ".pdf": (
        *(b"<<", b">>", b"[", b"]", b"(", b")", b" 0 R", b"endobj", b"stream\n", b"endstream", b"/Filter/FlateDecode "),
        *(b"/Kids", b"/Count ", b"/Length ", b"BT", b"ET", b" Tj", b" Td", b"q 1 0 0 1 0 0 cm ", b"/Rotate 90"),
    ),
    ".rtf": (
        b"{",
        b"}",
        b"\\par ",
        b"\\u-1?",
        b"\\'ff",
        b"\\bin9 ",
        b"{\\footnote ",
        b"\\cell ",
        b"\\row ",
        b"\\uc99 ",
        b"\\v ",
    ),
    ".eml": (
        *(
            b"\r\n\r\n",
            b"--b\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n",
            b"=?utf-8?q?=ff?=",
            b"message/rfc822",
        ),
        *(b"Content-Transfer-Encoding: quoted-printable\r\n", b"charset=", b"Date: ", b"boundary=", b";", b'"'),
    ),
    ".jsonl": (b"[", b"]", b"{", b"}", b'"', b"\\u0000", b"\\ud800", b"\n", b'{"text":"x"}\n', b"null", b",", b":"),
    **WORDS_OF_FORMATS,
    ".csv": (b'"', b'""', b'","', b",", b";", b"\t", b"\n", b'"\n', b"\r\n", b"text,", b"id,"),
}
NUMBERING = (
    f'<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="3"/>'
    '<w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
ITEM = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>'
TABLE = (
    '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr>'
    "<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)
BOX = "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
MATH = (
    '<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:f><m:num><m:r><m:t>a</m:t>'
    "</m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>"
)
RICH = make_docx(paragraph("Title", "a0") + ITEM * 3 + TABLE + BOX + MATH, parts={"word/numbering.xml": NUMBERING})


# Formats that are archives of parts in XML.
PACKAGES = frozenset({".docx", ".xlsx", ".ods", ".odt", ".odp", ".pptx", ".epub", ".ofd"})
# Formats in which everything lies at an offset.
COMPOUNDS = frozenset({".xls", ".doc", ".ppt", ".wps"})
# Other extensions of a format, for which all is the same but the name.
ALIASES = {".docm": ".docx", ".dotx": ".docx", ".xlsm": ".xlsx", ".tsv": ".csv", ".mhtml": ".mht"}


def list_seeds(suffix: str) -> list[bytes]:
    """Whole files of a format."""
    suffix = ALIASES.get(suffix, suffix)
    seeds = [data for name, data in WHOLE.items() if name.endswith(suffix)]
    if suffix == ".docx":
        seeds.append(RICH)
    elif suffix == ".pdf":
        lines = [(72.0, 700.0 - 14 * number, f"line {number} of a page, {number * 7}.") for number in range(8)]
        seeds.append(make_pdf([lines, lines], title="Title"))
        seeds += [(PDF_CASES / f"{name}.pdf").read_bytes() for name in ("table", "form", "vertical", "running-header")]
    elif suffix == ".html":
        seeds.append(b"<html><body><h1>a</h1><ul><li>b<li>c</ul><table><tr><td rowspan=2>d<td>e<tr><td>f</table>")
        seeds.append("<p><ruby>東京<rt>とうきょう</ruby><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>".encode())
    elif suffix == ".md":
        seeds.append(b"Title\n=====\n\n- a\n  - b\n\n> quote\n\n| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n")
    elif suffix == ".wps":
        older = make_older_works("Über Wasser\r\nZweiter\x0cDritter\r\n".encode("cp850"), header=b"top\r\n")
        seeds += [older, make_ole({"MM": b"ND", "MN0": b"\6" + older[1:]})]
    elif suffix == ".txt":
        seeds.append(b"Chapter 1\n\n1.1 Scope\n\nThe words of it. (a) one; (b) two.\n\nChapter 2\n\nMore of them.\n")
    return seeds


def mutate(suffix: str, seed: int) -> bytes:
    """A mutated file of a format, always the same for the same ``seed``."""
    chance = random.Random(f"{suffix}{seed}")
    seeds, suffix = list_seeds(suffix), ALIASES.get(suffix, suffix)
    data = chance.choice(seeds)
    if suffix in PACKAGES and chance.random() < 0.9:
        return _mutate_parts(data, WORDS[suffix], chance)
    if suffix in COMPOUNDS and chance.random() < 0.9:
        return _overwrite(data, WORDS[suffix], chance)
    if suffix == ".7z" and chance.random() < 0.5:
        # What is changed in the archive itself never passes its checksums.
        return make_seven_zip({"a.md": _mutate(b"# Title\n\nwords", data, WORDS[".md"], chance)})
    if suffix == ".zip" and chance.random() < 0.3:
        return _mutate_parts(data, WORDS[suffix], chance)
    if suffix == ".tgz" and chance.random() < 0.7:
        return gzip.compress(_mutate(gzip.decompress(data), data, WORDS[".tar"], chance), mtime=0)
    return _mutate(data, chance.choice(seeds), WORDS[suffix], chance)


def _overwrite(data: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    """``data`` with other bytes in places, and all others where they were, as offsets say."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 30))):
        word = chance.choice((*words, chance.randbytes(1), chance.randbytes(4)))
        at = chance.randrange(len(changed))
        changed[at : at + len(word)] = word[: len(changed) - at]
    return bytes(changed)


def _mutate(data: bytes, other: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 2, 4, 16, 64, 256))
        piece = data[at : at + length]
        action = chance.randrange(8)
        if action == 0:
            data = data[:at] + chance.randbytes(chance.randrange(1, 5)) + data[at + length % 5 :]
        elif action == 1:
            data = data[:at] + data[at + length :]
        elif action == 2:
            to = chance.randrange(len(data) + 1)
            data = data[:to] + piece + data[to:]
        elif action == 3:
            data = data[:at] + piece * chance.choice((10, 100, 1000)) + data[at + length :]
        elif action == 4:
            word = chance.choice(words) * chance.choice((1, 1, 3, 100, 3000))
            data = data[:at] + word + data[at:]
        elif action == 5:
            data = data[:at] + chance.choice(NUMBERS) + data[at + chance.choice((0, 1)) :]
        elif action == 6:
            start = chance.randrange(len(other) + 1)
            data = data[:at] + other[start : start + length] + data[at:]
        else:
            data = data[:at]
        data = data[:LARGEST]
    return data


def mutate_tree(data: bytes, chance: random.Random) -> bytes:
    """XML with elements repeated elsewhere, nested in themselves and removed, and other values of attributes."""
    root = etree.fromstring(data)
    for _ in range(chance.choice((1, 2, 3, 5, 8))):
        elements = list(root.iter())[:MOST_ELEMENTS]
        element, place = chance.choice(elements), chance.choice(elements)
        times = min(chance.choice((1, 10, 100)), MOST_ELEMENTS // len(list(element.iter())))
        action = chance.randrange(5)
        if action == 0 and element.attrib:
            name = chance.choice(list(element.attrib))
            element.set(name, chance.choice((*NUMBERS, b"%1" * 50, b"", b"decimal", b"upperRoman")).decode())
        elif action == 1 and len(elements) < MOST_ELEMENTS:
            for copy in [deepcopy(element) for _ in range(times)]:
                place.append(copy)
        elif action == 2 and element.getparent() is not None:
            element.getparent().remove(element)
        elif action == 3 and len(elements) < MOST_ELEMENTS:
            for _ in range(chance.choice((1, 20, 150, 300))):
                element = etree.SubElement(element, element.tag, dict(element.attrib))
            element.text = "deep"
        else:
            element.text = (element.text or "") + chance.choice(("x", " ", "\n", "%1", "9" * 300, "字" * 3000))
    return bytes(etree.tostring(root))


def _mutate_parts(data: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name in chance.sample(sorted(parts), chance.choice((1, 1, 2))):
        if chance.random() < 0.7 and parts[name].startswith(b"<"):
            parts[name] = mutate_tree(parts[name], chance)
        else:
            other = parts[chance.choice(sorted(parts))]
            parts[name] = _mutate(parts[name], other, words, chance)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    packed = buffer.getvalue()
    if chance.random() < 0.1:
        # An entry that states another size than its part has.
        size = len(max(parts.values(), key=len)).to_bytes(4, "little")
        packed = packed.replace(size, chance.randbytes(3) + b"\0")
    return packed
