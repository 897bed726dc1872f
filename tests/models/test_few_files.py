"""A model is not loaded where the system opens no more files; what is missing is said, and the next attempt works."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os
import resource
from retriever.errors import FREE_FILES, ModelError
from retriever.models.loading import load_encoder
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
load_encoder("bundled").encode_queries(["imports what it needs"])
lowest = os.open(os.devnull, os.O_RDONLY)
os.close(lowest)
for more in range(8):
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + more, hard))
    try:
        load_encoder("bundled")
    except ModelError as error:
        assert error.hint == FREE_FILES, error.hint
        print(error)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
assert len(load_encoder("bundled").encode_queries(["once more"])) == 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of open files")
def test_too_few_files_are_told() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "the model bundled cannot be loaded: too many open files" in done.stdout
