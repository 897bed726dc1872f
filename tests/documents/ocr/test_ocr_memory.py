"""A process that recognises pictures of many sizes does not grow by each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PICTURES = Path(__file__).parent / "pictures"
# Prints the resident bytes after one picture, with the memory of two other sizes, and after that was given back.
READ = f"""
import os
import numpy as np
from PIL import Image
from retriever.documents.ocr.rapid import RapidRecogniser

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

recogniser = RapidRecogniser()
recogniser.release()
picture = Image.open({str(PICTURES / "notice.png")!r}).convert("RGB")

def read(*sizes):
    for width, height in sizes:
        assert recogniser.recognise(np.array(picture.resize((width, height))))

read((640, 480))
recogniser.release()
before = resident()
read((1280, 560), (1200, 700))
held = resident()
recogniser.release()
print(before, held, resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells in /proc what a process holds")
def test_what_pictures_took_is_given_back() -> None:
    ran = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    before, held, after = map(int, ran.stdout.split())
    assert held - before > 100 << 20  # otherwise nothing was to give back
    assert after - before < (held - before) / 4
