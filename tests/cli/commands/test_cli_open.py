"""``retriever open``: real programs of the path record what they are given."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from cli_kit import Run, Work, run_here
from terminal import Terminal

sys.path.append(str(Path(__file__).parents[2] / "documents"))
from file_makers import make_pdf

pytestmark = pytest.mark.usefixtures("read_here")

FLOOD = "防汛值班由县水务局负责，每年五月起二十四小时有人。"
EMPTY = "A page of the plan with a few words, which answers nothing."
OTHER = "每周一上午召开例会，由办公室记录。"
HARBOUR = "The harbour office keeps the keys of the lighthouse and lends them to nobody."
# Writes each argument on a line of its own.
RECORDER = """#!/bin/sh
for argument in "$@"; do printf '%s\\n' "$argument"; done > "$RECORD.part"
/bin/mv "$RECORD.part" "$RECORD"
exit {code}
"""


class Desk:
    """A folder with documents and their index, and programs that record how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        docs = folder / "docs"
        docs.mkdir()
        (docs / "a plan.pdf").write_bytes(make_pdf([[(72, 700, EMPTY)], [(72, 700, HARBOUR)]]))
        (docs / "防汛.txt").write_text(f"值班安排\n\n{OTHER}\n\n{FLOOD}\n", "utf-8")
        (docs / "run.desktop.sh").write_text("#!/bin/sh\n# the tide gauge is read at noon by the warden\ntouch /x\n")
        with zipfile.ZipFile(docs / "box.zip", "w") as box:
            box.write(docs / "a plan.pdf", "-x;$(touch pwned).pdf")
        assert run_here("index", "docs", cwd=folder).code == 0

    def add(self, name: str, *, code: int = 0, says: str = "") -> None:
        program = self.bin / name
        program.write_text(f"#!/bin/sh\necho {says}\n" if says else RECORDER.format(code=code))
        program.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.bin),
            "DISPLAY": ":7",
            "RECORD": str(self.folder / "record"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "EDITOR": "",
            "VISUAL": "",
            "SSH_CONNECTION": "",
        }

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        environment = {**self.environment, **variables}
        done = run_here(*arguments, cwd=self.folder, env=environment)
        return done.code, done.out, done.err

    def take_record(self) -> list[str]:
        record = self.folder / "record"
        lines = record.read_text("utf-8").splitlines()
        record.unlink()
        return lines


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(autouse=True)
def _no_programs(request: pytest.FixtureRequest) -> None:
    if "desk" in request.fixturenames:
        desk = request.getfixturevalue("desk")
        for name in os.listdir(desk.bin):
            (desk.bin / name).unlink()
        (desk.folder / "record").unlink(missing_ok=True)


def test_a_pdf_opens_at_the_page_of_the_hit_in_the_users_viewer(desk: Desk) -> None:
    desk.add("okular")
    desk.add("evince")
    desk.add("xdg-mime", says="org.kde.okular.desktop")
    assert desk.run("search", HARBOUR, "--mode", "lexical", "--where", "extension = pdf")[0] == 0
    code, out, err = desk.run("open", "1")
    assert (code, out) == (0, "")
    assert desk.take_record() == ["-p", "2", str(desk.folder / "docs" / "a plan.pdf")]
    assert err.splitlines() == [f"hit 1 of '{HARBOUR}'", "opened in okular: docs/a plan.pdf#page=2"]


def test_a_question_may_be_asked_and_the_first_known_viewer_serves(desk: Desk) -> None:
    desk.add("mupdf")
    code, _, _ = desk.run("open", "1", HARBOUR, "--mode", "lexical", "--where", "source = 'docs/a plan.pdf'")
    assert code == 0
    assert desk.take_record() == [str(desk.folder / "docs" / "a plan.pdf"), "2"]
    # A viewer of which no option is known gets the file from the system.
    desk.add("xdg-mime", says="org.example.reader.desktop")
    desk.add("xdg-open")
    assert desk.run("open", "1")[0] == 0
    assert desk.take_record() == [str(desk.folder / "docs" / "a plan.pdf")]


def test_a_member_of_an_archive_opens_as_a_private_copy_of_harmless_name(desk: Desk) -> None:
    desk.add("xdg-open")
    cache = {"XDG_CACHE_HOME": str(desk.folder / "cache")}
    assert desk.run("search", HARBOUR, "--mode", "lexical", "--where", "source ~ '*box.zip*'")[0] == 0
    code, _, err = desk.run("open", "1", **cache)
    assert code == 0, err
    [copy] = desk.take_record()
    assert Path(copy).name == "x_(touch pwned).pdf"
    assert Path(copy).is_relative_to(desk.folder / "cache" / "retriever" / "opened")
    assert Path(copy).read_bytes() == (desk.folder / "docs" / "a plan.pdf").read_bytes()
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o400
    assert stat.S_IMODE(os.stat(Path(copy).parent).st_mode) == 0o700
    assert not list(desk.folder.rglob("pwned"))
    # The next copy removes it, once it is old.
    os.utime(Path(copy).parent, (0, 0))
    assert desk.run("open", "1", **cache)[0] == 0
    assert not Path(copy).exists()


@pytest.mark.parametrize("variables", [{"DISPLAY": ""}, {"SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}])
def test_without_a_display_the_passage_is_shown_in_its_surroundings(desk: Desk, variables: dict[str, str]) -> None:
    desk.add("xdg-open")
    assert desk.run("search", FLOOD, "--mode", "lexical", "-k", "1")[0] == 0
    code, out, err = desk.run("open", "1", **variables)
    assert code == 0
    assert "水务局" in out
    assert "docs/防汛.txt:" in out
    assert err.splitlines()[1] == "shown here: there is no display for a program"
    assert not (desk.folder / "record").exists()


def test_scripts_are_never_handed_to_the_system(desk: Desk) -> None:
    desk.add("xdg-open")
    assert desk.run("search", "tide gauge", "--mode", "lexical")[0] == 0
    code, out, err = desk.run("open", "1")
    assert (code, "tide gauge" in out) == (0, True)
    assert "shown here: files of the type .sh are not handed to programs" in err
    assert not (desk.folder / "record").exists()


def test_a_program_that_fails_and_a_file_that_is_gone_are_told(desk: Desk) -> None:
    desk.add("xdg-open", code=3)
    assert desk.run("search", FLOOD, "--mode", "lexical", "-k", "1")[0] == 0
    code, out, err = desk.run("open", "1")
    assert (code, "水务局" in out) == (0, True)
    assert "shown here: xdg-open could not open it" in err
    file = desk.folder / "docs" / "防汛.txt"
    file.rename(file.with_suffix(".gone"))
    try:
        code, out, err = desk.run("open", "1")
    finally:
        file.with_suffix(".gone").rename(file)
    assert (code, "水务局" in out) == (0, True)
    assert "shown here: its file is not there any more" in err


def test_what_is_remembered_is_private_and_holds_no_text(desk: Desk) -> None:
    assert desk.run("search", "值班", "--mode", "lexical")[0] == 0
    record = desk.folder / "state" / "retriever" / "last_search.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700
    assert "水务局" not in record.read_text("utf-8")
    before = record.read_bytes()
    assert desk.run("search", "tide gauge", "--mode", "lexical", "--format", "json")[0] == 0
    assert record.read_bytes() == before
    for damaged in (b"", b"[]", b'{"query": "x", "hits": [{}]}', b'{"query": "x", "hits": [5]}', b"\xff"):
        record.write_bytes(damaged)
        code, out, err = desk.run("open", "1")
        assert (code, out, err.splitlines()[0]) == (2, "", "error: no search is remembered")
    record.write_bytes(before)
    code, _, err = desk.run("open", "99")
    assert (code, err.splitlines()[0]) == (2, "error: no hit 99 in the last results")


def test_the_prompt_opens_in_an_editor_and_in_a_viewer_and_shows(desk: Desk) -> None:
    desk.add("zathura")
    desk.add("vim")
    environment = {**desk.environment, "EDITOR": "vim -R"}
    with Terminal("search", "--mode", "lexical", "-k", "1", cwd=desk.folder, env=environment) as terminal:
        terminal.expect("? ")
        terminal.send(f"{FLOOD}\n")
        terminal.expect("1 hit in")
        terminal.send(":open 1\n")
        terminal.expect("opened in vim: docs/防汛.txt:1")
        assert desk.take_record() == ["-R", "+5", str(desk.folder / "docs" / "防汛.txt")]
        terminal.send(":where source = 'docs/a plan.pdf'\nharbour office\n")
        terminal.expect("1 hit in")
        terminal.send(":open 1\n")
        terminal.expect("opened in zathura: ")
        terminal.send(":show 1\n")
        terminal.expect("harbour office")
        terminal.expect("? ")
        terminal.send(":quit\n")
        assert terminal.end() == 0
    assert desk.take_record()[:2] == ["-P", "2"]


@pytest.mark.parametrize("words", [("--index", "laws"), ("--mode", "dense"), ("--where", "year = 2021")])
def test_options_of_the_question_need_one(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run("open", "1", *words, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert f"error: {words[0]} needs a QUESTION" in done.err


def test_a_hit_that_left_the_index_is_told(work: Work, run: Run, tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path)}
    assert run("search", "电梯", "--mode", "lexical", cwd=work.folder, env=env).code == 0
    record = tmp_path / "retriever" / "last_search.json"
    record.write_text(record.read_text().replace('"id": "', '"id": "f'))
    done = run("open", "1", "--print", cwd=work.folder, env=env)
    assert (done.code, done.out) == (2, "")
    assert "the document may have changed" in done.err
