from __future__ import annotations

import errno

import pytest

from retriever import errors
from retriever_cli import failures


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.FilterError("x", expression="a", position=0), 2),
        (errors.IndexNotFoundError("x"), 3),
        (errors.IndexCorruptError("x"), 3),
        (errors.IndexVersionError("x"), 3),
        (errors.FingerprintMismatchError("x"), 3),
        (errors.IndexLockedError("x"), 3),
        (errors.IndexWriteError("x"), 3),
        (errors.ModelError("x"), 3),
        (errors.MissingExtraError("x"), 3),
        (errors.ReadError("x"), 4),
    ],
)
def test_every_error_has_its_exit_code(error: errors.RetrieverError, code: int) -> None:
    with pytest.raises(SystemExit) as exit, failures.handle_errors():
        raise error
    assert exit.value.code == code


def test_an_error_is_its_message_and_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), failures.handle_errors():
        raise errors.UsageError("the query is empty", hint="ask something")
    assert capsys.readouterr().err == "error: the query is empty\nhint: ask something\n"


def test_a_defect_is_one_line_and_a_traceback_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETRIEVER_DEBUG", raising=False)
    with pytest.raises(SystemExit) as exit, failures.handle_defects():
        raise ZeroDivisionError("division by zero")
    assert exit.value.code == 70
    error = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in error
    assert "Traceback" not in error

    monkeypatch.setenv("RETRIEVER_DEBUG", "1")
    with pytest.raises(SystemExit) as exit, failures.handle_defects():
        raise ZeroDivisionError("division by zero")
    assert exit.value.code == 70
    assert "Traceback" in capsys.readouterr().err


def test_interruption_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit, failures.handle_errors():
        raise KeyboardInterrupt
    assert exit.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_long_filter_is_shortened_to_the_part_around_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    expression = "year = 1 or " * 500 + "！? or\n" + "year = 2 or " * 500
    failures.report(errors.FilterError("not understood", expression=expression, position=expression.index("?")))
    _, shown, mark = capsys.readouterr().err.splitlines()
    assert len(shown) < 120
    # The wide character before the error takes two columns.
    assert shown.index("?") + 1 == mark.index("^")
    assert shown.startswith("  …")
    assert shown.endswith("…")


def test_an_empty_filter_shows_no_position(capsys: pytest.CaptureFixture[str]) -> None:
    failures.report(errors.FilterError("the filter is empty", expression=" ", position=0))
    assert capsys.readouterr().err == "error: the filter is empty\n"


def test_running_out_of_memory_is_not_an_internal_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit, failures.handle_defects():
        raise MemoryError
    assert exit.value.code == 3
    assert capsys.readouterr().err.startswith("error: out of memory\nhint: ")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.EMFILE, "Too many open files", "piece_hashes.npy"),
            "error: Too many open files: piece_hashes.npy",
        ),
        (ImportError("libtorch.so: cannot open shared object file: Error 24"), "error: Too many open files"),
        (ImportError("tantivy.abi3.so: failed to map segment from shared object"), "error: out of memory"),
    ],
)
def test_what_the_system_has_no_more_of_is_not_an_internal_error(
    error: Exception, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETRIEVER_DEBUG", raising=False)
    with pytest.raises(SystemExit) as exit, failures.handle_defects():
        raise error
    first, hint = capsys.readouterr().err.splitlines()
    assert (exit.value.code, first, hint.startswith("hint: close other programs")) == (3, told, True)


def test_a_library_that_is_missing_is_a_defect(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit, failures.handle_defects():
        raise ImportError("No module named 'numpy'")
    assert (exit.value.code, "internal error: ImportError" in capsys.readouterr().err) == (70, True)
