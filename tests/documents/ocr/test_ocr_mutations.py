"""Mutated image files are decoded or refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from retriever.documents.ocr.images import count_pictures, iter_pictures, open_image
from retriever.errors import ReadError

PICTURES = sorted((Path(__file__).parent / "pictures").iterdir())
MUTATIONS = 100
WORDS = (b"\0", b"\xff\xff\xff\xff", b"IDAT", b"IEND", b"IHDR", b"tRNS", b"eXIf", b"II*\0", b"\x01\x01\x04\0")


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Some bytes overwritten, mostly in the head, and at times the end cut off."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(min(len(changed), chance.choice((64, 600, len(changed)))))
        word = chance.choice((*WORDS, bytes([chance.randrange(256)])))
        changed[at : at + len(word)] = word
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.2 else changed)


def decode(data: bytes) -> str:
    """What becomes of a file."""
    try:
        with open_image(data) as image:
            for picture in iter_pictures(image, min(count_pictures(image), 5), []):
                assert picture.ndim == 3
    except ReadError:
        return "refused"
    return "decoded"


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_mutated_images_are_decoded_or_refused(path: Path) -> None:
    data = path.read_bytes()
    outcomes = {decode(mutate(data, random.Random(f"{path.name}{seed}"))) for seed in range(MUTATIONS)}
    assert outcomes == {"decoded", "refused"}
