from __future__ import annotations

import subprocess
import sys

import pytest
from cli_kit import Run

HEAVY = {"numpy", "faiss", "onnxruntime", "onnx", "tantivy", "tokenizers", "torch", "sentence_transformers", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["search", "--help"], ["index", "-h"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['retriever', *{arguments}]\n"
        "from retriever_cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_version(run: Run) -> None:
    import retriever

    result = run("--version")
    assert (result.code, result.out, result.err) == (0, f"retriever {retriever.__version__}\n", "")


def test_help_lists_the_commands_and_exit_codes(run: Run) -> None:
    result = run("--help")
    assert result.code == 0
    for word in ("index", "search", "status", "verify", "models", "Examples:", "Exit codes:"):
        assert word in result.out


@pytest.mark.parametrize("group", [[], ["models"]])
def test_the_list_of_commands_holds_whole_sentences(run: Run, group: list[str]) -> None:
    assert "..." not in run(*group, "--help").out.partition("Commands:")[2].partition("Examples:")[0]


def test_no_command_shows_the_help(run: Run) -> None:
    result = run()
    assert "Usage: retriever" in result.out + result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["--colour"],
        ["forget"],
        ["search", "x", "--colour"],
        ["search", "x", "-k", "0"],
        ["search", "x", "-k", "many"],
        ["search", "x", "--mode", "magic"],
        ["search", "x", "--format", "xml"],
        ["search", "x", "--context", "-1"],
        ["search", "x", "--index", ""],
        ["index", "x", "--max-file-size", "huge"],
        ["index", "x", "--passage-tokens", "0"],
        ["index", ""],
        ["models", "sell"],
        ["models", "export"],
    ],
)
def test_usage_errors_exit_with_2_and_leave_the_output_empty(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert "error: " in result.err.lower()
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["search", "x", "-k", "many"], "invalid value 'many' for -k/--limit: expected an integer of at least 1", ""),
        (["search", "x", "--mode", "magic"], "invalid value 'magic' for --mode: expected hybrid, dense or lexical", ""),
        (["index", "x", "--wait", "soon"], "invalid value 'soon' for --wait: expected a number of at least 0", ""),
        (["search", "x", "--min-score", "2"], "invalid value '2' for --min-score: expected a number from 0 to 1", ""),
        (["rollback", "x"], "invalid value 'x' for GENERATION: expected an integer", ""),
        (["forget"], "missing argument SOURCE", "retriever forget --help"),
        (["search", "x", "--colour"], "unknown option '--colour'", "retriever search --help"),
        (["search", "x", "--json"], "unknown option '--json'", "did you mean --format json?"),
        (["search", "x", "--top-k", "3"], "unknown option '--top-k'", "did you mean --limit?"),
        (["sources", "--filter", "x"], "unknown option '--filter'", "retriever sources --help"),
        (["search", "x", "--index"], "option '--index' needs a value", ""),
        (["serach"], "unknown command 'serach'", "did you mean search?"),
        (["models", "sell"], "unknown command 'sell'", "prepare"),
    ],
)
def test_a_wrong_command_line_is_worded_as_other_errors_are(
    run: Run, arguments: list[str], message: str, hint: str
) -> None:
    error, advice = run(*arguments).err.splitlines()
    assert error == f"error: {message}"
    assert advice.startswith("hint: ")
    assert hint in advice
