"""What supports a claim, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import write

from retriever import CitationReport, Retriever, RetrieverGroup, check_citations
from retriever.errors import UsageError
from retriever.models.interface import Encoder

EXCERPTS = [
    "Leakage fell to 14.8 million litres a day, the lowest figure since records began in 1994.",
    "The contractor, Brandt Lowell, bears 1.5 million of the difference. The work ends in November 2024.",
    "完成农村户厕改造6200座，生活污水治理率达到47%，创建省级美丽宜居村庄11个。",
]


def verdicts(report: CitationReport) -> list[bool]:
    return [claim.supported for claim in report.claims]


def test_a_quotation_supports_whatever_its_punctuation() -> None:
    report = check_citations("“Leakage fell to 14.8 million litres a day” — the LOWEST figure [1].", EXCERPTS)
    [claim] = report.claims
    assert claim.supported
    quotation = claim.by[0]
    assert (quotation.excerpt, quotation.kind) == (1, "quotation")
    assert EXCERPTS[0][quotation.start : quotation.end].startswith("Leakage fell to 14.8 million litres a day")
    assert not report.by_meaning


def test_every_support_lies_in_its_excerpt(bundled: Encoder) -> None:
    answer = "Leakage fell to 14.8 million litres. Brandt Lowell bears 1.5 million. 改造户厕6200座，创建村庄11个。"
    report = check_citations(answer, EXCERPTS, bundled)
    assert verdicts(report) == [True, True, True]
    for claim in report.claims:
        for support in claim.by:
            assert 0 <= support.start < support.end <= len(EXCERPTS[support.excerpt - 1])
            assert 0 < support.score <= 1


def test_a_wrong_figure_is_unsupported_however_close_the_rest_is(bundled: Encoder) -> None:
    report = check_citations(
        "Leakage fell to 15.8 million litres a day, the lowest figure since 1994 [1].", EXCERPTS, bundled
    )
    [claim] = report.unsupported
    assert claim.reasons == ("not in [1]: 15.8 million litres",)
    assert claim.by == ()


def test_a_wrong_name_is_unsupported() -> None:
    [claim] = check_citations(
        "The contractor, Brenner Lowell, bears 1.5 million of the difference [2].", EXCERPTS
    ).unsupported
    assert claim.reasons == ("not in [2]: Brenner",)


def test_another_excerpt_than_the_cited_one() -> None:
    [claim] = check_citations("The work ends in November 2024 [1].", EXCERPTS).unsupported
    assert claim.reasons == ("cited [1], supported by [2]",)
    assert {support.excerpt for support in claim.by} == {2}


def test_a_number_that_the_context_does_not_have() -> None:
    [claim] = check_citations("The work ends in November 2024 [7].", EXCERPTS).unsupported
    assert claim.reasons[0] == "the context has no [7]"


def test_without_a_citation_any_excerpt_supports() -> None:
    assert verdicts(check_citations("The work ends in November 2024.", EXCERPTS)) == [True]


def test_meaning_supports_in_other_words_and_languages(bundled: Encoder) -> None:
    answer = "The contractor has to bear 1.5 million of the additional cost [2]."
    assert verdicts(check_citations(answer, EXCERPTS)) == [False]
    report = check_citations(answer, EXCERPTS, bundled)
    assert (verdicts(report), report.by_meaning) == ([True], True)
    assert verdicts(check_citations("Rural toilets were rebuilt: 6,200 of them [3].", EXCERPTS, bundled)) == [True]


def test_an_invention_is_unsupported(bundled: Encoder) -> None:
    answer = "Residents can apply for free swimming lessons in summer [1]."
    [claim] = check_citations(answer, EXCERPTS, bundled).unsupported
    assert claim.reasons == ("[1] does not say this",)


def test_the_context_in_every_form() -> None:
    answer = "The work ends in November 2024 [2]."
    mappings = [{"number": number, "text": text} for number, text in enumerate(EXCERPTS, start=1)]
    expected = check_citations(answer, EXCERPTS)
    assert check_citations(answer, mappings) == expected
    assert check_citations(answer, {"excerpts": mappings}) == expected
    assert json.loads(json.dumps(expected.to_dict()))["claims"][0]["cited"] == [2]


@pytest.mark.parametrize("context", [None, "text", 3, {"hits": []}, [1], [{"text": "no number"}, {"number": "x"}]])
def test_what_is_no_context_is_refused(context: object) -> None:
    with pytest.raises(UsageError):
        check_citations("Something.", context)


def test_numbers_have_to_be_different() -> None:
    with pytest.raises(UsageError, match="two excerpts of the context have the number 2"):
        check_citations("So.", [{"number": 2, "text": "a"}, {"number": 2, "text": "b"}])


def test_an_answer_has_to_be_text() -> None:
    with pytest.raises(UsageError, match="answer must be text"):
        check_citations(b"So.", EXCERPTS)  # type: ignore[arg-type]


def test_a_retriever_compares_with_the_model_of_its_index(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"one.txt": EXCERPTS[0]})
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as retriever:
        retriever.sync(docs)
        report = retriever.check_citations("Leakage fell to 14.8 million litres a day [1].", EXCERPTS)
        assert (verdicts(report), report.by_meaning) == ([True], True)
        with RetrieverGroup([retriever]) as group:
            assert group.check_citations("Leakage fell to 14.8 million litres a day [1].", EXCERPTS) == report


def test_long_claims_and_excerpts_are_compared_whole(bundled: Encoder) -> None:
    parts = [f"the village number {number} got a new well" for number in range(60)]
    excerpt = f"In the spring {', '.join(parts)}, and the bakery in the harbour burned down."
    assert verdicts(check_citations("The harbour's bakery was destroyed by fire [1].", [excerpt], bundled)) == [True]
    assert verdicts(check_citations(f"{excerpt} [1]", [excerpt], bundled)) == [True]


def test_a_claim_that_is_too_long_is_refused() -> None:
    [claim] = check_citations("word " * 1500, EXCERPTS).unsupported
    assert claim.reasons == ("too long to be compared: 7,499 characters",)


@pytest.mark.parametrize(
    "answer", ["1" * 5000, "9" * 5000 + "万", "一二三" * 1600, "1.2." * 1200, "1/" * 2000, "A.1-" * 1000, "[1](" * 1000]
)
def test_no_answer_is_too_odd(answer: str) -> None:
    report = check_citations(answer, [answer])
    assert len(report.claims) + len(report.asides) >= 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("[1] harbour.txt:12 · Costs", "reference"),
        ("[1] Harbour Bridge, p. 3", "reference"),
        ("[1] The Harbour Bridge is shut", None),
        ("Sources: [1] Harbour Bridge", "reference"),
        ("Sources: [1] Harbour Bridge is shut for good", None),
    ],
)
def test_a_line_names_a_source_only_if_it_says_nothing_else(line: str, kind: str | None) -> None:
    excerpt = {"number": 1, "text": "It opened in 1990.", "title": "Harbour Bridge", "source": "docs/harbour.txt"}
    report = check_citations(line, {"excerpts": [excerpt | {"heading": ["Costs"]}]})
    assert [aside.kind for aside in report.asides] == ([kind] if kind else [])
    assert bool(report.claims) == (kind is None)
