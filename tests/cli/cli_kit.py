"""What the tests of the command line share: running the command, documents, and invented hits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import fork_server
import pytest
from fork_server import COMMAND

from retriever import Hit, SearchResponse, Span
from retriever_cli.main import main

LIFTS = """云岭县老旧小区改造工作方案

一、总体要求
坚持民有所呼、我有所应，用三年时间完成全县六十二个老旧小区的改造任务。

二、重点任务
（一）加装电梯
鼓励四层以上的老旧住宅加装电梯。每部电梯由县财政补贴十五万元，其余费用由各楼层业主按比例分摊，一层业主不出资。
（二）整治管网
对使用超过二十年的供水管道全部更换，由县水务公司负责施工，更换期间每日停水不超过四小时。

三、组织保障
县住房和城乡建设局负责统筹协调，每季度向县政府报告一次进展。
"""
LIBRARY = """# Opening hours of the Harrow Lane library

## Weekdays

The library opens at nine and closes at eight [except on bank holidays, see below]. The [bold]reading room[/bold]
on the second floor stays open until ten during the examination weeks in June.

## Weekends

On Saturdays the doors open at ten; on Sundays the library is closed. Returned books go through the hatch.
"""


@dataclass(frozen=True)
class Result:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str


def environment(**extra: str) -> dict[str, str]:
    """The environment without variables that change the output, a pager, and the user's own indexes and settings.

    Standard streams are UTF-8.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name
        not in {
            "RETRIEVER_PAGER",
            "LESS",
            "LINES",
            "COLUMNS",
            "NO_COLOR",
            "FORCE_COLOR",
            "RETRIEVER_HOME",
            "RETRIEVER_INDEX",
            "RETRIEVER_DEBUG",
            "PYTHONIOENCODING",
            "RETRIEVER_LANG",
            "LC_ALL",
            "LC_MESSAGES",
            "LANG",
        }
    }
    home = {"RETRIEVER_HOME": "indexes", "RETRIEVER_CONFIG": ""}
    return {**kept, **home, "PYTHONUTF8": "1", "TERM": "xterm-256color", "PAGER": "cat", **extra}


def run_command(
    *arguments: str | Path, cwd: Path | None = None, stdin: str | bytes = b"", env: dict[str, str] | None = None
) -> Result:
    """Run ``retriever`` to its end."""
    code, out, err = fork_server.run(
        [COMMAND, *map(str, arguments)],
        stdin.encode() if isinstance(stdin, str) else stdin,
        cwd=cwd,
        env=environment(**(env or {})),
        timeout=300,
    )
    return Result(code, out.decode(), err.decode())


def run_here(
    *arguments: str | Path, cwd: Path | None = None, stdin: str | bytes = b"", env: dict[str, str] | None = None
) -> Result:
    """Run ``retriever`` to its end in this process, which saves the start-up. Entry point and streams are the same."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), encoding="utf-8")
    before = Path.cwd()
    os.chdir(cwd or before)
    try:
        with (
            patch.dict(os.environ, environment(**(env or {})), clear=True),
            patch.multiple(sys, argv=["retriever", *map(str, arguments)], stdin=given, stdout=out, stderr=err),
            pytest.raises(SystemExit) as exit,
        ):
            main()
    finally:
        os.chdir(before)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    code = exit.value.code
    return Result(code if isinstance(code, int) else 0, *texts)


Run = Callable[..., Result]


@dataclass(frozen=True)
class Work:
    """A working folder with ``docs/`` and its index ``indexes/default``."""

    folder: Path
    first: Result

    @property
    def index(self) -> Path:
        return self.folder / "indexes" / "default"


def write_documents(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "电梯.txt").write_text(LIFTS, encoding="utf-8")
    (folder / "library.md").write_text(LIBRARY, encoding="utf-8")
    return folder


def make_hit(text: str, *, highlights: tuple[tuple[int, int], ...] = (), **changes: object) -> Hit:
    values: dict[str, object] = {
        "rank": 1,
        "score": 0.83,
        "id": "0123456789abcdef",
        "document": "reports/a.txt",
        "source": "reports/a.txt",
        "title": "县政府工作报告",
        "heading": ("二、重点任务", "（一）加装电梯"),
        "start": 10,
        "end": 10 + len(text),
        "line": 12,
        "page": None,
        "language": "zh",
    }
    return Hit(**{**values, **changes}, text=text, highlights=tuple(Span(*span) for span in highlights))


def make_response(*hits: Hit, query: str = "谁出钱？") -> SearchResponse:
    return SearchResponse(query, "indexes/default", 7, "hybrid", 41.2, hits)
