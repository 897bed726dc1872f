"""Uses every hostile folder of tests/index/hostile, and prints those that end in anything but an error or an answer.

    python benchmarks/hostile_folders.py [WORK]

It takes about ten minutes on two cores. WORK is a folder to work in, by default a temporary one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATHS = [str(ROOT / "tests" / "index" / "hostile"), str(ROOT / "tests" / "index"), str(ROOT)]


def main() -> int:
    """Run the child; return 1 if a folder was used otherwise than it should be."""
    sys.path[:0] = PATHS
    from hostile_kit import build_base, make_victim

    work = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hostile-"))
    work.mkdir(exist_ok=True)
    build_base(work / "base")
    make_victim(work / "victim")
    shutil.copytree(work / "victim", work / "kept")
    child = subprocess.run(
        [sys.executable, str(Path(PATHS[0]) / "hostile_child.py"), str(work), "all"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    for name, faults in lines:
        if isinstance(faults, list):
            print(name, *faults, sep="\n  ")
    print(f"{sum(faults is None for _, faults in lines)} folders; the process ended with {child.returncode}")
    shutil.rmtree(work)
    return int(child.returncode != 0 or any(isinstance(faults, list) for _, faults in lines))


if __name__ == "__main__":
    raise SystemExit(main())
