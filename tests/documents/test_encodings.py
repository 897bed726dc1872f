"""Detecting encodings: text is decoded correctly, and every guess and loss is reported."""

from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.encodings import check_text, decode, detect_stream_encoding
from retriever.errors import ReadError, UsageError

SIMPLIFIED = "去年以来，全区加装电梯一百二十部，惠及居民三千余户。下一步要把好事办好，让老人下楼不再难。"
TRADITIONAL = "去年以來，全區加裝電梯一百二十部，受惠居民三千餘戶。下一步要把好事辦好，讓長者下樓不再難。"
JAPANESE = "昨年から町内の団地でエレベーターの設置が進み、三千世帯の暮らしが便利になりました。"
KOREAN = "지난해부터 오래된 아파트에 승강기를 설치하여 삼천 가구의 생활이 편리해졌습니다."
RUSSIAN = "В прошлом году в старых домах установили сто двадцать лифтов, и пожилым людям стало легче."
FRENCH = "L'année dernière, on a installé cent vingt ascenseurs ; les personnes âgées s'en réjouissent déjà."
GREEK = "Πέρυσι τοποθετήθηκαν εκατόν είκοσι ανελκυστήρες στις παλιές πολυκατοικίες της περιοχής."
POLISH = "W zeszłym roku w starych blokach zamontowano sto dwadzieścia wind, co bardzo ułatwiło życie."
ARABIC = "في العام الماضي تم تركيب مئة وعشرين مصعدا في المباني القديمة لمساعدة كبار السن."

CASES = [
    (SIMPLIFIED, "gb18030"),
    (SIMPLIFIED, "gbk"),
    (TRADITIONAL, "big5"),
    (JAPANESE, "cp932"),
    (JAPANESE, "euc_jp"),
    (JAPANESE, "iso2022_jp"),
    (KOREAN, "cp949"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"),
    (FRENCH, "cp1252"),
    (GREEK, "cp1253"),
    (POLISH, "cp1250"),
    (ARABIC, "cp1256"),
    *[
        (text, name)
        for name in ("utf-16-le", "utf-16-be")
        for text in (SIMPLIFIED, TRADITIONAL, JAPANESE, KOREAN, RUSSIAN, FRENCH, ARABIC)
    ],
]
UNICODE = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
MARKS = [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE]
plain = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffd\ufeff"), min_size=1
).filter(lambda text: text.strip())


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_the_encoding_of_a_sentence_is_guessed(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.replaced == 0
    assert 0 < decoded.encoding.confidence < 1


@pytest.mark.parametrize("length", [8, 12, 20])
@pytest.mark.parametrize(("text", "encoding"), [case for case in CASES if case[0] in (SIMPLIFIED, TRADITIONAL, KOREAN)])
def test_a_few_characters_are_enough_for_chinese_and_korean(text: str, encoding: str, length: int) -> None:
    assert decode(text[:length].encode(encoding)).text == text[:length]


@pytest.mark.parametrize(("text", "encoding"), [case for case in CASES[:7] if case[1] not in ("iso2022_jp", "big5")])
def test_one_broken_byte_does_not_change_the_guess(text: str, encoding: str) -> None:
    broken = (text * 5).encode(encoding) + b"\x81\n" + text.encode(encoding)
    decoded = decode(broken)
    assert decoded.text.startswith(text * 5)
    assert decoded.text.endswith(text)
    assert decoded.replaced >= 1
    assert decoded.text.count("\ufffd") == decoded.replaced


def test_the_guess_skips_a_long_ascii_beginning() -> None:
    text = "x = 1\n" * 50_000 + SIMPLIFIED * 3000
    assert decode(text.encode("gb18030")).text == text


@given(plain)
def test_utf8_is_certain(text: str) -> None:
    decoded = decode(text.encode())
    assert decoded.text == text
    assert (decoded.encoding.name, decoded.encoding.confidence, decoded.replaced) == ("utf-8", 1.0, 0)


@pytest.mark.parametrize(("encoding", "mark"), list(zip(UNICODE, MARKS, strict=True)))
@given(text=plain)
def test_a_byte_order_mark_is_trusted_and_removed(text: str, encoding: str, mark: bytes) -> None:
    decoded = decode(mark + text.encode(encoding))
    assert (decoded.text, decoded.encoding.name, decoded.encoding.confidence) == (text, encoding, 1.0)


def test_a_given_encoding_is_used_even_if_characters_are_lost() -> None:
    decoded = decode(SIMPLIFIED.encode("gb18030") * 2 + b"\xff", "GBK")
    assert decoded.text == SIMPLIFIED * 2 + "\ufffd"
    assert (decoded.encoding.name, decoded.replaced) == ("gb18030", 1)


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "", "utf-8\0", "idna", "punycode", "undefined"])
def test_an_unknown_encoding_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="unknown encoding"):
        decode(b"abc", name)


def test_text_in_another_encoding_than_the_given_one_is_refused_by_its_name() -> None:
    with pytest.raises(ReadError, match="not text in utf-8") as caught:
        decode("关于加强安全生产工作的通知".encode("gb18030"), "utf-8")
    assert "leave out --encoding" in caught.value.hint


def test_given_utf16_takes_its_byte_order_from_the_mark() -> None:
    assert decode(codecs.BOM_UTF16_BE + SIMPLIFIED.encode("utf-16-be"), "utf-16").text == SIMPLIFIED
    assert decode(codecs.BOM_UTF8 + SIMPLIFIED.encode(), "utf-8").text == SIMPLIFIED


def test_damaged_utf8_is_detected_and_losses_are_counted() -> None:
    decoded = decode((SIMPLIFIED * 3).encode()[:-1])
    assert decoded.encoding.name == "utf-8"
    assert decoded.encoding.confidence < 1
    assert (decoded.text, decoded.replaced) == ((SIMPLIFIED * 3)[:-1] + "\ufffd", 1)


def test_replacement_characters_in_the_file_are_not_counted() -> None:
    assert decode("本来就有\ufffd的字".encode()).replaced == 0
    assert decode(f"本来就有\ufffd的字{SIMPLIFIED}".encode() * 5 + b"\xff").replaced == 1


def test_characters_that_cannot_be_stored_are_replaced_one_for_one() -> None:
    decoded = decode(f"第一行\0{SIMPLIFIED}\n".encode() * 3)
    assert (decoded.text, decoded.replaced) == (f"第一行\ufffd{SIMPLIFIED}\n" * 3, 3)
    decoded = decode(f"字\ud800{SIMPLIFIED}\n".encode("utf-16-le", "surrogatepass") * 5, "utf-16-le")
    assert (decoded.text, decoded.replaced) == (f"字\ufffd{SIMPLIFIED}\n" * 5, 5)


def test_line_ends_are_kept_and_bare_returns_become_line_feeds() -> None:
    assert decode("一\r\n二\r三\n".encode()).text == "一\r\n二\r三\n"
    assert decode("一\r二\r".encode()).text == "一\n二\n"


@pytest.mark.parametrize(
    "data",
    [
        bytes(100_000),
        bytes(range(256)) * 40,
        b"\x7fELF" + bytes(1000),
        b"PK\x03\x04" + b"x" * 1000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b" \r\n\t\n",
        "\ufeff \u3000\n".encode(),
        b"\xff\xfe",
        b"hello\0world\0floods " * 50,
    ],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError):
        decode(data)


@given(st.binary(min_size=1))
def test_any_bytes_give_a_storable_text_or_a_read_error(data: bytes) -> None:
    try:
        decoded = decode(data)
    except ReadError:
        return
    decoded.text.encode()
    assert "\0" not in decoded.text


@pytest.mark.parametrize(("text", "encoding"), [*CASES, (SIMPLIFIED, "utf-8")])
def test_stream_detection_agrees_with_decoding(text: str, encoding: str) -> None:
    data = ("ascii first\n" * 200_000 + f"{text}\n" * 200).encode(encoding)
    file = io.BytesIO(data)
    assert data.decode(detect_stream_encoding(file).name) == data.decode(encoding)
    assert file.tell() == 0


# Encodings of one alphabet: none of these is a superset of another.
RELATED = [
    (RUSSIAN, ["koi8-r", "cp1251", "iso8859-5", "mac-cyrillic", "cp866"]),
    (GREEK, ["cp1253", "iso8859-7", "mac-greek"]),
    (ARABIC, ["cp1256", "iso8859-6"]),
    (POLISH, ["cp1250", "iso8859-2", "mac-latin2"]),
    (
        "Pernai senuose namuose įrengta šimtas dvidešimt liftų, todėl vyresniems žmonėms tapo lengviau.",
        ["cp1257", "iso8859-13", "iso8859-4"],
    ),
    ("לפני שנה הותקנו מאה ועשרים מעליות בבניינים ישנים, וחיי הקשישים נעשו קלים יותר.", ["cp1255", "iso8859-8"]),
    (
        "Geçen yıl eski binalara yüz yirmi asansör takıldı; yaşlıların işi kolaylaştı, ışıklar değişti.",
        ["cp1254", "iso8859-9"],
    ),
    ("เมื่อปีที่แล้วมีการติดตั้งลิฟต์ในอาคารเก่าหนึ่งร้อยยี่สิบแห่ง ทำให้ผู้สูงอายุสะดวกขึ้น", ["cp874", "iso8859-11"]),
    (FRENCH, ["cp1252", "iso8859-15", "mac-roman", "cp850"]),
]


@pytest.mark.parametrize(("text", "encoding"), [(text, name) for text, names in RELATED for name in names])
def test_encodings_of_one_alphabet_are_told_apart(text: str, encoding: str) -> None:
    decoded = decode((text + "\n").encode(encoding) * 3)
    assert decoded.text == (text + "\n") * 3


def test_a_law_in_iso8859_5_is_cyrillic() -> None:
    text = (
        "Закон Новосибирской области: перечень отходов производства утверждён приказом и действует до мая.\n"
        "Правила благоустройства обязаны соблюдать граждане.\n"
    )
    assert decode(text.encode("iso8859-5")).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Il buffer è modificabile, ma nessun altro lo è.", "cp1252"),
        ("Действието „-delete“ (изтриване) автоматично включва опцията.", "cp1251"),
        ("Datoteka arhiva je poškodovana, luksemburščina ni na voljo.", "cp1250"),
        ("«» no es una dirección absoluta; ¿está instalado?", "cp1252"),
    ],
)
def test_a_short_text_is_not_taken_for_a_rare_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("text", "encoding"), [(SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5"), (JAPANESE, "cp932"), (RUSSIAN, "cp1251")]
)
@pytest.mark.parametrize("pattern", ["ul", "lu", "uulul", "ulllll"])
def test_a_file_in_two_encodings_is_decoded_line_by_line(text: str, encoding: str, pattern: str) -> None:
    lines = [f"{number} {text}\r\n" for number in range(3)] * 2
    data = b"".join(
        line.encode("utf-8" if kind == "u" else encoding) for line, kind in zip(lines, pattern * 6, strict=False)
    )
    decoded = decode(data)
    assert decoded.text == "".join(lines)
    assert decoded.encoding.name.startswith("utf-8+")
    assert (decoded.replaced, decoded.encoding.confidence < 1) == (0, True)
    assert detect_stream_encoding(io.BytesIO(data)).name == decoded.encoding.name


@pytest.mark.parametrize("letters", ["X", "x", "XxYy"])
def test_letters_that_repeat_with_a_broken_byte_are_not_utf16(letters: str) -> None:
    text = (f"{letters * 20}. {letters * 8}, {letters * 4}\n" * 30).encode() + b"caf\xe9 and more\n"
    assert letters * 20 in decode(text).text


@pytest.mark.parametrize(
    "text", ["ほしのきれいなよるに、とおくのやまがみえる。", "供水管网改造工程于今年完成，居民用水更加稳定。"]
)
@pytest.mark.parametrize("order", ["le", "be"])
def test_utf16_without_a_mark_and_without_spaces_is_found(text: str, order: str) -> None:
    assert decode((text * 3).encode(f"utf-16-{order}")).text == text * 3


@pytest.mark.parametrize(
    "blank", [" \n", "\x1e\xa0", "\x1c\x1f\x85", "\u2003\u2028\u3000", "\u200b\u2060\ufeff", "\0\0\ufffd"]
)
def test_text_without_a_visible_character_is_none(blank: str) -> None:
    with pytest.raises(ReadError, match="contains no text"):
        check_text(blank)
    check_text(f"{blank}a")
