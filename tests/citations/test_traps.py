"""Claims that are close to an excerpt in everything but what they say."""

from __future__ import annotations

import pytest

from retriever import Claim, check_citations
from retriever.citations.negation import contradicts, read_windows
from retriever.models.interface import Encoder

TEXT = (
    "The ferry did not run in January because of ice. Bicycles are carried free of charge. "
    "Dogs may not be brought into the cabin. Tickets cost 8 euros for adults and 3 euros for children. "
    "The harbour office employs 14 people, of whom 9 are women. In 2023 the pier was lengthened by 40 metres."
)
HAN = (
    "北部水源涵养区严格管控开发强度，一律不再新批房地产项目。轮渡每四十分钟一班，县文旅局局长李明远负责协调。"
    "全年改造老旧小区34个，惠及居民5128户，拓宽农村公路218公里。"
)
JAPANESE = "診療所の予約時刻とバスの到着時刻を合わせ、待ち時間が30分を超えないようにする。"


def judge(claim: str, excerpt: str, model: Encoder | None = None) -> Claim:
    [judged] = check_citations(claim, [excerpt], model).claims
    return judged


@pytest.mark.parametrize(
    ("claim", "excerpt", "language"),
    [
        ("The ferry did run in January because of ice.", TEXT, "en"),
        ("Bicycles are not carried free of charge.", TEXT, "en"),
        ("Dogs may be brought into the cabin.", TEXT, "en"),
        ("北部水源涵养区可以新批房地产项目。", HAN, "zh"),
        ("公园内请吸烟并遛狗。", "公园内请勿吸烟并遛狗。", "zh"),
        ("全年没有改造老旧小区34个。", HAN, "zh"),
        ("診療所の予約時刻とバスの到着時刻を合わせない。", JAPANESE, "ja"),
        ("Автобус не был возвращён жителям посёлка.", "Автобус был возвращён жителям посёлка.", "ru"),
        ("佢哋收信用卡同現金。", "老闆話佢哋唔收信用卡同現金。", "zh"),
        ("落雨唔做外賣。", "落雨都做外賣。", "zh"),
        ("นำสัตว์เลี้ยงเข้าตลาดทุกวันเสาร์", "ห้ามนำสัตว์เลี้ยงเข้าตลาดทุกวันเสาร์", "th"),
        ("Học sinh không được miễn phí.", "Học sinh được miễn phí.", "vi"),
        ("יש להכניס בעלי חיים לבריכה.", "אין להכניס בעלי חיים לבריכה.", "he"),
        ("Οι φωτογραφίες με φλας δεν επιτρέπονται.", "Οι φωτογραφίες με φλας επιτρέπονται.", "el"),
        ("Biblioteka nie jest czynna w sobotę.", "Biblioteka jest czynna w sobotę.", "pl"),
        ("Бібліотека не працює у суботу.", "Бібліотека працює у суботу.", "uk"),
        ("Kütüphane cumartesi açık değil.", "Kütüphane cumartesi açık.", "tr"),
        ("पुस्तकालय शाम को खुला नहीं रहता है।", "पुस्तकालय शाम को खुला रहता है।", "hi"),
        ("Los vasos no llevan un depósito de un euro.", "Los vasos llevan un depósito de un euro.", "es"),
        ("市议会批准了新学校的预算。", "市议会否决了新学校的预算。", "zh"),
        ("Swimming in the lake is allowed after dusk.", "Swimming in the lake is prohibited after dusk.", "en"),
        ("The council approved the budget for the school.", "The council rejected the budget for the school.", "en"),
        ("Das Baden im See ist nachts erlaubt.", "Das Baden im See ist nachts verboten.", "de"),
        ("Der Rat stimmte dem Bau der Brücke zu.", "Der Rat lehnte den Bau der Brücke ab.", "de"),
        ("Le conseil a approuvé le budget de l'école.", "Le conseil a rejeté le budget de l'école.", "fr"),
        ("Está permitido bañarse en el lago.", "Está prohibido bañarse en el lago.", "es"),
        ("Купаться в озере ночью разрешено.", "Купаться в озере ночью запрещено.", "ru"),
    ],
)
def test_a_denial_of_the_same_words(claim: str, excerpt: str, language: str) -> None:
    assert contradicts(claim, language, read_windows(excerpt, language))


@pytest.mark.parametrize(
    ("claim", "excerpt", "language"),
    [
        ("The ferry did not run in January.", TEXT, "en"),
        ("Bicycles travel free, and nobody has to pay for them.", TEXT, "en"),
        ("No more than 40 metres were added to the pier in 2023.", TEXT, "en"),
        ("北部水源涵养区不再新批房地产项目。", HAN, "zh"),
        ("待ち時間が30分を超えないようにする。", JAPANESE, "ja"),
        ("Погибло не более 58 человек за год.", "За год погибло 58 человек. Раненых нет.", "ru"),
        ("每部电梯施工期最多90日。", "每部电梯施工期不超过90日。", "zh"),
        ("It is not so.", "It is so.", "xx"),
        ("市议会没有批准新学校的预算。", "市议会否决了新学校的预算。", "zh"),
        ("并未禁止学生带手机进教室。", "允许学生带手机进教室。", "zh"),
        ("被否决的方案造价四亿元。", "该方案造价四亿元。", "zh"),
        ("Swimming in the lake is not prohibited at night.", "Swimming in the lake is allowed at night.", "en"),
        ("The council did not approve the budget.", "The council rejected the budget.", "en"),
        ("The plan for the bridge was approved in May.", "The plan was rejected in March, approved in May.", "en"),
        ("Prices may rise by at most 4 %.", "Prices may not rise by more than 4 %.", "en"),
        ("Das Baden im See ist nicht erlaubt.", "Das Baden im See ist verboten.", "de"),
        ("La baignade n'est pas interdite la nuit.", "La baignade est autorisée la nuit.", "fr"),
        ("Le loyer est de 400 euros au plus.", "Le loyer ne peut pas dépasser 400 euros.", "fr"),
        ("Купаться в озере ночью не запрещено.", "Купаться в озере ночью разрешено.", "ru"),
        ("防汛工作实行行政首长负责制。", "防汛工作坚持安全第一、常备不懈、全力抢险，实行行政首长负责制。", "zh"),
    ],
)
def test_no_denial(claim: str, excerpt: str, language: str) -> None:
    assert not contradicts(claim, language, read_windows(excerpt, language))


def test_a_denial_is_unsupported_and_says_why() -> None:
    claim = judge("Dogs may be brought into the cabin [1].", TEXT)
    assert (claim.supported, claim.reasons) == (False, ("the opposite of [1]",))


@pytest.mark.parametrize(
    ("right", "swapped", "figure"),
    [
        ("An adult has to pay 8 euros for the ferry.", "An adult has to pay 40 euros for the ferry.", "40 euros"),
        ("The office of the harbour has 14 staff.", "The office of the harbour has 8 staff.", "8"),
    ],
)
def test_a_figure_of_something_else(bundled: Encoder, right: str, swapped: str, figure: str) -> None:
    assert judge(right, TEXT, bundled).supported
    claim = judge(swapped, TEXT, bundled)
    assert not claim.supported
    assert any(figure in reason for reason in claim.reasons)


def test_a_han_name_without_any_sign_of_one(bundled: Encoder) -> None:
    assert judge("轮渡由李明远协调，每四十分钟一班。", HAN, bundled).supported
    claim = judge("轮渡由唐子安协调，每四十分钟一班。", HAN, bundled)
    assert claim.reasons == ("not in any excerpt: 唐子安",)


def test_several_excerpts_support_one_claim_together(bundled: Encoder) -> None:
    excerpts = ["Bicycles are carried free of charge on every ferry.", "Tickets cost 8 euros for adults."]
    answer = "Bicycles are carried free of charge, and tickets cost 8 euros for adults [1][2]."
    report = check_citations(answer, excerpts, bundled)
    [claim] = report.claims
    assert claim.supported
    assert {support.excerpt for support in claim.by} == {1, 2}


@pytest.mark.parametrize(
    ("claim", "excerpt"),
    [
        ("Exports fell by 3 % in 2023.", "In 2023 exports rose by 3 %."),
        ("Exports changed by -3 % last year.", "Exports grew by 3 % last year."),
        ("The price decreased by 12 euros.", "The price increased by 12 euros last spring."),
        ("A 40 percent increase of emissions was reached.", "Emissions fell by 40 percent."),
        ("全年出口下降3%。", "全年出口增长3%。"),
        ("全年出口增速为-3%。", "全年出口增长3%。"),
        ("全年出口实现3%的降幅。", "全年出口增长3%。"),
        ("輸出は3%減少した。", "輸出は3%増加した。"),
        ("수출은 3% 감소했다.", "수출은 3% 증가했다."),
        ("Los precios bajaron un 4 % en mayo.", "Los precios subieron un 4 % en mayo."),
        ("Die Preise sanken im Mai um 4 %.", "Die Preise stiegen im Mai um 4 %."),
        ("Les prix ont baissé de 4 % en mai.", "Les prix ont augmenté de 4 % en mai."),
        ("В мае цены снизились на 4 %.", "В мае цены выросли на 4 %."),
    ],
)
def test_what_fell_by_a_figure_did_not_rise_by_it(claim: str, excerpt: str) -> None:
    judged = judge(claim, excerpt)
    assert (judged.supported, judged.reasons) == (False, ("the opposite of [1]",))
    assert judge(excerpt, claim).reasons == ("the opposite of [1]",)


@pytest.mark.parametrize(
    ("claim", "excerpt"),
    [
        ("Exports fell by 3 % while imports rose by 5 %.", "While imports rose by 5 %, exports fell by 3 %."),
        ("The share fell to 3 %, down from 5 %.", "The share is now 3 %, up from 2 % and down from 5 %."),
        ("The network grew by 12 stations last fall.", "In fall 2023 the town opened 12 stations."),
        ("The network grew by 12 stations.", "Last fall twelve stations opened: this fall 12 stations."),
        ("The centre grew by 20 places.", "It is a drop-in centre with 20 places."),
        ("The rise of exports fell by 3 %.", "The rise of exports slowed by 3 %, and imports rose by 3 %."),
        ("Exports did not rise by 3 %.", "Exports did not rise by 3 %, as was said, and fell by 3 %."),
        ("全年出口增速为-3%。", "全年出口下降3%。"),
        ("增速回落3个百分点。", "增速比上年提高5个点后回落3个百分点。"),
        ("价格从3%上升到5%。", "价格由3%提高到5%。"),
        ("工业增加值3亿元。", "工业增加值3亿元，下降2%。"),
    ],
)
def test_a_direction_that_is_in_doubt_is_none(claim: str, excerpt: str) -> None:
    assert not any("opposite" in reason for reason in judge(claim, excerpt).reasons)


def test_another_excerpt_may_say_that_it_rose() -> None:
    fell, rose = "Imports of timber fell by 3 % in 2023.", "Exports of timber rose by 3 % in 2023."
    [claim] = check_citations("Exports of timber rose by 3 % in 2023 [1][2].", [fell, rose]).claims
    assert claim.supported
