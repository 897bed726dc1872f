"""The examples run as their users run them: each in a process of its own, over an index of the example corpus."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from example_index import ExampleIndex
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
COMMANDS = Path(sys.executable).parent
TOKEN = "5c1f0a9e4b7d48c2a6f3e1d09b8c7a65"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, examples: ExampleIndex) -> tuple[Path, str]:
    """A home of indexes after `make demo`, and what that has written. Its index is ``default`` as well."""
    home = tmp_path_factory.mktemp("home")
    examples.give_embeddings(home / "demo")
    environment = {**os.environ, "RETRIEVER_HOME": str(home), "RETRIEVER_LANG": "en", "BIN": str(COMMANDS)}
    script = ["bash", str(EXAMPLES / "demo.sh")]
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    (home / "default").symlink_to(home / "demo")
    return home, done.stdout


@pytest.fixture(scope="module")
def home(demo: tuple[Path, str]) -> Path:
    return demo[0]


def test_the_demo_indexes_the_corpus_and_answers_three_questions(demo: tuple[Path, str]) -> None:
    answers = demo[1].split("\n$ retriever search ")[1:]
    assert ["加装电梯实施方案.docx:" in answers[0], "防汛应急预案.pdf#page=2" in answers[1]] == [True, True]
    assert "otchet-gorodskoy-transport.txt:11" in answers[2]


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@contextmanager
def running(command: list[str], path: str, variables: Mapping[str, str], **options: Any) -> Iterator[httpx.Client]:
    """A client of a server, once it answers at ``path`` of ``$PORT``."""
    environment = {**os.environ, "RETRIEVER_LANG": "en", **variables}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, **options)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{variables['PORT']}", timeout=60) as client:
                while not is_ready(client, path):
                    log.seek(0)
                    assert process.poll() is None, log.read().decode()
                    time.sleep(0.02)
                yield client
                process.terminate()
                assert process.wait(timeout=60) in (0, -15)
        finally:
            process.kill()
            process.wait()


def is_ready(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx.ConnectError:
        return False


@pytest.fixture(scope="module")
def chatbot(home: Path) -> Iterator[httpx.Client]:
    command = [sys.executable, str(EXAMPLES / "chatbot.py"), str(home / "default")]
    with running(command, "/openapi.json", {"PORT": free_port()}) as client:
        yield client


def ask(chatbot: httpx.Client, question: str, *history: str) -> list[dict[str, Any]]:
    with chatbot.stream("POST", "/chat", json={"question": question, "history": history}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]


def test_the_chatbot_streams_an_answer_whose_claims_are_checked_and_whose_sources_open(chatbot: httpx.Client) -> None:
    events = ask(chatbot, "那财政补贴多少钱？", "老旧小区加装电梯需要多少业主同意？")
    text = "".join(event["text"] for event in events if "text" in event)
    assert "每部电梯补贴标准为：六层及以下每部22万元" in text
    claims = [event["claim"] for event in events if "claim" in event]
    assert all(claim["supported"] and claim["text"] in text for claim in claims)
    [*_, last] = events
    [source] = last["sources"]
    assert source["number"] in claims[-1]["cited"]
    assert "老旧小区加装电梯实施方案.docx:" in source["citation"]
    passages = chatbot.get(source["url"]).json()
    assert any("六层及以下每部22万元" in passage["text"] for passage in passages)


def test_the_chatbot_does_not_ask_its_model_what_the_documents_do_not_answer(chatbot: httpx.Client) -> None:
    assert ask(chatbot, "火星上有没有生命？") == [{"text": "The documents do not answer this."}]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat", {"question": "???"}, 400),
        ("/chat", {"question": "x" * 2001}, 422),
        ("/chat", {"question": "x", "history": [7]}, 422),
        ("/passages?id=nothing", None, 404),
    ],
)
def test_the_chatbot_refuses_what_cannot_be_answered(
    chatbot: httpx.Client, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = chatbot.post(path, json=body) if body else chatbot.get(path)
    assert answer.status_code == status


def test_the_chatbot_says_what_to_do_without_an_index(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "chatbot.py"), str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: there is no index at {tmp_path / 'none'}\nhint: create one with ")


def test_the_agent_says_how_it_is_called() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / "agent.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "python examples/agent.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_agent_looks_up_its_answer_with_the_tools(home: Path) -> None:
    command = [
        sys.executable,
        str(EXAMPLES / "agent.py"),
        "什么情况下启动防汛Ⅰ级响应？",
        "--index",
        str(home / "default"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["search", "open_passage"]
    assert "黄石矶站水位超过39.80米" in done.stdout
    assert done.stdout.endswith("防汛应急预案.pdf#page=2]\n")


def test_the_notebook_gives_the_outputs_that_it_shows(tmp_path: Path) -> None:
    shown = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    nbformat.validate(shown)
    (tmp_path / "corpus").symlink_to(EXAMPLES / "corpus")
    again = nbformat.from_dict(shown)
    NotebookClient(again, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    # Where an output differs on purpose: jupyter execute --inplace examples/notebook.ipynb
    assert [texts_of(cell) for cell in again.cells] == [texts_of(cell) for cell in shown.cells]
    pictures = [output for cell in shown.cells for output in cell.get("outputs", ()) if "image/png" in str(output)]
    assert len(pictures) == 1


def texts_of(cell: nbformat.NotebookNode) -> str:
    """What a cell writes, and the text of its value. Scores may differ a little from one processor to another.

    In how many parts a kernel sends what was written depends on the load of the machine.
    """
    texts = [output.get("text") or output["data"]["text/plain"] for output in cell.get("outputs", ())]
    return re.sub(r"score \d\.\d", "score", "".join(texts))


def read_containerfile() -> list[tuple[str, str]]:
    """The instructions, each with its arguments."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", (EXAMPLES / "Containerfile").read_text(encoding="utf-8")))
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def test_the_image_is_slim_and_runs_as_a_user_without_rights() -> None:
    instructions = read_containerfile()
    names = [name for name, _ in instructions]
    values = dict(instructions)
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim", values["FROM"])
    assert values["USER"].isdecimal()
    assert values["USER"] != "0"
    assert max(place for place, name in enumerate(names) if name == "RUN") < names.index("USER") < names.index("CMD")
    settings = dict(part.split("=") for part in shlex.split(values["ENV"]))
    assert settings["RETRIEVER_HOME"].startswith(f"{values['VOLUME']}/")
    assert settings["XDG_STATE_HOME"].startswith(f"{values['VOLUME']}/")
    assert settings["PORT"] == values["EXPOSE"]


def test_what_is_copied_into_the_image_can_be_built_and_has_the_extra(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    for name, value in read_containerfile():
        if name == "COPY":
            *parts, target = value.split()
            place = tmp_path / target.strip("/")
            for part in parts:
                copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                copy(ROOT / part, place)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=120)
    assert list((source / "dist").glob("retriever_engine-*.whl"))
    [extra] = [found[1] for name, value in read_containerfile() if (found := re.search(r'"/src\[(\w+)\]"', value))]
    assert extra in (metadata("retriever-engine").get_all("Provides-Extra") or ())


def test_the_command_of_the_image_serves_and_its_health_check_tells(home: Path) -> None:
    values = dict(read_containerfile())
    path = f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"
    variables = {"RETRIEVER_HOME": str(home), "RETRIEVER_TOKEN": TOKEN, "PORT": free_port(), "PATH": path}
    check = [
        sys.executable if word == "python" else word for word in json.loads(values["HEALTHCHECK"].partition("CMD ")[2])
    ]
    with running(json.loads(values["CMD"]), "/health", variables) as client:
        assert subprocess.run(check, env={**os.environ, **variables}, check=False, timeout=60).returncode == 0
        assert client.get("/v1/status").status_code == 401
        assert client.get("/v1/status", headers={"Authorization": f"Bearer {TOKEN}"}).json()["documents"] == 13
    stopped = subprocess.run(check, env={**os.environ, **variables}, check=False, capture_output=True, timeout=60)
    assert stopped.returncode != 0
    without = {name: value for name, value in variables.items() if name != "RETRIEVER_TOKEN"}
    refused = subprocess.run(json.loads(values["CMD"]), env=without, check=False, capture_output=True, timeout=60)
    assert refused.returncode == 2


def read_unit() -> configparser.SectionProxy:
    """The service section; of settings that are there several times, the values one a line."""

    class Repeated(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            super().__setitem__(key, [*self.get(key, []), *value] if isinstance(value, list) else value)

    unit = configparser.ConfigParser(dict_type=Repeated, strict=False, interpolation=None, delimiters="=")
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(EXAMPLES / "retriever.service", encoding="utf-8")
    return unit["Service"]


def test_the_service_has_no_rights_that_it_does_not_need() -> None:
    unit = read_unit()
    assert {unit[name] for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome")} == {"yes"}
    assert unit["ProtectSystem"] == "strict"
    assert unit["CapabilityBoundingSet"] == ""
    assert unit["StateDirectory"] == "retriever"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_accepts_the_service(tmp_path: Path) -> None:
    text = (EXAMPLES / "retriever.service").read_text(encoding="utf-8")
    unit = tmp_path / "retriever.service"
    unit.write_text(text.replace("/opt/retriever/bin", str(COMMANDS)), encoding="utf-8")
    verify = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_of_the_service_serves(home: Path) -> None:
    unit = read_unit()
    settings = dict(line.split("=") for line in unit["Environment"].splitlines())
    command = unit["ExecStart"].replace("/opt/retriever/bin", str(COMMANDS)).replace("${PORT}", port := free_port())
    assert settings["RETRIEVER_HOME"].startswith(f"%S/{unit['StateDirectory']}/")
    variables = {**settings, "PORT": port, "RETRIEVER_HOME": str(home), "RETRIEVER_TOKEN": TOKEN}
    for name in ("RETRIEVER_CACHE", "XDG_STATE_HOME"):
        variables.pop(name)
    with running(shlex.split(command), "/health", variables) as client:
        assert client.get("/v1/documents").status_code == 401
