"""Models shared by the tests of this package: the folder of the bundled one, and one export of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from encoder_apart import EncoderApart
from reference_engine import ReferenceEngine

from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.bundled import e5_file
from retriever.models.bundled.load import BundledEncoder, prepare
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder

TEXTS = {
    "Han": "社区为老旧住宅楼加装电梯，居民按楼层分摊费用。",
    "traditional Han": "圖書館週末延長開放時間，歡迎市民前來閱讀。",
    "kana": "来週の水曜日に町内会の集まりがあります。",
    "hangul": "마을 버스는 아침 여섯 시부터 운행합니다.",
    "Latin": "The harbour office closes at noon on public holidays.",
    "Latin, accented": "El ayuntamiento aprobó ayer el presupuesto para la biblioteca.",
    "Cyrillic": "Ремонт моста закончится до начала зимы.",
    "Arabic": "تفتح المكتبة العامة أبوابها في الساعة التاسعة صباحا.",
    "Devanagari": "गाँव के स्कूल में नए कमरे बनाए जा रहे हैं।",
    "Thai": "ห้องสมุดประชาชนเปิดทุกวันยกเว้นวันจันทร์",
    "Greek": "Το λιμάνι θα μείνει κλειστό λόγω ισχυρών ανέμων.",
    "Hebrew": "הספרייה העירונית פתוחה בימים ראשון עד חמישי.",
    "Georgian": "სოფლის გზა შეკეთდება გაზაფხულზე.",
    "Tamil": "பள்ளி நூலகம் மாலை ஐந்து மணி வரை திறந்திருக்கும்.",
}
"""A sentence in each of several scripts, written for these tests."""


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    return TEXTS


@pytest.fixture(scope="session")
def bundled_model(bundled: Encoder) -> EmbeddingModel:
    return EmbeddingModel(bundled, checked=False)


@pytest.fixture(scope="session")
def bundled_folder() -> Path:
    return prepare()


@pytest.fixture(scope="session")
def unchanged(bundled: BundledEncoder) -> OnnxEncoder:
    """The encoder of passages, which reads questions with its own weights too: the bundled one without its own part."""
    return cast(OnnxEncoder, super(BundledEncoder, bundled))


@pytest.fixture(scope="session")
def reference() -> ReferenceEngine:
    return ReferenceEngine()


@pytest.fixture(scope="module")
def weights() -> e5_file.E5File:
    return e5_file.read(e5_file.locate())


@pytest.fixture(scope="session")
def exported() -> Iterator[Path]:
    """The folder of an export, a gigabyte: not in memory, where temporary files may be, nor left behind."""
    with tempfile.TemporaryDirectory(dir="/var/tmp" if os.path.isdir("/var/tmp") else None) as place:
        folder = Path(place) / "e5-export"
        # In a process of its own, which gives back all that it took, as to prepare the model does.
        code = "import sys; from retriever.models import *; prepare_model(); export_model(sys.argv[1])"
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
        yield folder


@pytest.fixture(scope="module")
def onnx_encoder(exported: Path) -> Iterator[EncoderApart]:
    with EncoderApart(exported) as encoder:
        yield encoder
