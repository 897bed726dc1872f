"""Writes the bundled model's Unigram vocabulary: as a tokenizer.json, and as arrays to look pieces up in.

The arrays are what ``unigram.py`` maps into memory, so that a single query need not load a quarter of a million
pieces. Nothing is tokenised here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

SPECIALS = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 250001}
BOS, EOS, UNKNOWN = SPECIALS["<s>"], SPECIALS["</s>"], SPECIALS["<unk>"]

TOKENIZER_FILE = "tokenizer.json"
PIECES_FILE = "pieces.txt"
"""All pieces in UTF-8, one after the other, in the order of their ids."""
BOUNDS_FILE = "piece_bounds.npy"
"""uint32 [pieces + 1]: where each piece starts in the file of pieces, in bytes."""
SCORES_FILE = "piece_scores.npy"
"""float32 [pieces]."""
HASHES_FILE = "piece_hashes.npy"
"""uint64 [pieces], ascending."""
IDS_FILE = "piece_ids.npy"
"""int32 [pieces]: the id of the piece that each hash belongs to."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_TILDE, _NONCHARACTER = "～", "\ufdd0"

NORMALIZER: dict[str, Any] = {
    "type": "Sequence",
    "normalizers": [
        {"type": "Nmt"},
        # The model's own map is NFKC for every character but this one, which it keeps.
        {"type": "Replace", "pattern": {"String": _TILDE}, "content": _NONCHARACTER},
        {"type": "NFKC"},
        {"type": "Replace", "pattern": {"String": _NONCHARACTER}, "content": _TILDE},
    ],
}
PRE_TOKENIZER: dict[str, Any] = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "WhitespaceSplit"},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    ],
}


def substring_hashes(
    codes: npt.NDArray[np.uint64], length: int, shorter: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint64]:
    """Hashes of all substrings of ``length`` characters, from those one character shorter.

    ``codes`` holds the code points; the hash of the empty string is 0. A polynomial modulo 2**64.
    """
    count = max(len(codes) - length + 1, 0)
    hashes: npt.NDArray[np.uint64] = (
        shorter[:count] * _MULTIPLIER + codes[length - 1 : length - 1 + count] + np.uint64(1)
    )
    return hashes


def piece_hashes(pieces: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The hash of each piece: uint64 [pieces]."""
    lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    codes = code_points("".join(pieces))
    hashes = np.zeros(len(pieces), dtype=np.uint64)
    for position in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > position)
        hashes[rows] = hashes[rows] * _MULTIPLIER + codes[starts[rows] + position] + np.uint64(1)
    return hashes


def code_points(text: str) -> npt.NDArray[np.uint64]:
    """The code points of a text without surrogates: uint64 [characters]."""
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)


def tokenizer_json(pieces: Sequence[str], scores: Sequence[float], *, specials: bool) -> str:
    """The tokenizer in the format of the library ``tokenizers``.

    With ``specials`` it adds ``<s>`` and ``</s>`` and knows the special tokens, as other programs expect of a
    model's folder; without, it gives the tokens of the text alone.
    """
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(name, number) for name, number in SPECIALS.items()] if specials else [],
        "normalizer": NORMALIZER,
        "pre_tokenizer": PRE_TOKENIZER,
        "post_processor": _template() if specials else None,
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {
            "type": "Unigram",
            "unk_id": UNKNOWN,
            "vocab": list(zip(pieces, scores, strict=True)),
            "byte_fallback": False,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def write_vocabulary(folder: Path, pieces: Sequence[str], scores: npt.NDArray[np.float32]) -> None:
    """Write the tokenizer and the arrays into ``folder``."""
    (folder / TOKENIZER_FILE).write_text(tokenizer_json(pieces, scores.tolist(), specials=False), encoding="utf-8")
    encoded = [piece.encode() for piece in pieces]
    (folder / PIECES_FILE).write_bytes(b"".join(encoded))
    bounds = np.cumsum([0, *map(len, encoded)]).astype(np.uint32)
    hashes = piece_hashes(pieces)
    order = np.argsort(hashes).astype(np.int32)
    np.save(folder / BOUNDS_FILE, bounds)
    np.save(folder / SCORES_FILE, scores)
    np.save(folder / HASHES_FILE, hashes[order])
    np.save(folder / IDS_FILE, order)


def _special(content: str, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "content": content,
        "single_word": False,
        "lstrip": content == "<mask>",
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _template() -> dict[str, Any]:
    def token(name: str) -> dict[str, Any]:
        return {"SpecialToken": {"id": name, "type_id": 0}}

    def text(name: str) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": 0}}

    return {
        "type": "TemplateProcessing",
        "single": [token("<s>"), text("A"), token("</s>")],
        "pair": [token("<s>"), text("A"), token("</s>"), token("</s>"), text("B"), token("</s>")],
        "special_tokens": {name: {"id": name, "ids": [SPECIALS[name]], "tokens": [name]} for name in ("<s>", "</s>")},
    }
