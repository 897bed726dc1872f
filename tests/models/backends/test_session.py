"""What onnxruntime does besides running a model is switched off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from small_model import write_model


def test_nothing_is_collected_about_its_use(tmp_path: Path) -> None:
    """Builds that do collect leave what they will send in the user's cache."""
    graph = write_model(tmp_path / "model") / "model.onnx"
    home = tmp_path / "home"
    home.mkdir()
    kept = {
        name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    script = (
        "import sys; from pathlib import Path; from retriever.models.backends.session import open_session; "
        "open_session(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(graph)], env={**kept, "HOME": str(home)}, capture_output=True, check=True
    )
    assert done.stderr == b""
    assert list(home.rglob("*")) == []
