"""Progress moves with what takes the time: the passages that are embedded, not the files that are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import paragraph, write

from retriever import Retriever
from retriever.models.embedding_model import EmbeddingModel
from retriever.reports import Progress


class Batches(FakeEncoder):
    """An encoder of small batches, which notes the share that had been reported when each began."""

    batch_size = 8

    def __init__(self, steps: list[Progress]) -> None:
        super().__init__()
        self._steps = steps
        self.shares: list[float] = []

    def encode_passages(self, texts: Sequence[str]) -> object:
        # The sample of a new index is measured before the first step.
        if self._steps and self._steps[-1].stage == "index":
            self.shares.append(self._steps[-1].share or 0.0)
        return super().encode_passages(texts)


def run(folder: Path, source: Path, **options: bool) -> tuple[list[Progress], list[float]]:
    steps: list[Progress] = []
    encoder = Batches(steps)
    with Retriever.open(folder / "index", create=True, model=EmbeddingModel(encoder)) as retriever:
        retriever.sync(source, on_progress=steps.append, **options)  # type: ignore[arg-type]
    return [step for step in steps if step.stage == "index"], encoder.shares


@pytest.fixture
def many(tmp_path: Path) -> Path:
    files = {f"{number}.txt": "\n\n".join(paragraph(number * 40 + i) for i in range(15)) for number in range(40)}
    return write(tmp_path / "many", files)


def check(steps: list[Progress], shares: list[float]) -> None:
    assert all(0 <= (before.share or 0) <= (after.share or 0) <= 1 for before, after in pairwise(steps))
    assert steps[-1].share == 1.0
    # Each batch takes as long as any other, so the share is near that of the batches that are done.
    for done, share in enumerate(shares):
        assert share == pytest.approx(done / len(shares), abs=0.2)


def test_the_share_follows_the_batches_of_many_files(tmp_path: Path, many: Path) -> None:
    steps, shares = run(tmp_path, many)
    assert len(shares) > 20
    check(steps, shares)
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (40, 40, "files")
    assert steps[-1].detail.endswith(" passages")
    # What sizes alone let expect is not a number to show.
    assert steps[0].detail == ""
    assert not any(step.detail.startswith("0 of about") for step in steps)


def test_the_share_follows_the_rows_of_one_file(tmp_path: Path) -> None:
    rows = [json.dumps({"id": str(number), "text": paragraph(number, 120)}) for number in range(250)]
    write(tmp_path, {"rows.jsonl": "\n".join(rows)})
    steps, shares = run(tmp_path, tmp_path / "rows.jsonl")
    assert len(shares) > 20
    check(steps, shares)


def test_a_run_without_anything_to_embed_is_done_at_its_end(tmp_path: Path, many: Path) -> None:
    run(tmp_path, many)
    steps, shares = run(tmp_path, many)
    assert (steps, shares) == ([], [])
    steps, shares = run(tmp_path, many, rebuild=True)
    assert (steps[-1].share, shares) == (1.0, [])
