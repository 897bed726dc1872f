"""Make tests/data/index-format-N.zip: a small index as the present version writes it, for later versions to open.

    python scripts/make_stored_index.py tests/data

Run it once for every format of the index, before the format changes; what is stored is never made anew. The documents
and their vectors stand here, so that a test knows what such an index has to answer. No model takes part.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from retriever.index.interface import Addition, Changes, StoredDocument
from retriever.index.local.index import LocalIndex
from retriever.index.local.migrations import FORMAT
from retriever.types import Passage

DIMENSION = 16
SETTINGS = {"encoder": "made up", "passage_tokens": 200}
FIRST = {
    "ferry": ["the ferry leaves at six", "tickets are sold on board", "渡轮 六点 开船"],
    "mill": ["the mill grinds rye", "rye and barley"],
    "pond": ["frogs sing in the pond", "the heron waits"],
}
SECOND = {"mill": ["the mill stands still", "rye is bought elsewhere"], "quarry": ["slate is cut in the quarry"]}
REMOVED = ["pond"]


def contents() -> dict[str, list[str]]:
    """What the newest generation holds: each document's texts."""
    return {key: texts for key, texts in {**FIRST, **SECOND}.items() if key not in REMOVED}


def vector(text: str) -> np.ndarray:
    """A vector that follows from the text, exact in half precision."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return (np.random.default_rng(seed).integers(-4, 5, DIMENSION) / 8).astype(np.float32)


def analyze(text: str) -> list[str]:
    return text.split()


def additions(documents: Mapping[str, Sequence[str]]) -> list[Addition]:
    """The documents with their passages and vectors, ready to commit."""
    made = []
    for key, texts in documents.items():
        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        passages = [
            Passage(text, start, start + len(text), ("chapter", key), number + 1, None, "en", len(text.split()))
            for number, (text, start) in enumerate(zip(texts, starts, strict=True))
        ]
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        document = StoredDocument(
            f"/docs/{key}.txt", key, f"docs/{key}.txt", f"/docs/{key}.txt", digest, digest, key.title(), "en",
            {"year": 2024},
        )  # fmt: skip
        made.append(Addition(document, passages, np.array([vector(text) for text in texts])))
    return made


def make(folder: Path) -> Path:
    """Write the archive into ``folder`` and return its path."""
    target = folder / f"index-format-{FORMAT}.zip"
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "index"
        index = LocalIndex.create(root, analyze=analyze)
        index.commit(Changes([], additions(FIRST), SETTINGS))
        index.commit(Changes([f"/docs/{key}.txt" for key in REMOVED], additions(SECOND), SETTINGS))
        texts = [text for documents in (FIRST, SECOND) for texts in documents.values() for text in texts]
        hashes = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        index.cache.put(SETTINGS["encoder"], hashes, np.array([vector(text) for text in texts]))
        index.close()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                if path.is_file() and path.name != "writer.lock":
                    archive.write(path, path.relative_to(root))
    return target


if __name__ == "__main__":
    made = make(Path(sys.argv[1]))
    sys.stderr.write(f"{made}: {made.stat().st_size:,} bytes\n")
