import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.language import UNKNOWN, detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "老旧小区怎么加装电梯？"),
        ("zh", "老舊社區如何加裝電梯？"),
        ("zh", "使用GPS和BERT的方法"),
        ("zh", "XX市"),
        ("zh", "鲜の果专卖店"),
        ("ja", "エレベーターの設置費用"),
        ("ja", "東京都の予算"),
        ("ja", "都知事選挙"),
        ("ko", "노후 아파트 승강기"),
        ("th", "ติดตั้งลิฟต์"),
        ("el", "εγκατάσταση ανελκυστήρα"),
        ("he", "התקנת מעלית בבניין ישן"),
        ("ka", "ლიფტის დაყენება"),
        ("ta", "மின்தூக்கி நிறுவுதல்"),
        ("en", "Who pays for the lift in this building?"),
        ("en", "HOW TO APPLY FOR A PERMIT"),
        ("de", "Wer bezahlt den Aufzug?"),
        ("fr", "Qui paie l'ascenseur ?"),
        ("es", "¿Quién paga el ascensor?"),
        ("pt", "Quem paga o elevador?"),
        ("it", "Chi paga l'ascensore?"),
        ("vi", "Ai trả tiền thang máy?"),
        ("ru", "Кто платит за лифт?"),
        ("uk", "Хто платить за ліфт у будинку?"),
        ("ar", "من يدفع ثمن المصعد؟"),
        ("fa", "هزینه آسانسور را چه کسی می‌پردازد؟"),
        ("hi", "लिफ्ट का खर्च कौन देगा?"),
    ],
)
def test_short_questions(language: str, text: str) -> None:
    detection = detect(text)
    assert detection.language == language
    assert 0.0 < detection.confidence <= 1.0


def test_the_main_script_decides_the_language() -> None:
    """On the whole text the detector only finds Russian or Serbian; on the English part alone it is uncertain."""
    memo = (
        "The steering committee approved the budget for the flood barrier. 委员会同意拨款四百二十万欧元。\n"
        "The venue is Room B-217. Следующий отчёт готовит отдел закупок до 30 июня."
    )
    for text in (memo, "how do I say спасибо in English"):
        detection = detect(text)
        assert detection.language == "en"
        assert detection.confidence < 0.6


@pytest.mark.parametrize("text", ["", " \n", "3.2%，2021。", "———", "①②③", "😀"])
def test_text_without_letters_has_no_language(text: str) -> None:
    assert detect(text) == UNKNOWN


@given(st.text())
def test_detection_of_any_text_is_valid_and_deterministic(text: str) -> None:
    detection = detect(text)
    assert detection == detect(text)
    assert 0.0 <= detection.confidence <= 1.0
    assert (detection.language == "") == (detection.confidence == 0.0)


def test_chinese_japanese_and_korean_load_nothing() -> None:
    program = (
        "import sys; from retriever.text.language import detect;"
        "print([detect(t).language for t in ('电梯', 'リフト', '승강기')], 'fasttext' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "['zh', 'ja', 'ko'] False"
