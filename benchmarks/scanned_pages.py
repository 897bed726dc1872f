"""Makes pictures of scanned pages of the example documents, each with the text that it shows.

Simplified and traditional Chinese, English, Japanese, and pages of Chinese and English; plain, crooked, turned, in two
columns, with a table, with a red seal over the text; half of them noisy. Fonts come from the Debian packages
fonts-noto-cjk, fonts-noto-core, fonts-dejavu and fonts-liberation, traditional characters from the package opencc.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from retriever.documents import read_file

CORPUS = Path(__file__).parents[1] / "examples" / "corpus"
WIDTH, HEIGHT, MARGIN = 1654, 2339, 150  # A4 at 200 dots an inch
FONTS = Path("/usr/share/fonts")
CJK = "opentype/noto/Noto{}CJK-Regular.ttc"
# Faces within the collections, by language.
FACES = {"ja": 0, "zh": 2, "mixed": 2, "zht": 3}
LATIN = ("truetype/dejavu/DejaVuSerif.ttf", "truetype/liberation/LiberationSans-Regular.ttf")
UNKNOWN = {
    "ru": ("truetype/dejavu/DejaVuSerif.ttf", "truetype/liberation/LiberationSans-Regular.ttf"),
    "ar": ("truetype/noto/NotoNaskhArabic-Regular.ttf", "truetype/noto/NotoSansArabic-Regular.ttf"),
}
SOURCES = {
    "zh": ("澜溪县政府工作报告.txt", "区委经济工作会议讲话2023.txt", "乡村民宿发展调研报告.md", "防汛应急预案.pdf"),
    "zht": ("老旧小区加装电梯实施方案.docx", "区委经济工作会议讲话2024.txt"),
    "en": ("harrowmere-water-annual-report.md", "port-calloway-library-plan.html"),
    "ja": ("shiomihara-bosai-keikaku.txt", "koreisha-ido-shien.docx"),
}
MIXED_SOURCE = "youhua-yingshang-huanjing.html"
COUNTS = {"zh": 30, "zht": 12, "en": 8, "ja": 8}
MIXED = 6
KINDS = ("plain", "crooked", "columns", "seal", "table", "turned")
# Shorter pages are the ends of documents.
SHORTEST = 200
LENGTHS = {"zh": 480, "zht": 480, "ja": 480, "en": 1100, "mixed": 560}
TABLES = {
    "zh": [("项目", "2022年", "2023年"), ("供水收入", "1,530", "1,642"), ("污水处理", "820", "915")],
    "en": [("Item", "2022", "2023"), ("Water supply", "1,530", "1,642"), ("Waste water", "820", "915")],
    "ja": [("項目", "令和4年", "令和5年"), ("水道収入", "1,530", "1,642"), ("下水処理", "820", "915")],
}
TABLES["zht"] = [("項目", "2022年", "2023年"), ("供水收入", "1,530", "1,642"), ("污水處理", "820", "915")]
TABLES["mixed"] = TABLES["zh"]
ARABIC = (
    "بلغت تكلفة مشروع المياه في المناطق الريفية خمسة ملايين دينار خلال العام الماضي وقد أقر المجلس خطة العمل الجديدة",
    "تتولى اللجنة متابعة تنفيذ الخطة وتقديم تقرير كل ثلاثة أشهر إلى مجلس المدينة حول سير العمل والصعوبات",
)


@dataclass(frozen=True)
class ScannedPage:
    name: str
    language: str
    kind: str
    is_noisy: bool
    text: str
    image: Image.Image


def make_pages(seed: int = 7) -> Iterator[ScannedPage]:
    """Sixty pages; every second one is noisy."""
    number = 0
    for language, texts in cut_texts().items():
        for at, text in enumerate(texts):
            kind, noisy = KINDS[at % len(KINDS)], (at // len(KINDS) + at) % 2 == 1
            name = f"{number:02}-{language}-{kind}{'-noisy' if noisy else ''}"
            yield make_page(name, language, kind, noisy, text, np.random.default_rng(seed + number))
            number += 1


def make_unknown(count: int, seed: int = 7) -> Iterator[ScannedPage]:
    """Pages in Russian and in Arabic, ``count`` of each; every second one is noisy."""
    russian = read_text("otchet-gorodskoy-transport.txt")
    for number in range(count):
        for language, text in (("ru", russian[number * 1000 :][:1000]), ("ar", "\n".join(ARABIC * 4))):
            noisy = number % 2 == 1
            name = f"{language}-{number}{'-noisy' if noisy else ''}"
            yield make_page(name, language, "plain", noisy, text, np.random.default_rng(seed + number))


def cut_texts() -> dict[str, list[str]]:
    """The texts of the pages by language."""
    texts = {
        language: [page for name in names for page in cut(read_text(name), LENGTHS[language]) if len(page) >= SHORTEST]
        for language, names in SOURCES.items()
    }
    rest = "\n".join([*texts["zh"][COUNTS["zh"] :], read_text(MIXED_SOURCE)])
    english = cut("\n".join(texts["en"][COUNTS["en"] :]), 560)
    mixed = [f"{chinese}\n{other}" for chinese, other in zip(cut(rest, 300), english, strict=False)]
    chosen = {language: texts[language][:count] for language, count in COUNTS.items()}
    chosen["zht"] = [to_traditional(text) for text in chosen["zht"]]
    return {**chosen, "mixed": mixed[:MIXED]}


def to_traditional(text: str) -> str:
    import opencc

    return str(opencc.OpenCC("s2t").convert(text))


def read_text(name: str) -> str:
    text = "\n".join(document.text for document in read_file(CORPUS / name, source=name, report=lambda _: None))
    lines = [re.sub(r"[*#`|]+", " ", line) for line in text.splitlines()]
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def cut(text: str, length: int) -> list[str]:
    """The text in pages of about so many characters, cut between sentences."""
    pages: list[str] = []
    page = ""
    for sentence in re.split(r"(?<=[。！？\n])|(?<=\. )", text):
        if len(page) + len(sentence) > length and page.strip():
            pages.append(page.strip())
            page = ""
        page += sentence
    return [*pages, page.strip()] if page.strip() else pages


def make_page(
    name: str, language: str, kind: str, is_noisy: bool, text: str, random: np.random.Generator
) -> ScannedPage:
    font = choose_font(language, random)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    if kind == "columns":
        half = text.rfind("\n", 0, len(text) * 2 // 3) if text.count("\n") > 2 else len(text) // 2
        first, second = text[:half].strip(), text[half:].strip()
        inner = (WIDTH - 2 * MARGIN - 80) // 2
        draw_text(image, first, font, MARGIN, MARGIN, inner)
        draw_text(image, second, font, MARGIN + inner + 80, MARGIN, inner)
        text = f"{first}\n{second}"
    else:
        bottom = draw_text(image, text, font, MARGIN, MARGIN, WIDTH - 2 * MARGIN)
        if kind == "table":
            text += "\n" + draw_table(image, TABLES[language], font, bottom + 60)
        if kind == "seal":
            stamp(image, random, bottom)
    return ScannedPage(name, language, kind, is_noisy, text, distort(image, kind, is_noisy, random))


def choose_font(language: str, random: np.random.Generator) -> ImageFont.FreeTypeFont:
    size = int(random.integers(30, 38))
    if language in FACES:
        face = CJK.format("Serif" if random.random() < 0.6 else "Sans")
        return ImageFont.truetype(str(FONTS / face), size, index=FACES[language])
    names = UNKNOWN.get(language, LATIN)
    return ImageFont.truetype(str(FONTS / names[int(random.integers(len(names)))]), size)


def draw_text(image: Image.Image, text: str, font: ImageFont.FreeTypeFont, left: int, top: int, width: int) -> int:
    draw = ImageDraw.Draw(image)
    for paragraph in text.split("\n"):
        for line in wrap(paragraph, font, width):
            draw.text((left, top), line, fill=(25, 25, 30), font=font)
            top += int(font.size * 1.7)
        top += int(font.size * 0.5)
    return top


def wrap(paragraph: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    line = ""
    for piece in re.findall(r"[A-Za-z0-9À-ɏ\u0370-\u06ff£%.,:;()'’“”–-]+ ?|.", paragraph):
        if line and font.getlength((line + piece).rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    if line.strip():
        yield line.rstrip()


def draw_table(image: Image.Image, rows: Sequence[Sequence[str]], font: ImageFont.FreeTypeFont, top: int) -> str:
    draw = ImageDraw.Draw(image)
    step, widths = int(font.size * 2), (500, 300, 300)
    for number, row in enumerate(rows):
        left = MARGIN
        for cell, width in zip(row, widths, strict=True):
            draw.rectangle(
                (left, top + number * step, left + width, top + (number + 1) * step), outline="black", width=2
            )
            draw.text((left + 20, top + number * step + font.size * 0.35), cell, fill="black", font=font)
            left += width
    return "\n".join(" | ".join(row) for row in rows)


def stamp(image: Image.Image, random: np.random.Generator, bottom: int) -> None:
    """A round red seal of 4 cm over the text, as transparent as ink."""
    side = 315
    seal = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(seal)
    red = (205, 30, 35, 200)
    draw.ellipse((4, 4, side - 4, side - 4), outline=red, width=9)
    font = ImageFont.truetype(str(FONTS / CJK.format("Serif")), 38, index=2)
    star = ImageFont.truetype(str(FONTS / "truetype/dejavu/DejaVuSans.ttf"), 110)
    draw.text((side / 2, side / 2), "★", fill=red, font=star, anchor="mm")
    for at, character in enumerate("云岭县人民政府办公室"):
        angle = np.pi * (0.95 + 1.1 * at / 9)
        place = (side / 2 + 118 * np.cos(angle), side / 2 + 118 * np.sin(angle))
        draw.text(place, character, fill=red, font=font, anchor="mm")
    top = int(random.integers(MARGIN, max(MARGIN + 1, bottom - side)))
    left = int(random.integers(MARGIN, WIDTH - MARGIN - side))
    under = np.asarray(image.crop((left, top, left + side, top + side)), float) / 255
    over = np.asarray(seal, float) / 255
    alpha = over[:, :, 3:]
    # Ink multiplies: black stays black below it.
    mixed = under * (1 - alpha + alpha * over[:, :, :3])
    image.paste(Image.fromarray((mixed * 255).astype(np.uint8)), (left, top))


def distort(image: Image.Image, kind: str, is_noisy: bool, random: np.random.Generator) -> Image.Image:
    if kind == "crooked":
        angle = float(random.choice([-3.0, -1.5, 1.5, 3.0]))
        image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    if kind == "turned":
        image = image.rotate(int(random.choice([90, 180, 270])), expand=True)
    return add_noise(image, random) if is_noisy else image


def add_noise(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Blur, uneven light, grain, specks, and the compression of a JPEG file."""
    image = image.filter(ImageFilter.GaussianBlur(1.0))
    values = np.asarray(image, np.float32)
    height, width = values.shape[:2]
    light = np.linspace(0.82, 1.0, width)[None, :, None] * np.linspace(1.0, 0.9, height)[:, None, None]
    values = values * light + random.normal(0, 14, values.shape[:2])[:, :, None]
    specks = random.random(values.shape[:2])
    values[specks < 0.0008] = 40
    file = io.BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=55)
    return Image.open(file).convert("RGB")
