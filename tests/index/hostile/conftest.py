from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hostile_kit import build_base, make_victim


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound index, a victim's folder, and a copy of that."""
    folder = tmp_path_factory.mktemp("hostile")
    build_base(folder / "base")
    make_victim(folder / "victim")
    shutil.copytree(folder / "victim", folder / "kept")
    return folder
