"""How an answer is taken apart: sentences, the marks they cite, and what claims nothing."""

from __future__ import annotations

import pytest

from retriever.citations.markers import find_markers
from retriever.citations.source_names import SourceNames
from retriever.citations.statements import AnswerReader, Statement


def read(answer: str, sources: tuple[str, ...] = ()) -> list[Statement]:
    reader = AnswerReader(SourceNames(sources))
    return [*reader.feed(answer), *reader.finish()]


def claims(answer: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(statement.words, statement.cited) for statement in read(answer) if statement.aside is None]


def kinds(answer: str) -> list[str | None]:
    return [statement.aside for statement in read(answer)]


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("[1]", (1,)),
        ("[12]", (12,)),
        ("[1, 2]", (1, 2)),
        ("[1，2、5]", (1, 2, 5)),
        ("[1-3]", (1, 2, 3)),
        ("[2–4, 7]", (2, 3, 4, 7)),
        ("【1】", (1,)),
        ("［３］", (3,)),
        ("[^1]", (1,)),
        ("[^1, ^2]", (1, 2)),
        ("\\[1\\]", (1,)),
        ("[1](#one)", (1,)),
        ("【4†source】", (4,)),
    ],
)
def test_marks_of_every_kind(written: str, numbers: tuple[int, ...]) -> None:
    [marker] = find_markers(f"so {written}.")
    assert marker.numbers == numbers
    assert f"so {written}."[marker.start : marker.end] == written


@pytest.mark.parametrize("written", ["[2021]", "[a]", "[]", "[1.5]", "(1)", "[1", "1]", "[text](link)", "[ , ]"])
def test_what_is_no_mark(written: str) -> None:
    assert find_markers(f"so {written} there") == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It rains [1]. It snows [2].", [("It rains .", (1,)), ("It snows .", (2,))]),
        ("It rains.[1] It snows.[2]", [("It rains.", (1,)), ("It snows.", (2,))]),
        ("It rains. [1] [3] It snows.", [("It rains.", (1, 3)), ("It snows.", ())]),
        ("下雨了。[1]下雪了[2]。", [("下雨了。", (1,)), ("下雪了 。", (2,))]),
        ("下雨了【1】【2】，下雪了【3】。", [("下雨了 ，下雪了 。", (1, 2, 3))]),
        ("[1] It rains. It snows.", [("It rains.", (1,)), ("It snows.", ())]),
        ("It rains [1]\nIt snows", [("It rains", (1,)), ("It snows", ())]),
        (
            "- It **rains** [1]\n2. It `snows` [2]\n> * It _hails_",
            [("It rains", (1,)), ("It snows", (2,)), ("It hails", ())],
        ),
        ("Smith et al. [1] say so, e.g. in [2] Oslo.", [("Smith et al. say so, e.g. in Oslo.", (1, 2))]),
        ("See [the report](http://x.y/z) of May [1].", [("See the report of May .", (1,))]),
        ("彼は「行きます。」と言った[1]。翌日は雨。", [("彼は「行きます。」と言った 。", (1,)), ("翌日は雨。", ())]),
        ("人们喊着“加油！”的口号[1]。雨停了。", [("人们喊着“加油！”的口号 。", (1,)), ("雨停了。", ())]),
        ('그는 "간다."라고 말했다[1]. 비가 온다.', [('그는 "간다."라고 말했다 .', (1,)), ("비가 온다.", ())]),
        ("他说：“下雨了。”然后走了[1]。", [("他说：“下雨了。”", ()), ("然后走了 。", (1,))]),
        ("① 下雨了[1]；② 下雪了[2]。", [("下雨了 ；", (1,)), ("下雪了 。", (2,))]),
    ],
)
def test_a_mark_belongs_to_the_sentence_it_stands_in_or_ends(
    answer: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert claims(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Read `rows[1]` first [2].", [("Read rows[1] first .", (2,))]),
        ("``a[2][3]`` and `b` hold it.", [("a[2][3] and b hold it.", ())]),
        ("Call `f.G(x)[1]` twice.[3] Then stop.", [("Call f.G(x)[1] twice.", (3,)), ("Then stop.", ())]),
        ("It says so `[1]`, and `here [2]`.", [("It says so , and here .", (1, 2))]),
        ("In the `90s[1]. A bridge `fell[2].", [("In the 90s .", (1,)), ("A bridge fell .", (2,))]),
    ],
)
def test_what_stands_behind_a_name_in_code_is_no_mark(answer: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert claims(answer) == expected


def test_rows_of_tables_are_claims_but_their_heads_are_not() -> None:
    table = "| what | cost |\n| --- | ---: |\n| roof | 2 million [1] |\n| bells | 5 [2] |\n"
    assert kinds(table) == ["heading", None, None]
    assert claims(table) == [("roof ; 2 million", (1,)), ("bells ; 5", (2,))]


def test_code_and_headings_claim_nothing() -> None:
    answer = "## Results [1]\n\n**Costs**\n\n```\nx = y[1]\n# 5 million.\n```\n~~~\n```\n~~~\nIt rains [1]."
    assert kinds(answer) == ["heading", "heading", *["code"] * 7, None]


@pytest.mark.parametrize(
    "block",
    [
        "1. So:\n\n    ```python\n    x = y[1]\n    ```\n2. It rains.",
        "- ```\n  x = 5\n  ```\n- It rains.",
        "* a:\n\t> ~~~\n\tx = 5\n\t~~~\nIt rains.",
        "```text\n```python\nx = 5.\n```\nIt rains.",
        "```x = 5``` is code.\nIt rains.",
    ],
)
def test_code_in_lists_and_what_only_looks_like_its_end(block: str) -> None:
    said = [words for words, _ in claims(block)]
    assert said[-1] == "It rains."
    assert said[:-1] == ([] if "is code" not in block else ["x = 5 is code."])


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Here is what I found:", "lead-in"),
        ("Based on the documents:", "lead-in"),
        ("以下是主要内容：", "lead-in"),
        ("The town pays for:", "lead-in"),
        ("根据提供的资料，", "lead-in"),
        ("В итоге:", "lead-in"),
        ("Would you like to know more?", "question"),
        ("您还想了解什么？", "question"),
        ("還有什麼需要嗎", "question"),
        ("Sure!", "remark"),
        ("好的。", "remark"),
        ("I hope this helps.", "remark"),
        ("希望以上信息对您有帮助。", "remark"),
        ("The documents do not mention the price.", "remark"),
        ("资料中没有提到价格。", "remark"),
        ("Los documentos no mencionan el precio.", "remark"),
        ("Sources: [1] a.txt, [2] b.txt", "reference"),
        ("参考资料：[1] 报告", "reference"),
        ("[^1]: report.txt", "reference"),
        ("[1] [2]", "reference"),
        ("…", "remark"),
        ("In summary:", "lead-in"),
        ("Based on the documents you provided, here is what I found.", "lead-in"),
        ("If you have more questions, feel free to ask!", "remark"),
        ("希望对您有帮助，如有疑问请告诉我。", "remark"),
        ("来源：报告.pdf、[2] http://example.org/a", "reference"),
        ("**The costs of the new harbour**", "heading"),
        ("資料には記載がない。", "remark"),
        ("文書に金額は記載がありません。", "remark"),
        ("Unfortunately, we don't have enough information to answer.", "remark"),
        ("The excerpts do not mention 2023, 2024 or 2025.", "remark"),
        ("很抱歉，我没有找到相关信息。", "remark"),
        ("根据提供的资料，无法确定投资额。", "remark"),
        ("如果您有其他问题，欢迎继续提问。", "remark"),
        ("Please ask me for more.", "remark"),
        ("If there is anything else, let me know.", "remark"),
        ("可能性は高いのでしょうか。", "question"),
        ("料金は安いか。", "question"),
    ],
)
def test_what_claims_nothing(sentence: str, kind: str) -> None:
    assert kinds(sentence) == [kind]


@pytest.mark.parametrize(
    "sentence",
    [
        "The town pays 5 million for:",
        "According to the report, the roof costs 2 million.",
        "根据报告，屋顶造价两百万元。",
        "No hosepipe ban was needed.",
        "Yes, the roof is new.",
        "The plan does not cover tourists [1].",
        "42 [1].",
        "Источник найден в горах.",
        "Overall, the bridge is closed.",
        "总之，该桥已经封闭。",
        "根据资料，该桥已经封闭[1]。",
        "From the report, the bridge is closed [1].",
        "These are stolen goods.",
        "Here is the bridge: it is closed.",
        "I hope this helps, but the bridge is closed.",
        "希望对您有帮助，该桥已经封闭。",
        "Let me know in 2031.",
        "Sources: [1] The bridge is closed.",
        "来源：该桥已经封闭",
        "[1]: The bridge is closed.",
        "**The bridge was closed last year.**",
        "## 该桥去年已经封闭。",
        "予算の増加は明らか。",
        "この町はとても静か。",
        "参加者は百人ほか。",
        "The bridge costs 900 million yuan, although the report does not say who pays.",
        "I could not find the price, but it is about 500 yuan.",
        "资料中没有提到具体金额，但一般为500元。",
        "警方无法确定死者身份。",
        "We do not have a bridge.",
        "如有异议可以提出复议。",
        "If you have a dog it must be on a leash.",
        "Ask the mayor for a permit.",
        "Feel free to swim in the lake.",
    ],
)
def test_what_claims_something(sentence: str) -> None:
    assert kinds(sentence) == [None]


def test_a_line_that_names_a_source_is_a_reference() -> None:
    statements = read("It rains [1].\n\n[1] weather.txt\n- [2]: weather.txt", ("weather.txt",))
    assert [statement.aside for statement in statements] == [None, "reference", "reference"]
