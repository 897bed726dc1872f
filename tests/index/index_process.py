"""Runs a piece of Python in another process, with the index and the made-up documents at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fork_server import ForkedPopen

PRELUDE = """
import os, signal, sys
from pathlib import Path
from index_corpus import *
from retriever.index.files import durable
root = Path(sys.argv[1])

def tell(text):
    print(text, flush=True)
"""


def start(script: str, root: Path, *, first: str = "") -> subprocess.Popen[str]:
    """Start a script; ``first`` runs before the made-up documents are imported."""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent.parent)])}
    return ForkedPopen(
        [sys.executable, "-c", first + PRELUDE + script, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run(script: str, root: Path, *, first: str = "") -> tuple[int, str, str]:
    """Exit code (negative: the signal that ended it), standard output and standard error."""
    process = start(script, root, first=first)
    out, err = process.communicate()
    return process.returncode, out, err


def ask(process: subprocess.Popen[str], line: str = "") -> str:
    """Send a line to a script that reads one, and return the line that it answers."""
    tell(process, line)
    return next_line(process)


def tell(process: subprocess.Popen[str], line: str = "") -> None:
    """Send a line to a script."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def next_line(process: subprocess.Popen[str]) -> str:
    """The next line that a script says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
