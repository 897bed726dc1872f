"""Ruby in a search: a word is found by its reading, which is not part of what is shown."""

from __future__ import annotations

from pathlib import Path

from fake_encoder import FakeEncoder
from small_index import ask, create_index, write

PAGE = (
    "<html lang='ja'><body><p><ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp>京<rp>(</rp><rt>きょう</rt><rp>)</rp></ruby>の"
    "<ruby>水道局<rt>すいどうきょく</rt></ruby>が発表した。</p></body></html>"
)


def test_a_word_is_found_by_its_reading(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    docs = write(tmp_path / "docs", {"ruby.html": PAGE, "other.txt": "大阪の電力会社が発表した。"})
    index = create_index(tmp_path / "index", encoder, docs)
    for question in ("すいどうきょく", "とうきょう", "東京の水道局"):
        hit, *_ = ask(index, encoder, question, mode="lexical")
        assert hit.text == "東京の水道局が発表した。"
        assert (hit.start, hit.end) == (0, len(hit.text))
        assert hit.metadata == {}
