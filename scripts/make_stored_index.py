"""Write tests/data/index-format-N.zip: a small index in the current format, for later versions to open.

    python scripts/make_stored_index.py tests/data

Run it once for every format of the index, before the format changes; a stored index is never regenerated. The documents
and vectors are defined here, so that a test knows the expected answers. No model is needed.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.migrations import FORMAT
from retriever.index.settings import IndexSettings
from retriever.index.terms import analyse
from retriever.types import Passage, StoredDocument

DIMENSION = 16
SETTINGS = IndexSettings(
    model="made up",
    model_name="made up",
    dimension=DIMENSION,
    encoder="made up",
    centering="made up",
    chunker="made up",
    analyzer="made up",
    passage_tokens=200,
    baseline=(0.1, 0.2, 0.3, 0.4),
)
FIRST = {
    "ferry": ["the ferry leaves at six", "tickets are sold on board", "渡轮 六点 开船"],
    "mill": ["the mill grinds rye", "rye and barley"],
    "pond": ["frogs sing in the pond", "the heron waits"],
}
SECOND = {"mill": ["the mill stands still", "rye is bought elsewhere"], "quarry": ["slate is cut in the quarry"]}
REMOVED = ["pond"]


def contents() -> dict[str, list[str]]:
    """The contents of the newest generation: the texts of each document."""
    return {key: texts for key, texts in {**FIRST, **SECOND}.items() if key not in REMOVED}


def vector(text: str) -> npt.NDArray[np.float32]:
    """The vector of a text, exact in half precision."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return (np.random.default_rng(seed).integers(-4, 5, DIMENSION) / 8).astype(np.float32)


def additions(documents: Mapping[str, Sequence[str]]) -> list[Addition]:
    """The documents with their passages, vectors and terms, ready to commit."""
    made = []
    for key, texts in documents.items():
        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        lines = enumerate(zip(texts, starts, strict=True), start=1)
        passages = [
            Passage(text, start, start + len(text), ("chapter", key), line, None, language(text), len(text.split()))
            for line, (text, start) in lines
        ]
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        document = StoredDocument(
            f"/docs/{key}.txt", key, f"docs/{key}.txt", f"/docs/{key}.txt", digest, digest, key.title(), "en",
            {"year": 2024},
        )  # fmt: skip
        vectors = np.array([vector(text) for text in texts])
        made.append(Addition(document, passages, vectors, analyse(document, passages)))
    return made


def language(text: str) -> str:
    """The language code of a text."""
    return "en" if text.isascii() else "zh"


def make(folder: Path) -> Path:
    """Write the archive into ``folder`` and return its path."""
    target = folder / f"index-format-{FORMAT}.zip"
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "index"
        # Never rewrite the first segment, so that the archive has a segment with deleted passages.
        index = LocalIndex.create(root, limits=Limits(deleted_share=1.0))
        index.commit(Changes([], additions(FIRST), SETTINGS))
        index.commit(Changes([f"/docs/{key}.txt" for key in REMOVED], additions(SECOND), SETTINGS))
        index.close()
        texts = [text for documents in (FIRST, SECOND) for texts in documents.values() for text in texts]
        hashes = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        with closing(EmbeddingCache(root / CACHE)) as cache:
            cache.put(SETTINGS.encoder, hashes, np.array([vector(text) for text in texts]))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                if path.is_file() and path.name != "writer.lock":
                    archive.write(path, path.relative_to(root))
    return target


if __name__ == "__main__":
    made = make(Path(sys.argv[1]))
    sys.stderr.write(f"{made}: {made.stat().st_size:,} bytes\n")
