"""Without the extra, the command says how to install it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from retriever.errors import install_command

CODE = """
import sys
sys.modules[{missing!r}] = None  # as if it were not installed
sys.argv = ["retriever", "serve", "--index", "town", "--port", "0"]
from retriever_cli.main import main
main()
"""


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn", "prometheus_client"])
def test_the_command_says_how_to_install_the_extra(folder: Path, missing: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(missing=missing)],
        cwd=folder,
        env={"RETRIEVER_HOME": "indexes", "RETRIEVER_CONFIG": "", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert done.returncode == 3
    assert lines == [f"error: the server needs {missing}, which is not installed", f"hint: {install_command('server')}"]
