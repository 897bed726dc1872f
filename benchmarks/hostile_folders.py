"""Uses every hostile folder of tests/index/hostile, and prints those that end in anything but an error or an answer.

    python benchmarks/hostile_folders.py [WORK] [--processes 2]

It takes about ten minutes on two cores. WORK is a folder to work in, by default a temporary one. A process that dies or
waits is a finding, and another one goes on after the folder that it was at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATHS = [str(ROOT / "tests" / "index" / "hostile"), str(ROOT / "tests" / "index"), str(ROOT)]
CHILD = str(Path(PATHS[0]) / "hostile_child.py")


def use_part(work: Path, first: int, step: int) -> tuple[int, int]:
    """Use every ``step``-th folder from ``first`` on; how many were used, and how many findings were printed.

    A sound index and a victim's folder are beside ``work``.
    """
    for name in ("base", "kept"):
        shutil.copytree(work.parent / name, work / name)
    used = findings = 0
    while True:
        for path in work.glob("index*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(work / "victim", ignore_errors=True)
        shutil.copytree(work / "kept", work / "victim")
        child = subprocess.Popen(
            [sys.executable, CHILD, str(work), "all", str(first + used * step), str(step)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None  # it was asked for
        begun, name = 0, "the first folder"
        for line in child.stdout:
            told, faults = json.loads(line)
            if faults is None:
                begun, name = begun + 1, told
            elif isinstance(faults, list):
                findings += 1
                print(told, *faults, sep="\n  ", flush=True)
        used += begun
        if child.wait() == 0:
            return used, findings
        findings += 1
        print(name, f"the process ended with {child.returncode}", sep="\n  ", flush=True)
        if not begun:
            return used, findings


def main() -> int:
    """Run the children; return 1 if a folder was used otherwise than it should be."""
    sys.path[:0] = PATHS
    from hostile_kit import build_base, make_victim

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("work", nargs="?", type=Path, help="folder to work in")
    parser.add_argument("--processes", type=int, default=2, help="how many work at once")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="hostile-", dir=options.work))
    build_base(work / "base")
    make_victim(work / "kept")
    step = options.processes
    with ThreadPoolExecutor(step) as threads:
        parts = list(threads.map(lambda first: use_part(work / str(first), first, step), range(step)))
    used, findings = (sum(numbers) for numbers in zip(*parts, strict=True))
    print(f"{used} folders, {findings} findings")
    shutil.rmtree(work)
    return int(findings > 0)


if __name__ == "__main__":
    raise SystemExit(main())
