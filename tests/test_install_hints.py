"""The pip command for an extra works for the way in which the package was installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "from retriever.errors import install_command; print(install_command('eval'))"


def command_of(folder: Path, origin: dict[str, object] | None) -> str:
    """The command where the metadata of the distribution say where it came from."""
    info = folder / "retriever_engine-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: retriever-engine\nVersion: 0.1.0\n")
    if origin is not None:
        (info / "direct_url.json").write_text(json.dumps(origin))
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {CODE}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_nothing_else_names_a_command_that_needs_a_release() -> None:
    """A clone has no release: whatever names the command asks how this package was installed."""
    root = Path(__file__).parents[1]
    files = [path for folder in ("retriever", "cli") for path in (root / folder).rglob("*.py")]
    named = re.compile(r"pip install[^\n]{0,12}\n?[^\n]{0,12}retriever-engine")
    assert [path.name for path in files if named.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, 'pip install "retriever-engine[eval]"'),
        ({"url": "file:///src/my%20clone", "dir_info": {"editable": True}}, "pip install -e '/src/my clone[eval]'"),
        (
            {"url": "file:///src/clone", "dir_info": {}},
            'pip install "retriever-engine[eval] @ file:///src/clone"',
        ),
        (
            {"url": "file:///tmp/retriever_engine-0.1.0-py3-none-any.whl", "archive_info": {}},
            'pip install "retriever-engine[eval] @ file:///tmp/retriever_engine-0.1.0-py3-none-any.whl"',
        ),
        (
            {"url": "https://host/retriever", "vcs_info": {"vcs": "git", "commit_id": "0"}},
            'pip install "retriever-engine[eval] @ git+https://host/retriever"',
        ),
    ],
)
def test_the_command_follows_from_the_origin(tmp_path: Path, origin: dict[str, object] | None, command: str) -> None:
    assert command_of(tmp_path, origin) == command
