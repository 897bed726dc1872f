"""Figures that one text has as the least and another as the most."""

from __future__ import annotations

import pytest

from retriever import check_citations


def is_opposite(claim: str, excerpt: str) -> bool:
    [judged] = check_citations(claim, [excerpt]).claims
    return "the opposite of [1]" in judged.reasons


@pytest.mark.parametrize(
    ("least", "most"),
    [
        ("Prices may rise by more than 4 %.", "Prices may rise by at most 4 %."),
        ("Prices may rise by more than 4 %.", "Prices may not rise by more than 4 %."),
        ("The fee always exceeds 4 %.", "The fee must not exceed 4 %."),
        ("Groups of 10 or more get a discount.", "Groups of 10 or fewer get a discount."),
        ("Rents may rise by more than 4 % a year.", "房租每年涨幅不得超过4%。"),
        ("每班不少于30人。", "每班不超过30人。"),
        ("每班至少30人。", "每班30人以内。"),
        ("60岁以上老人免费。", "60岁以下人员免费。"),
        ("Die Preise steigen um mehr als 4 %.", "Die Preise steigen um höchstens 4 %."),
        ("Die Gebühr darf 40 Euro übersteigen.", "Die Gebühr darf 40 Euro nicht übersteigen."),
        ("Les prix augmentent d'au moins 4 %.", "Les prix augmentent de 4 % au plus."),
        ("Le loyer dépasse 400 euros.", "Le loyer ne dépasse pas 400 euros."),
        ("El alquiler es de al menos 400 euros.", "El alquiler es de 400 euros como máximo."),
        ("Il prezzo è di almeno 40 euro.", "Il prezzo è al massimo di 40 euro."),
        ("O preço é de pelo menos 40 euros.", "O preço é de no máximo 40 euros."),
        ("Цена составляет более 400 рублей.", "Цена не должна превышать 400 рублей."),
        ("待ち時間は30分を超える。", "待ち時間は30分を超えない。"),
        ("대기 시간은 30분 이상이다.", "대기 시간은 30분을 넘지 않는다."),
        ("السعر أكثر من 40 دينارا.", "السعر أقل من 40 دينارا."),
        ("Giá vé trên 40 nghìn đồng.", "Giá vé không quá 40 nghìn đồng."),
        ("ราคามากกว่า 40 บาท", "ราคาไม่เกิน 40 บาท"),
    ],
)
def test_opposite_bounds_of_one_figure(least: str, most: str) -> None:
    assert is_opposite(least, most)
    assert is_opposite(most, least)


@pytest.mark.parametrize(
    ("claim", "excerpt"),
    [
        ("Prices may not rise by more than 4 %.", "Prices may rise by at most 4 %."),
        ("The fee must not exceed 4 %.", "A fee of up to 4 % is charged."),
        ("The fee must not exceed 4 %.", "The fee is 4 %."),
        ("每班不少于30人。", "每班至少30人。"),
        ("每班至多30人。", "每班不得超过30人。"),
        ("60岁以上老人免费。", "不低于60岁的老人免费，60岁以下半价。"),
        ("Die Gebühr darf 40 Euro nicht übersteigen.", "Die Gebühr beträgt maximal 40 Euro."),
        ("Le loyer ne peut pas dépasser 400 euros.", "Le loyer est de 400 euros au plus."),
        ("Цена не ниже 400 рублей.", "Цена составляет как минимум 400 рублей."),
        ("待ち時間が30分を超えないようにする。", "待ち時間は30分以内とする。"),
        ("대기 시간은 30분을 넘지 않는다.", "대기 시간은 30분 이내이다."),
        ("Giá vé không quá 40 nghìn đồng.", "Giá vé tối đa 40 nghìn đồng."),
        ("Over five years the town built a school.", "Within five years the town built a school."),
        ("Not only more than 4 % of them came.", "More than 4 % of them came."),
        ("At least three people have to be present.", "Nobody may enter with fewer than three people on site."),
        ("至少三人才能进入。", "不足三人的，不得进入。"),
    ],
)
def test_bounds_that_say_the_same_or_are_in_doubt(claim: str, excerpt: str) -> None:
    assert not is_opposite(claim, excerpt)
