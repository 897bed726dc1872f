"""Gather parallel texts from free documentation, for ``embed.py``: one SOURCE.jsonl each in WORK.

    python benchmarks/question_encoder/texts.py WORK

Needs Debian or a relative, its sources for bookworm, and lxml; takes 700 MB. Nothing of it is kept in the repository.
From the packages (licences as in their files "copyright"; all of them are free):

- freeciv-data: peoples and rules of a game of history; wesnoth-1.16-data, cataclysm-dda-data: stories, help and things
  of games (catalogues of gettext)
- gnome-user-docs, debian-handbook, installation-guide-amd64, libreoffice-help-*, kstars-data: manuals in which a
  translation has the same headings and paragraphs in the same order
- the translated descriptions of all packages (Translation-LANGUAGE)

A row has ``source``, ``group`` (its document), and ``head`` and ``text`` by language; what is not translated is
left out.
"""

from __future__ import annotations

import argparse
import gettext
import json
import random
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree, html

MEANS = Path(__file__).parents[1] / "language_means" / "texts"
KNOWN = {path.stem for path in MEANS.glob("*.jsonl")}
MANUALS = ("freeciv-data", "wesnoth-1.16-data", "cataclysm-dda-data", "gnome-user-docs", "debian-handbook",
           "installation-guide-amd64", "kstars-data")  # fmt: skip
OFFICE = ("ca", "cs", "de", "en-us", "es", "fi", "fr", "hu", "ja", "ko", "pl", "pt-br", "ru", "vi")
DESCRIBED = ("en", "de", "fr", "it", "ja", "es", "ru", "pt_BR", "ko", "zh_CN", "pl", "nl", "sv", "da", "uk", "fi", "cs",
             "hu", "vi", "sk")  # fmt: skip
NAMED = {"C": "en", "en_US": "en", "nb_NO": "no", "nb": "no", "zh_CN": "zh", "pt_BR": "pt", "es_ES": "es"}
HEADS = {"h1", "h2", "h3", "h4", "h5", "h6", "title", "desc"}
PAGES_OF_OFFICE = 700
Blocks = list[tuple[str, str]]
Row = dict[str, Any]


def find_language(code: str) -> str | None:
    """The language of a folder or catalogue, if it has a mean; one of two forms of a language where both are common."""
    code = NAMED.get(code.replace("-", "_"), code.replace("-", "_"))
    if re.fullmatch("[a-z]{2}_[A-Z]{2}", code) and code[:2] not in ("zh", "en", "es", "fr", "ca", "sr"):
        code = code[:2]
    return code if code in KNOWN else None


def join(text: str) -> str:
    return " ".join(text.split())


def keep(work: Path, source: str, rows: list[Row]) -> None:
    """Write the rows with what is translated, of those in three languages or more."""
    kept = []
    for row in rows:
        english = row["text"].get("en", "")
        for part in ("head", "text"):
            row[part] = {
                language: text
                for language, text in row[part].items()
                if text and (language == "en" or len(text) <= 25 or text != row[part].get("en"))
            }
        row["text"] = {
            language: text
            for language, text in row["text"].items()
            if language == "en"
            or ((language in row["head"] or not row["head"]) and 0.15 < len(text) / max(len(english), 1) < 3)
        }
        row["head"] = {language: text for language, text in row["head"].items() if language in row["text"]}
        if english and len(row["text"]) >= 3:
            kept.append({**row, "source": source})
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in kept]
    (work / f"{source}.jsonl").write_text("".join(lines), encoding="utf-8")
    print(source, len(kept), Counter(language for row in kept for language in row["text"]).most_common(8), flush=True)


def read_catalogues(work: Path, source: str, pattern: str, shortest: int) -> None:
    """The long messages of gettext catalogues, without those that are filled in."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    filled = re.compile(r"%[\d$]*[sd]|\$\w|\{\w|<[a-z]+=|%\(")
    for path in sorted((work / "files").glob(pattern)):
        languages = [language for part in path.parts if (language := find_language(part))]
        if not languages or languages[-1] == "en":
            continue
        with path.open("rb") as file:
            catalogue: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, text in catalogue.items():
            message = key.split("\x04")[-1] if isinstance(key, str) else ""
            if shortest <= len(message) <= 1500 and not filled.search(message):
                found[path.stem, message].setdefault(languages[-1], tidy(text))
    keep(work, source, [
        {"group": group, "head": {}, "text": {"en": tidy(message), **texts}}
        for (group, message), texts in sorted(found.items())
    ])  # fmt: skip


def tidy(text: str) -> str:
    """A message without marks."""
    return join(re.sub(r"[*_]{2,}|~", "", re.sub(r"<[^<>]{1,60}>", "", text).replace("\\n", " ")))


def read_page(path: Path, within: str = "") -> Blocks:
    """The headings and paragraphs of a page of HTML."""
    root = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    root = next(iter(root.xpath(within)), root) if within else root
    return [
        (element.tag if element.tag in HEADS else "p", join(element.text_content()))
        for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6", "p", "dt", "div")
        if (element.tag != "div" or is_paragraph(element))
        and not any(one.tag in ("p", "dt", "pre") or is_paragraph(one) for one in element.iterancestors())
    ]


def is_paragraph(element: Any) -> bool:
    return "para" in (element.get("class") or "").split()


def read_xml(path: Path) -> Blocks:
    """The titles, descriptions and paragraphs of a page of Mallard or DocBook."""
    root = etree.parse(str(path), etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False)).getroot()
    inside = {"p", "para", "title", "desc", "credit", "media", "figure"}
    blocks = []
    for element in root.iter(etree.Element) if root is not None else ():
        name = etree.QName(element).localname
        around = {etree.QName(one).localname for one in element.iterancestors()}
        if name in ("title", "desc", "p", "para") and not around & (inside if name == "desc" else inside | {"info"}):
            blocks.append((name if name in HEADS else "p", join("".join(element.itertext()))))
    return blocks


def read_tree(work: Path, source: str, base: Path, ending: str, read: Callable[[Path], Blocks]) -> None:
    """The pages of a manual that has a folder for each language."""
    pages: dict[str, dict[str, Blocks]] = defaultdict(dict)
    for folder in sorted(base.iterdir()):
        language = find_language(folder.name)
        if language and folder.is_dir() and not (folder.name == "pt" and (base / "pt_BR").exists()):
            for path in sorted(folder.rglob(f"*{ending}")):
                pages[str(path.relative_to(folder))][language] = read(path)
    keep(work, source, list(merge(source, pages)))


def read_office(work: Path) -> None:
    """A part of the pages of the office's help."""
    folders = {}
    for path in sorted((work / "files").glob("libreoffice-help-*")):
        language = find_language(re.sub(r"-([a-z]+)$", lambda found: f"_{found[1].upper()}", path.name[17:]))
        if language:
            base = path / "usr/share/libreoffice/help"
            folders[language] = next(one for one in base.iterdir() if (one / "text").exists())
    names = sorted(str(path.relative_to(folders["en"])) for path in folders["en"].rglob("*.html"))
    random.Random(1).shuffle(names)
    pages = {
        name: {
            language: read_page(folder / name, '//div[@id="DisplayArea"]')
            for language, folder in folders.items()
            if (folder / name).exists()
        }
        for name in names[:PAGES_OF_OFFICE]
    }
    keep(work, "libreoffice", list(merge("libreoffice", pages)))


def merge(source: str, pages: dict[str, dict[str, Blocks]], longest: int = 420) -> Iterator[Row]:
    """Passages of some paragraphs under their heading, in the languages whose pages have the same blocks."""
    for name, by in pages.items():
        english = by.get("en", [])
        same = {language: own for language, own in by.items() if [kind for kind, _ in own] == [k for k, _ in english]}
        head: int | None = None
        places: list[int] = []
        for place, (kind, text) in enumerate([*english, ("title", "")]):
            ends = kind in HEADS
            if not ends and len(text) > 25:
                places.append(place)
                ends = sum(len(english[one][1]) for one in places) > longest
            if ends and places:
                languages = [
                    language
                    for language, own in same.items()
                    if language == "en"
                    or all(own[one][1] and (own[one] != english[one] or len(own[one][1]) < 15) for one in places)
                ]
                texts = {language: " ".join(same[language][one][1] for one in places) for language in languages}
                heads = {} if head is None else {language: same[language][head][1] for language in languages}
                if len(texts["en"]) >= 120:
                    yield {"group": f"{source}/{name}", "head": heads, "text": texts}
                places = []
            if kind in HEADS:
                head = place


def read_descriptions(work: Path) -> None:
    """The descriptions of packages: their first lines as headings, and their paragraphs."""
    found: dict[str, dict[str, tuple[str, str, list[str]]]] = defaultdict(dict)
    row = re.compile(r"Package: (\S+)\nDescription-md5: (\w+)\nDescription-\S+: (.*)\n((?: .*\n?)*)")
    for path in sorted((work / "lists").glob("*_main_i18n_Translation-*")):
        language = find_language(path.name.split("Translation-")[1].split(".")[0].replace("%5f", "_"))
        if language:
            text = subprocess.run(
                ["/usr/lib/apt/apt-helper", "cat-file", path], capture_output=True, text=True, check=True
            ).stdout
            for match in filter(None, map(row.match, text.split("\n\n"))):
                parts = [join(part) for part in match[4].split("\n .\n") if not re.search(r"\n?  ", part)]
                found[match[2]].setdefault(language, (match[1], match[3].strip(), parts))
    rows = []
    for by in found.values():
        if "en" in by and 150 <= len(" ".join(by["en"][2])) <= 1100:
            same = {language: own for language, own in by.items() if len(own[2]) == len(by["en"][2])}
            heads = {language: own[1] for language, own in same.items()}
            texts = {language: " ".join(own[2]) for language, own in same.items()}
            rows.append({"group": "packages/" + by["en"][0].split("-")[0], "head": heads, "text": texts})
    keep(work, "packages", [one for one in rows if len(one["text"]) >= 4])


def fetch(work: Path) -> None:
    """Packages, unpacked below ``files``, and lists of descriptions."""
    packages, files, lists = work / "packages", work / "files", work / "lists"
    for folder in (packages, files, lists / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    names = [*MANUALS, *(f"libreoffice-help-{language}" for language in OFFICE)]
    subprocess.run(["apt-get", "download", "-q", *names], cwd=packages, check=True)
    for path in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg", "-x", path, files / path.name.split("_")[0]], check=True)
    options = [f"Dir::State::lists={lists}", f"Dir::Cache={work}", f"Acquire::Languages={','.join(DESCRIBED)}"]
    subprocess.run(["apt-get", "update", "-q", *(part for one in options for part in ("-o", one))], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    work: Path = parser.parse_args().work.absolute()
    fetch(work)
    files = work / "files"
    read_catalogues(work, "freeciv-nations", "freeciv-data/**/freeciv-nations.mo", 90)
    read_catalogues(work, "freeciv-core", "freeciv-data/**/freeciv-core.mo", 120)
    read_catalogues(work, "cataclysm", "cataclysm-dda-data/**/*.mo", 140)
    read_catalogues(work, "wesnoth", "wesnoth-1.16-data/**/wesnoth*.mo", 150)
    share = Path("usr/share")
    read_tree(work, "gnome", files / "gnome-user-docs" / share / "help", ".page", read_xml)
    read_tree(work, "handbook", files / "debian-handbook" / share / "doc/debian-handbook/html", ".html", read_page)
    install = files / "installation-guide-amd64" / share / "doc/installation-guide-amd64"
    read_tree(work, "install", install, ".html", read_page)
    read_tree(work, "kstars", files / "kstars-data" / share / "doc/HTML", ".docbook", read_xml)
    read_office(work)
    read_descriptions(work)


if __name__ == "__main__":
    main()
