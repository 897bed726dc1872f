from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from cli_kit import COMMAND, LIBRARY, LIFTS, Run, Work, environment
from markdown_it import MarkdownIt
from screen import run_on_screen
from terminal import Terminal

pytestmark = pytest.mark.usefixtures("read_here")

WHO_PAYS = "装电梯由谁出钱？"
# A word that no document contains, so that lexical search finds nothing.
NOWHERE = "xylophonist"

HIT_KEYS = ["rank", "score", "id", "document", "index", "source", "path", "citation", "title", "heading"]
HIT_KEYS += [
    "text",
    "start",
    "end",
    "line",
    "page",
    "end_page",
    "cited_page",
    "place",
    "recognised",
    "language",
    "sentence",
    "highlights",
    "scores",
    "duplicates",
    "metadata",
]


def test_the_text_form_is_plain_when_piped(run_apart: Run, work: Work) -> None:
    result = run_apart("search", WHO_PAYS, "-k", "1", cwd=work.folder)
    assert (result.code, result.err) == (0, "")
    assert "\x1b" not in result.out
    first, *_, last = result.out.splitlines()
    assert re.match(r" 1\. [01]\.\d\d  云岭县老旧小区改造工作方案", first)
    assert "（一）加装电梯" in result.out
    assert "每部电梯由县财政补贴十五万元" in result.out.replace("\n    ", "")
    assert re.fullmatch(r"    docs/电梯\.txt:\d+", last)


def test_words_need_no_quotes_and_other_languages_find_it_too(run: Run, work: Work) -> None:
    result = run("search", "who", "pays", "for", "lifts", "in", "old", "buildings", "--format=json", cwd=work.folder)
    values = json.loads(result.out)
    assert values["query"] == "who pays for lifts in old buildings"
    assert any("县财政补贴" in hit["text"] for hit in values["hits"][:2])


def test_brackets_in_a_document_print_as_they_are(run: Run, work: Work) -> None:
    out = run("search", "When does the reading room close?", cwd=work.folder).out
    assert "[bold]reading room[/bold]" in " ".join(out.split())


def test_the_json_form_is_the_contract(run: Run, work: Work) -> None:
    result = run("search", WHO_PAYS, "--format", "json", cwd=work.folder)
    values = json.loads(result.out)
    assert list(values) == ["query", "index", "generation", "mode", "took_ms", "embedded", "hits"]
    assert (values["query"], values["mode"]) == (WHO_PAYS, "hybrid")
    assert isinstance(values["generation"], int)
    sources = {"docs/电梯.txt": LIFTS, "docs/library.md": LIBRARY}
    for rank, hit in enumerate(values["hits"], 1):
        assert list(hit) == HIT_KEYS
        assert hit["rank"] == rank
        assert hit["path"] == str((work.folder / hit["source"]).resolve())
        assert hit["citation"] == f"{hit['source']}:{hit['line']}"
        assert 0 <= hit["score"] <= 1
        text = sources[hit["source"]]
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert text[: hit["start"]].count("\n") + 1 == hit["line"]
        assert all(0 <= start < end <= len(hit["text"]) for start, end in [*hit["highlights"], hit["sentence"]])


def test_jsonl_has_a_hit_per_line(run: Run, work: Work) -> None:
    lines = run("search", WHO_PAYS, "--format", "jsonl", cwd=work.folder).out.splitlines()
    whole = json.loads(run("search", WHO_PAYS, "--format", "json", cwd=work.folder).out)
    assert [json.loads(line) for line in lines] == whole["hits"]


def test_markdown_is_a_document(run: Run, work: Work) -> None:
    result = run("search", WHO_PAYS, "-f", "markdown", "-k", "2", cwd=work.folder)
    rendered = MarkdownIt("commonmark").render(result.out)
    assert rendered.count("<h2>") == rendered.count("<blockquote>") == 2


def test_k_mode_and_context(run: Run, work: Work) -> None:
    def hits(*options: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(
            run("search", WHO_PAYS, "-f", "json", *options, cwd=work.folder).out
        )["hits"]
        return found

    assert len(hits("-k", "2")) == 2
    assert len(hits("--limit", "1")) == 1
    for mode in ("dense", "lexical"):
        assert set(hits("--mode", mode)[0]["scores"]) == {mode}  # type: ignore[call-overload]
    assert "before" not in hits("-k", "1")[0]
    assert {"before", "after"} <= set(hits("-k", "1", "--context", "1")[0])


def test_full_shows_folded_passages_in_full(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("这一条写得很长，" * 30 + "只有电梯。", encoding="utf-8")
    assert run("index", "a.txt", cwd=tmp_path).code == 0
    narrow = {"COLUMNS": "40"}
    folded = run("search", "电梯", "-k1", cwd=tmp_path, env=narrow).out
    full = run("search", "电梯", "-k1", "--full", cwd=tmp_path, env=narrow).out
    assert "…" in folded
    assert "…" not in full
    assert len(full) > len(folded)


def test_a_question_from_standard_input(run: Run, work: Work) -> None:
    result = run("search", "-", "-f", "json", cwd=work.folder, stdin=f"{WHO_PAYS}\n")
    assert json.loads(result.out)["query"] == WHO_PAYS
    undecodable = run("search", "-", cwd=work.folder, stdin=b"\xff\xfe\xfa")
    assert undecodable.code == 2
    assert undecodable.err.startswith("error: ")


@pytest.mark.parametrize(
    ("format", "out"),
    [("text", ""), ("jsonl", ""), ("markdown", f"# {NOWHERE}\n\nNo passages found.\n")],
)
def test_no_hits_is_1_with_a_valid_document(run: Run, work: Work, format: str, out: str) -> None:
    result = run("search", NOWHERE, "--mode", "lexical", "--format", format, cwd=work.folder)
    assert (result.code, result.out) == (1, out)
    assert result.err.startswith("no hits\nhint: ")


def test_no_hits_in_json_is_an_object(run: Run, work: Work) -> None:
    result = run("search", NOWHERE, "--mode", "lexical", "--format", "json", cwd=work.folder)
    assert result.code == 1
    assert json.loads(result.out)["hits"] == []


@pytest.mark.parametrize("query", ["", "   ", "？！…", "."])
def test_a_query_without_words_is_refused(run: Run, work: Work, query: str) -> None:
    result = run("search", query, cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert "\nhint: " in result.err


def test_a_query_of_ten_thousand_characters_is_answered(run: Run, work: Work) -> None:
    assert run("search", "加装电梯谁出钱，" * 1250, "-k", "1", cwd=work.folder).code == 0


def test_an_undecodable_query_is_refused(work: Work) -> None:
    done = subprocess.run(
        [COMMAND.encode(), b"search", b"\xff\xfe\xfa"],
        cwd=work.folder,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_missing_index(run: Run, work: Work) -> None:
    result = run("search", "x", "--index", "other", cwd=work.folder)
    assert (result.code, result.out) == (3, "")
    assert "indexes/other" in result.err
    assert "hint: " in result.err


def test_a_folder_that_is_not_an_index(run: Run, work: Work) -> None:
    result = run("search", "x", "--index", "./docs", cwd=work.folder)
    assert (result.code, result.out) == (3, "")
    assert "Traceback" not in result.err


def test_colours_on_a_terminal_but_not_with_no_color(work: Work) -> None:
    with Terminal("search", WHO_PAYS, "-k", "1", cwd=work.folder) as terminal:
        assert terminal.end() == 0
        assert re.search(r"\x1b\[[\d;]*3\dm", terminal.raw)
        assert all(sum(2 if char > "⺀" else 1 for char in line) <= 80 for line in terminal.output.splitlines())
    with Terminal("search", WHO_PAYS, "-k", "1", cwd=work.folder, env={"NO_COLOR": "1"}) as terminal:
        assert terminal.end() == 0
        assert not re.search(r"\x1b\[[\d;]*3\dm", terminal.raw)


def test_an_output_that_is_not_unicode(run_apart: Run, work: Work) -> None:
    ascii_only = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    plain = run_apart("search", "lifts", cwd=work.folder, env=ascii_only)
    assert plain.code == 0
    assert "\\u" in plain.out
    answer = run_apart("search", "lifts", "-f", "json", cwd=work.folder, env=ascii_only)
    assert "docs/电梯.txt" in {hit["source"] for hit in json.loads(answer.out)["hits"]}


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_closed_pipe_is_not_an_error(work: Work, format: str) -> None:
    process = subprocess.Popen(
        [COMMAND, "search", WHO_PAYS, "-k", "1", "-f", format],
        cwd=work.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(120) == 141
    process.stderr.close()


def test_hits_can_be_thresholded_capped_and_spread(run: Run, work: Work) -> None:
    plain = json.loads(run("search", WHO_PAYS, "--format", "json", cwd=work.folder).out)["hits"]
    least = plain[0]["score"]
    some = run("search", WHO_PAYS, "--format", "json", "--min-score", str(least), cwd=work.folder)
    assert json.loads(some.out)["hits"] == [hit for hit in plain if hit["score"] >= least]
    none = run("search", WHO_PAYS, "--min-score", "1", cwd=work.folder)
    assert (none.code, none.out) == (1, "")
    assert "--min-score" in none.err
    none = run("search", WHO_PAYS, "--min-score", "1", "--where", "language = zh", cwd=work.folder)
    assert "remove --where" in none.err
    capped = json.loads(run("search", WHO_PAYS, "--format", "json", "--max-per-document", "1", cwd=work.folder).out)
    assert len({hit["document"] for hit in capped["hits"]}) == len(capped["hits"]) > 1
    spread = json.loads(run("search", WHO_PAYS, "--format", "json", "--diverse", cwd=work.folder).out)
    assert spread["hits"][0]["id"] == plain[0]["id"]


def test_a_hit_explains_itself(run: Run, work: Work) -> None:
    text = run("search", WHO_PAYS, "-k", "1", "--explain", cwd=work.folder).out
    assert re.search(r"^ +late: token by token .* standard deviations", text, re.MULTILINE)
    assert re.search(r"^ +score: 0\.\d\d, from similarity", text, re.MULTILINE)
    [hit] = json.loads(run("search", WHO_PAYS, "-k", "1", "--explain", "--format", "json", cwd=work.folder).out)["hits"]
    assert [list(part) for part in hit["explanation"]] == [["stage", "text", "value", "effect"]] * len(
        hit["explanation"]
    )
    assert hit["explanation"][-1]["value"] == hit["score"]


@pytest.mark.parametrize(
    ("option", "value"), [("--min-score", "2"), ("--min-score", "x"), ("--max-per-document", "0"), ("-k", "0")]
)
def test_numbers_out_of_range_are_refused(run: Run, work: Work, option: str, value: str) -> None:
    result = run("search", WHO_PAYS, option, value, cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    assert option in result.err


def test_a_filter_restricts_the_hits(run: Run, work: Work) -> None:
    where = ["--where", "extension = md"]
    hits = json.loads(run("search", WHO_PAYS, "--format", "json", *where, cwd=work.folder).out)["hits"]
    assert {hit["source"] for hit in hits} == {"docs/library.md"}
    none = run("search", WHO_PAYS, "--where", "extension = pdf", cwd=work.folder)
    assert (none.code, none.out) == (1, "")
    assert "--where" in none.err


def test_an_error_in_a_filter_is_shown_with_its_position(run: Run, work: Work) -> None:
    result = run("search", WHO_PAYS, "--where", "年份 = 2021 adn a = 1", cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    told, expression, caret = result.err.splitlines()[:3]
    assert told == "error: unexpected 'adn'"
    assert expression == "  年份 = 2021 adn a = 1"
    assert caret == " " * 14 + "^"
    assert run("search", WHO_PAYS, "--where", "yeer = 1", cwd=work.folder).code == 2


def test_a_path_that_is_too_long_leads_to_no_index(run: Run, tmp_path: Path) -> None:
    for path in ("a/" * 3000, f"./{'n' * 300}"):
        result = run("search", "q", "--index", path, cwd=tmp_path)
        assert result.code == 3
        assert "too long" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mode", "lexical"], "lexical mode"),
        (["--no-rerank"], "turned off"),
        (["--rerank", "0"], "turned off"),
        (["--mode", "dense"], "--rerank 30"),
    ],
)
def test_a_reranker_without_reranking_is_refused(run: Run, work: Work, arguments: list[str], message: str) -> None:
    result = run("search", "lift", "--reranker", "x", *arguments, cwd=work.folder)
    assert result.code == 2
    assert message in result.err


def test_a_short_form_has_two_lines_a_hit(run: Run, work: Work) -> None:
    lines = run("search", WHO_PAYS, "--short", cwd=work.folder).out.splitlines()
    assert len(lines) % 2 == 0
    assert re.fullmatch(r" 1\. 0\.\d\d  docs/电梯\.txt:\d+", lines[0])
    assert "县财政补贴十五万元" in lines[1]
    assert all(line.startswith("    ") for line in lines[1::2])
    assert run("search", WHO_PAYS, "--short", "--full", cwd=work.folder).code == 2


def test_hits_that_do_not_seem_to_answer_are_said_to(run: Run, work: Work) -> None:
    nothing = run("search", "Which planet has the most moons?", cwd=work.folder)
    assert nothing.code == 0
    assert nothing.err == "nothing here seems to answer the question: no passage scores 0.3 or more\n"
    some = run("search", WHO_PAYS, cwd=work.folder)
    assert re.fullmatch(r"hits 2 to \d score below 0\.1 and are unlikely to answer\n", some.err)
    for format in ("json", "jsonl", "markdown"):
        assert run("search", "Which planet has the most moons?", "-f", format, cwd=work.folder).err == ""
    assert run("search", WHO_PAYS, "-k", "1", cwd=work.folder).err == ""
    # Scores mean the same in every mode.
    assert run("search", "Which planet has the most moons?", "--mode", "dense", cwd=work.folder).err == nothing.err


def test_on_a_terminal_hits_that_do_not_seem_to_answer_are_dim(work: Work) -> None:
    screen = run_on_screen("search", WHO_PAYS, columns=80, cwd=work.folder)
    assert next(filter(None, screen.lines)).startswith("hits 2 to")
    first, *others = screen.raw.split("\r\n\r\n")[1:]
    assert "\x1b[1;33m" in first
    assert others
    for other in others:
        styles = set(re.findall(r"\x1b\[([\d;]+)m", other))
        assert styles == {"2", "0"}


def test_what_an_explanation_shows_adds_up_to_the_score_that_is_shown(run: Run, work: Work) -> None:
    for query in (WHO_PAYS, "the reading room", "月度报告", "停水"):
        for block in run("search", query, "--explain", cwd=work.folder).out.split("\n\n"):
            words = " ".join(block.split())
            score = re.match(r"\d+\. (\d\.\d\d)", words)
            shares = re.findall(r"\(([+-]\d\.\d\d) of the score\)", words)
            assert score is not None
            assert sum(map(Decimal, shares)) == Decimal(score[1])
