"""Choose parallel texts and embed them with the unchanged encoder, for ``train.py``: set.json and set-*.np? in WORK.

    python benchmarks/question_encoder/embed.py WORK [--share 1.0] [--languages 6]

Passages are kept as an index decodes them, so that what is trained makes up for what codes lose, too. Questions were
written (``benchmarks/questions/parallel.jsonl.gz`` and, with texts of their own, ``encyclopaedia.jsonl.gz`` and
``documents.jsonl.gz``), or are the headings of passages, sentences of them, those that ask first, and a few words in a
row.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from student import CODEC, MODEL, read_frozen

from retriever.text.sentences import assign_sentences, split_sentences

QUESTIONS = Path(__file__).parents[1] / "questions"

# Passages by source.
QUOTAS = {
    "freeciv-nations": 400, "freeciv-core": 150, "wesnoth": 450, "cataclysm": 450, "gnome": 250, "handbook": 400,
    "install": 150, "libreoffice": 200, "kstars": 120, "packages": 300,
}  # fmt: skip
# How much rather a language is chosen than others, so that those with few texts or far from English come often enough.
RATHER = {
    "ar": 5, "zh": 2.5, "ja": 1.5, "ko": 1.6, "vi": 2, "tr": 2, "fa": 2, "hi": 4, "he": 3, "ta": 2, "te": 2, "ru": 1.5,
    "de": 1.3, "es": 1.3, "el": 1.3,
}  # fmt: skip
# What was written with texts of its own.
OWN = ("encyclopaedia", "documents")
SHORTEST, LONGEST, MOST_OF_GROUP, BATCH = 120, 1000, 40, 64
UNSPACED = ("zh", "ja", "th")
Item = dict[str, Any]


def read_rows(name: str) -> Iterator[Any]:
    with gzip.open(QUESTIONS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def choose(work: Path, share: float, most: int, generator: random.Random) -> list[Item]:
    """Passages of every source, each in up to ``most`` languages, those first about which questions were written."""
    asked = {row["text"]: row for row in read_rows("parallel")}
    first: list[Item] = []
    chosen: list[Item] = []
    for source, quota in QUOTAS.items():
        rows = [json.loads(line) for line in (work / f"{source}.jsonl").read_text("utf-8").splitlines()]
        known = {hashlib.sha256(row["text"]["en"].encode()).hexdigest()[:16]: row for row in rows}
        about = {name: asked[name] for name in known if name in asked and asked[name]["source"] == source}
        first += [{**known[name], "asked": row["questions"], "kept": row["languages"]} for name, row in about.items()]
        rows = [row for name, row in known.items() if name not in about and len(row["text"]) >= 4]
        rows = [row for row in rows if SHORTEST <= len(row["text"]["en"]) <= LONGEST]
        groups: dict[str, list[Item]] = defaultdict(list)
        for row in rows:
            groups[row["group"]].append(row)
        wanted = int(quota * share)
        if len(groups) > 1:  # whole documents: what stands beside a passage is hardest to tell from it
            names = sorted(groups)
            generator.shuffle(names)
            found: list[Item] = []
            for name in names:
                found += groups[name][:MOST_OF_GROUP] if len(found) < wanted else []
        else:  # those in many languages rather
            rank = {id(row): len(row["text"]) + 4 * generator.random() + 2 * ("ar" in row["text"]) for row in rows}
            found = sorted(rows, key=lambda row: -rank[id(row)])[:wanted]
        chosen += found
    for number, row in enumerate(first + chosen):
        others = sorted(
            sorted(set(row["text"]) - {"en"}),
            key=lambda language: -(generator.random() ** (1 / RATHER.get(language, 1))),
        )
        kept = [language for language in row.pop("kept", ["en", *others[: most - 1]]) if language in row["text"]]
        row["id"], row["text"] = number, {language: row["text"][language] for language in kept}
        row["head"] = {
            language: re.sub(r"^[\d.]+\s+", "", row["head"][language]) for language in kept if language in row["head"]
        }
    return first + chosen


def read_own(name: str, number: int) -> Iterator[Item]:
    """The paragraphs of texts that were written with their questions, numbered from ``number``."""
    paragraphs = [(row["title"], paragraph) for row in read_rows(name) for paragraph in row["paragraphs"]]
    for at, (title, paragraph) in enumerate(paragraphs, number):
        texts = {language: text for language, text in paragraph["text"].items() if len(text) > 40}
        asked = [{language: text for language, text in one.items() if len(text) > 3} for one in paragraph["questions"]]
        yield {"id": at, "source": name, "group": f"/{title}", "head": {}, "text": texts, "asked": asked}


def ask(row: Item, generator: random.Random) -> list[dict[str, str]]:
    """Questions about a passage, by language."""
    sentences = {
        language: [text[one.start : one.end].strip() for one in split_sentences(text)]
        for language, text in row["text"].items()
    }
    count = len(sentences["en"])
    found: list[dict[str, str]] = []
    if len(row["head"].get("en", "").split()) >= 2:
        found.append(row["head"])
    places = [place for place in range(count) if 25 <= len(sentences["en"][place]) <= 260]
    generator.shuffle(places)
    places.sort(key=lambda place: not sentences["en"][place].endswith("?"))
    found += [
        {language: own[place] for language, own in sentences.items() if len(own) == count} for place in places[:2]
    ]
    for language in generator.sample(sorted(row["text"]), 2):
        sentence = generator.choice(sentences[language])
        between = "" if language in UNSPACED else " "
        words = sentence.split() if between else list(sentence)
        length = generator.randint(4, 9) if between else generator.randint(8, 20)
        start = generator.randint(0, max(len(words) - length, 0))
        found.append({language: between.join(words[start : start + length]).strip(".,;:。，、")})
    kept = [{language: text[:300] for language, text in one.items() if len(text) > 3} for one in found]
    return [one for one in kept if one]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="where texts.py left its files")
    parser.add_argument("--share", type=float, default=1.0, help="of the passages of each source")
    parser.add_argument("--languages", type=int, default=6, help="the most in which a passage is taken")
    options = parser.parse_args()
    generator = random.Random(5)
    items = choose(options.work, options.share, options.languages, generator)
    questions = [{"item": row["id"], "text": text} for row in items for text in ask(row, generator)]
    for name in OWN:
        items += read_own(name, len(items))
    written = [(row["id"], text) for row in items for text in row.pop("asked", []) if text]
    questions += [{"item": item, "text": text, "written": True} for item, text in written]
    passages = [(row["id"], language) for row in items for language in row["text"]]
    print(Counter(language for _, language in passages).most_common(), flush=True)
    whole, tokens = [], []
    with MODEL.indexing():
        for start in range(0, len(passages), BATCH):
            part = passages[start : start + BATCH]
            texts, languages = [items[at]["text"][language] for at, language in part], [other for _, other in part]
            vectors, read = MODEL.embed_passages_with_tokens(texts, languages)
            whole.append(MODEL.centering.center(vectors, languages, "passage"))
            for text, own in zip(texts, read, strict=True):
                sentences = assign_sentences(split_sentences(text), own.spans[:, 0])
                tokens.append(CODEC.decode(CODEC.encode(text, own, sentences)).vectors.astype(np.float16))
    save(options.work / "set-p.npz", options.work / "set-ptok.npy", np.concatenate(whole), tokens)
    asked = [(at, language) for at, question in enumerate(questions) for language in question["text"]]
    frozen = [read_frozen(questions[at]["text"][language], language) for at, language in asked]
    tokens = [question.tokens.numpy().astype(np.float16) for question in frozen]
    save(
        options.work / "set-q.npz",
        options.work / "set-qtok.npy",
        np.stack([question.whole.numpy() for question in frozen]),
        tokens,
    )
    known = {"items": items, "P": passages, "Q": questions, "flat": asked}
    (options.work / "set.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    print(f"{len(items)} items, {len(passages)} passages, {len(asked)} questions")


def save(vectors: Path, tokens: Path, whole: np.ndarray, runs: list[np.ndarray]) -> None:
    """Whole vectors and numbers of tokens, and the tokens, one text behind another."""
    np.savez(vectors, vec=whole.astype(np.float32), n=np.array([len(run) for run in runs]))
    np.save(tokens, np.concatenate(runs))


if __name__ == "__main__":
    main()
