"""Recognises text by the models of PaddleOCR in the wheel of RapidOCR; nothing is fetched.

The program's own steps are called one by one: lines are found on a smaller picture and cut from the full one, which way
they run is decided for all lines of a page together, and lines are recognised in parallel.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from retriever.documents.ocr.coverage import measure_coverage
from retriever.documents.ocr.interface import Corners, RecognisedLine
from retriever.documents.ocr.turning import choose_page_turn, choose_turns, turn_back, turn_corners
from retriever.locks import ForkSafeLock
from retriever.models.backends.session import shrink_session
from retriever.system import cpu_count, give_back_memory

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.documents.ocr.interface import Picture

    Quads = npt.NDArray[np.float32]

# Raised when the steps here change, so that pages are recognised again.
STEPS = 1
# The longer side of the picture on which lines are looked for, in pixels: small print of A4 is 10 of them high.
DETECTION_SIDE = 1_280
# A picture of fewer pixels on its longer side is enlarged: letters on screens are small.
ENLARGED_BELOW = 900
# Lines that are recognised at once, of like lengths.
BATCH = 6
MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}


class Reading(NamedTuple):
    """What was recognised on the picture of one line, and how sure that is."""

    text: str
    confidence: float


def is_installed() -> bool:
    """Whether the library is there, without importing it."""
    try:
        return util.find_spec("rapidocr") is not None
    except (ImportError, ValueError):
        return False


class RapidRecogniser:
    """A ``Recogniser`` by RapidOCR, which is loaded for the first picture; that takes a second or more."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._loaded: Any = None
        self._pool = ThreadPoolExecutor(cpu_count(), thread_name_prefix="ocr-line")

    @property
    def version(self) -> str:
        """See ``Recogniser.version``."""
        return f"rapidocr {metadata.version('rapidocr')} {MODELS['Rec.model_path']} {STEPS}"

    @property
    def _engine(self) -> Any:
        with self._lock.hold():
            if self._loaded is None:
                self._loaded = _load()
            return self._loaded

    def recognise(self, picture: Picture) -> list[RecognisedLine]:
        """See ``Recogniser.recognise``."""
        quads = self._find_lines(picture)
        crops = self._cut_lines(picture, quads)
        turn = choose_page_turn(crops, [_is_tall(quad) for quad in quads], self._read)
        if not turn:
            return self._read_lines(quads, crops)
        # Lines that run downwards or upwards are found as well, but are cut to pieces more often.
        turned = np.ascontiguousarray(np.rot90(picture, turn))
        quads = self._find_lines(turned)
        lines = self._read_lines(quads, self._cut_lines(turned, quads))
        height, width = picture.shape[:2]
        return [replace(line, corners=turn_back(line.corners, turn, width, height)) for line in lines]

    def release(self) -> None:
        """See ``Recogniser.release``."""
        with self._lock.hold():
            loaded = self._loaded
        if loaded is not None:
            for step, height in ((loaded.text_det, 64), (loaded.text_cls, 48), (loaded.text_rec, 48)):
                shrink_session(step.session.session, (1, 3, height, 64))
            give_back_memory()

    def _cut_lines(self, picture: Picture, quads: Quads) -> list[Picture]:
        """The pictures of lines, blue first as the library has them; those of tall ones are turned by a quarter."""
        crops: list[Picture] = self._engine.crop_text_regions(np.ascontiguousarray(picture[:, :, ::-1]), quads)
        return crops

    def _read_lines(self, quads: Quads, crops: list[Picture]) -> list[RecognisedLine]:
        if not crops:
            return []
        turns = choose_turns(crops, [_is_tall(quad) for quad in quads], self._read, self._classify)
        crops = [np.ascontiguousarray(np.rot90(crop, turn)) for crop, turn in zip(crops, turns, strict=True)]
        lines = []
        for quad, turn, crop, reading in zip(quads, turns, crops, self._read(crops), strict=True):
            text = reading.text.strip()
            corners = turn_corners(_corners(quad), turn + _is_tall(quad))
            lines.append(RecognisedLine(text, round(reading.confidence, 3), corners, measure_coverage(crop, text)))
        return lines

    def _find_lines(self, picture: Picture) -> Quads:
        """The corners of each line, float32 [n, 4, 2] in pixels: upper left, upper right, lower right, lower left."""
        import cv2

        height, width = picture.shape[:2]
        longest = max(height, width)
        # The library would measure a large picture in doubles.
        factor = 2.0 if longest < ENLARGED_BELOW else min(1.0, DETECTION_SIDE / longest)
        size = (max(32, round(width * factor)), max(32, round(height * factor)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
        found = self._engine.text_det(np.ascontiguousarray(small[:, :, ::-1]))
        if found.boxes is None or not len(found):
            return np.zeros((0, 4, 2), np.float32)
        scale = np.array([width / size[0], height / size[1]], np.float32)
        return np.asarray(found.boxes, np.float32) * scale

    def _read(self, crops: Sequence[Picture]) -> list[Reading]:
        """What stands on pictures of lines, in their order."""
        order = sorted(range(len(crops)), key=lambda at: crops[at].shape[1] / crops[at].shape[0])
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        results: list[Reading] = [Reading("", 0.0)] * len(crops)
        for batch, readings in zip(
            batches, self._pool.map(self._read_batch, [[crops[at] for at in batch] for batch in batches]), strict=True
        ):
            for at, reading in zip(batch, readings, strict=True):
                results[at] = reading
        return results

    def _read_batch(self, crops: list[Picture]) -> list[Reading]:
        found = self._engine.recognize_txt(crops)
        return [Reading(text, float(score)) for text, score in zip(found.txts, found.scores, strict=True)]

    def _classify(self, crops: Sequence[Picture]) -> list[bool]:
        """Whether lines stand on their heads, as a small model says; it errs on short ones."""
        _, found = self._engine.cls_and_rotate(list(crops))
        return [label == "180" for label, _ in found.cls_res]


def _load() -> Any:
    """RapidOCR with its models, which it would load at first use, beside other threads. Raises ImportError."""
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    params: dict[str, Any] = {name: str(models / file) for name, file in MODELS.items()}
    params |= {
        "Global.log_level": "critical",
        # Pages and lines are recognised in parallel, so that a single one need not be.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        # Memory is used again instead of being asked of the system and cleared for each step, which takes a seventh of
        # the time. It grows with every size of picture: see ``release``.
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        "Det.limit_type": "max",
        "Det.limit_side_len": DETECTION_SIDE,
    }
    engine = rapidocr.RapidOCR(params=params)
    for load in (engine._load_det_model, engine._load_rec_model, engine._load_cls_model):
        load()  # type: ignore[no-untyped-call]
    return engine


def _is_tall(quad: npt.NDArray[np.float32]) -> bool:
    """Whether the library turns the picture of a line by a quarter, as it does where a line is that much higher."""
    width = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return bool(height >= 1.5 * width)


def _corners(quad: npt.NDArray[np.float32]) -> Corners:
    one, two, three, four = ((round(float(x), 1), round(float(y), 1)) for x, y in quad)
    return one, two, three, four
