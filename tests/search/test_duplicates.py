"""Near-duplicates: what is folded, what is not, and that nothing is lost."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever import Retriever
from retriever.search.duplicates import FIGURES, SHARED, TextComparer, group_duplicates
from retriever.text.analyzer import CURRENT, count_terms

FIRST = "全县新增城镇就业三千二百人，建成社区食堂十二个，改造老旧小区十八个，惠及居民两万四千户，群众满意度明显提高。"
EDITION = FIRST.replace("十二", "十三")
OTHER = "汛期由防汛办公室二十四小时值班，水位超过警戒线时立即通知沿江各乡镇，组织群众转移到安全地带。"


def alike(count: int) -> npt.NDArray[np.float32]:
    return np.ones((count, 1), np.float32)


def test_an_edition_joins_the_first_and_another_text_does_not() -> None:
    assert group_duplicates([FIRST, OTHER, EDITION], "aab", alike(3), 5) == [[0, 2], [1]]


def test_a_form_filled_in_with_other_figures_says_something_else() -> None:
    form = (
        "{}年，全县新增城镇就业{}人，改造老旧小区，惠及居民{}户，群众满意度明显提高，各项工作有序推进，"
        "城乡面貌焕然一新，公共服务持续改善。"
    )
    year, corrected, next_year = (
        form.format(*figures) for figures in ((2021, 320, 41), (2021, 320, 42), (2022, 415, 57))
    )
    assert group_duplicates([year, corrected, next_year], "abc", alike(3), 5) == [[0, 1], [2]]
    one_figure = [text.split("，", 2)[2] for text in (year, next_year)]
    assert group_duplicates(one_figure, "ab", alike(2), 5) == [[0, 1]]


PIECES = st.sampled_from(
    ["供水管网改造", "每户补贴三百元，", "二〇二四年", "1,234.5 ", "GB/T-7714 ", "C++ ", "running ", "العربية ",
     "ไทยแลนด์", "한국어", "カナ", "✅", "v2.13 ", "@ab ", "\n", "。", "a.b.c.d ", "§3 "]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12), st.integers(0, 12), st.lists(PIECES, max_size=2))
def test_two_texts_are_duplicates_if_most_of_their_terms_are_the_same(
    pieces: list[str], place: int, others: list[str]
) -> None:
    first, second = "".join(pieces), "".join([*pieces[:place], *others, *pieces[place + 1 :]])
    one, other = count_terms(first), count_terms(second)
    figures = [{term for term in terms if re.search(r"\d", term)} for terms in (one, other)]
    is_form = min(map(len, figures)) >= FIGURES and figures[0].isdisjoint(figures[1])
    expected = first == second or ((one & other).total() >= SHARED * (one | other).total() and not is_form)
    assert TextComparer().are_duplicates(first, second) == expected
    assert TextComparer({first: CURRENT.fold(first)}).are_duplicates(first, second) == expected


def test_vectors_that_differ_spare_the_comparison() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert group_duplicates([FIRST, FIRST], "aa", vectors, 5) == [[0], [1]]


def test_duplicates_are_found_beyond_the_last_group() -> None:
    assert group_duplicates([FIRST, OTHER, EDITION], "aab", alike(3), 1) == [[0, 2]]


def test_a_text_beyond_its_documents_cap_takes_no_other_with_it() -> None:
    """The last two say the same; the first of them has no place of its own, so the last is not lost with it."""
    texts, documents = [OTHER, EDITION, FIRST], "aab"
    assert group_duplicates(texts, documents, alike(3), 5) == [[0], [1, 2]]
    assert group_duplicates(texts, documents, alike(3), 5, most=1) == [[0], [2]]
    assert group_duplicates([FIRST, OTHER, EDITION], "aaa", alike(3), 5, most=1) == [[0, 2]]


def test_without_vectors_nothing_is_folded() -> None:
    assert group_duplicates([FIRST, FIRST, FIRST], "aab", None, 5, most=1) == [[0], [2]]


@given(st.lists(st.sampled_from([FIRST, EDITION, OTHER, "", "短"]), max_size=8), st.integers(1, 4))
def test_groups_are_disjoint_ordered_and_led_by_their_best(texts: list[str], count: int) -> None:
    found = group_duplicates(texts, ["a"] * len(texts), alike(len(texts)), count)
    members = [position for group in found for position in group]
    assert len(members) == len(set(members))
    assert len(found) <= count
    assert [group[0] for group in found] == sorted(group[0] for group in found)
    assert all(group == sorted(group) for group in found)
    if len(found) < count:
        assert len(members) == len(texts)


def test_a_text_in_traditional_and_in_simplified_characters_is_one_hit(tmp_path: Path) -> None:
    """To the model the two are less alike (0.79) than any two editions in one script."""
    simplified = "本市2021年安排专项资金3.2亿元，用于老旧小区改造，涉及居民1.5万户。工程由市住建局负责，十月底前完工。"
    traditional = "本市2021年安排專項資金3.2億元，用於老舊小區改造，涉及居民1.5萬戶。工程由市住建局負責，十月底前完工。"
    for name, text in {"a.txt": simplified, "b.txt": traditional, "c.txt": OTHER}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.sync(tmp_path)
        assert [len(hit.duplicates) for hit in retriever.search("老旧小区改造资金")] == [1, 0]


def test_two_editions_come_as_one_hit_unless_all_are_asked_for(tmp_path: Path) -> None:
    for name, text in {"a.txt": FIRST, "b.txt": EDITION, "c.txt": OTHER}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.sync(tmp_path)
        folded = retriever.search("新建了多少个社区食堂？")
        assert len(folded) == 2
        [duplicate] = folded[0].duplicates
        assert {Path(folded[0].source).name, Path(duplicate.source).name} == {"a.txt", "b.txt"}
        text = Path(duplicate.source).read_text(encoding="utf-8")
        assert text[duplicate.start : duplicate.end] in (FIRST, EDITION)
        shown = retriever.search("新建了多少个社区食堂？", duplicates="show")
        assert len(shown) == 3
        assert not any(hit.duplicates for hit in shown)
