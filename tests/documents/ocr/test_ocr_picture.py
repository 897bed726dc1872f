"""Pictures before their recognition: blank ones, high ones, and seals over text."""

from __future__ import annotations

import numpy as np

from retriever.documents.ocr.coverage import measure_coverage
from retriever.documents.ocr.picture import cut_long, fade_seals, is_blank, shrink

BLACK, RED = (20, 20, 20), (205, 40, 40)


def make_paper(height: int = 600, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), 245, np.uint8)


def test_paper_is_blank_until_something_is_written() -> None:
    paper = make_paper()
    noise = np.random.default_rng(1).normal(0, 6, paper.shape)
    assert is_blank(paper)
    assert is_blank((paper + noise).clip(0, 255).astype(np.uint8))
    paper[100:110, 50:90] = BLACK
    assert not is_blank(paper)


def test_a_seal_is_faded_and_red_headings_stay() -> None:
    paper = make_paper()
    paper[20:40, 50:350] = RED  # a heading
    paper[300:420, 150:270] = RED  # a seal, and a line below it
    paper[353:357, 100:300] = BLACK
    faded = fade_seals(paper)
    assert (faded[20:40, 50:350] == RED).all()
    assert faded[320, 200].min() > 200
    assert faded[355, 200].max() < 80
    assert (paper[320, 200] == RED).all()


def test_a_picture_without_a_seal_is_left_alone() -> None:
    paper = make_paper()
    paper[353:357, 100:300] = BLACK
    assert fade_seals(paper) is paper


def test_a_high_picture_is_cut_between_lines() -> None:
    paper = make_paper(3000, 300)
    for top in range(20, 2980, 40):
        paper[top : top + 20, 20:280] = BLACK
    pieces = list(cut_long(paper))
    assert len(pieces) > 3
    assert np.concatenate([piece for _, piece in pieces]).shape == paper.shape
    for top, _ in pieces[1:]:
        assert (paper[top] == 245).all()


def test_a_large_picture_is_shrunk() -> None:
    picture, factor = shrink(make_paper(5800, 4000))
    assert (picture.shape, factor) == ((2900, 2000, 3), 0.5)
    assert shrink(make_paper())[1] == 1


def test_ink_without_characters_is_not_covered() -> None:
    line = np.full((40, 400, 3), 250, np.uint8)
    for left in range(10, 390, 40):
        line[5:35, left : left + 32] = BLACK
    assert measure_coverage(line, "关于农村供水工程的通") > 0.7
    assert measure_coverage(line, "  2022") < 0.4
    assert measure_coverage(line, "") == 0
    assert measure_coverage(np.full((40, 400, 3), 250, np.uint8), "") == 1
