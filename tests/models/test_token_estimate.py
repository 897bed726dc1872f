"""The estimate of a text's tokens is not far below what a real vocabulary gives, whatever the script."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.models.interface import ModelDescription, Tokenizer
from retriever.models.token_estimate import estimate_passage_limit, estimate_token_spans

HARD = {
    "long words": "Donaudampfschifffahrtsgesellschaft und Grundstücksverkehrsgenehmigungszuständigkeitsübertragung",
    "agglutinated": "Yhdenvertaisuuslainsäädännöstämme keskusteltiin kaupunginvaltuustossa epäjärjestelmällisesti",
    "tones": "Thư viện công cộng mở cửa tất cả các ngày trong tuần trừ thứ Hai.",
    "capitals": "THE INTERNATIONAL ORGANIZATION FOR STANDARDIZATION (ISO/IEC JTC1) KXZQWP",
    "address": "https://example.org/path/to/some_file-name.html?id=8f3a9bc2&x=QmFzZTY0RW5jb2Rl",
    "figures": "2023年12月31日 1,234,567.89 +49 30 1234567",
}


def test_it_is_hardly_below_the_tokens_of_the_bundled_model(bundled: Tokenizer, texts: dict[str, str]) -> None:
    for script, text in {**texts, **HARD}.items():
        estimated, counted = len(estimate_token_spans(text)), len(bundled.token_spans(text))
        assert estimated >= 0.95 * counted, script
        assert estimated <= 3 * counted, script


@pytest.mark.parametrize("text", ["图书馆周末开放", "としょかん", "도서관", "🎉"])
def test_each_character_of_an_east_asian_script_counts(text: str) -> None:
    assert len(estimate_token_spans(text)) == len(text)


@given(st.text())
def test_spans_ascend_and_cover_all_but_white_space(text: str) -> None:
    spans = estimate_token_spans(text)
    assert spans.dtype == np.int32
    assert spans.shape == (len(spans), 2)
    assert (spans[1:, 0] >= spans[:-1, 1]).all()
    covered = "".join(text[start:end] for start, end in spans.tolist())
    assert covered == "".join(text.split())


def test_the_limit_leaves_room_for_the_prefix() -> None:
    assert estimate_passage_limit(ModelDescription("m", 8, 512)) == 510
    assert estimate_passage_limit(ModelDescription("m", 8, 512, passage_prefix="passage: ")) == 507
    assert estimate_passage_limit(ModelDescription("m", 8, 2, passage_prefix="passage: ")) == 1
