"""A folder of mixed files, as people keep them: read one by one, then indexed twice.

    python benchmarks/mixed_files.py --data FILES [--made 10000] [--work DIR] [--no-index]

``--data`` has real files of many formats; half of the folder are copies of them, the other half files that are made
here (.txt .md .html .csv .json .eml .docx .zip), all different. Prints the slowest files by the time of the processor,
since others may use the machine, those that are not read and why, the memory of both processes as reading goes on, and
what a second sync reads (nothing). The index is committed with words only: vectors are another benchmark's. Exits with
1 if a file took more than 20 s without a reason.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "documents"))

from fake_encoder import FakeEncoder
from file_makers import make_docx, paragraph

from retriever import Retriever
from retriever.documents import IsolatedReader, ReadRequest, is_supported
from retriever.errors import ReadError

MOST_SECONDS = 20.0
WORDS = ("供水", "收入", "电梯", "改造", "防汛", "预案", "harbour", "office", "tide", "budget", "Haushalt", "résumé")
SAMPLES = 10


def make_folder(folder: Path, data: Path, count: int) -> list[Path]:
    """Fill a folder with so many files in subfolders of 100, and list them."""
    pick = random.Random(7)
    real = [path for path in sorted(data.rglob("*")) if path.is_file() and is_supported(path)]
    files = []
    for number in range(count):
        below = folder / f"{number // 100:03}"
        below.mkdir(parents=True, exist_ok=True)
        if number % 2:
            original = real[number // 2 % len(real)]
            path = below / f"{number}-{original.name}"
            shutil.copyfile(original, path)
        else:
            path = _make(below, number, pick)
        files.append(path)
    return files


def _make(folder: Path, number: int, pick: random.Random) -> Path:
    lines = [f"{number}. " + " ".join(pick.choices(WORDS, k=pick.randint(5, 40))) + "." for _ in range(30)]
    text = "\n\n".join(lines)
    kind = (".txt", ".md", ".html", ".csv", ".json", ".eml", ".docx", ".zip")[number // 2 % 8]
    path = folder / f"made-{number}{kind}"
    if kind == ".docx":
        path.write_bytes(make_docx("".join(map(paragraph, lines))))
    elif kind == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/text.txt", text)
            archive.writestr("b.md", f"# {number}\n\n{text}")
    else:
        forms = {
            ".html": "<html><body><nav>Home</nav><p>" + "</p><p>".join(lines) + "</p></body></html>",
            ".csv": "id,text\n" + "\n".join(f"{at},{line}" for at, line in enumerate(lines)),
            ".json": '{"text": "' + " ".join(lines) + '"}',
            ".eml": f"Subject: Number {number}\nFrom: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n{text}",
        }
        path.write_text(forms.get(kind, text), "utf-8")
    return path


def read_all(files: list[Path]) -> tuple[list[tuple[float, Path]], Counter[str], list[tuple[int, int]]]:
    """The seconds of each file, the reasons of those that are not read, and the memory at ten times, in MB."""
    seconds, reasons, memory = [], Counter[str](), []
    step = max(1, len(files) // SAMPLES)
    with IsolatedReader() as reader:
        for number, path in enumerate(files, 1):
            begun = spent()
            try:
                for _ in reader.read(ReadRequest(path, path.name), report=lambda _: None):
                    pass
            except ReadError as error:
                reasons[f"{path.suffix}: {error}"] += 1
                begun = spent()  # A reason is told: its time does not count.
            seconds.append((spent() - begun, path))
            if number % step == 0:
                memory.append((_resident("self"), sum(map(_resident, _children()))))
    return seconds, reasons, memory


def _children() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        yield from (task / "children").read_text().split()


def spent() -> float:
    """Seconds of the processor that this process and its children have taken, those that have ended among them."""
    fields = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in _children()]
    return sum(os.times()[:4]) + sum(int(own[11]) + int(own[12]) for own in fields) / os.sysconf("SC_CLK_TCK")


def _resident(process: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)


def index_twice(folder: Path, index: Path) -> None:
    """Sync a folder twice, and print what was read each time."""
    reads = 0
    read = IsolatedReader.read

    def count(self: IsolatedReader, *args: object, **kwargs: object) -> object:
        nonlocal reads
        reads += 1
        return read(self, *args, **kwargs)  # type: ignore[arg-type]

    IsolatedReader.read = count  # type: ignore[method-assign, assignment]
    with Retriever.open(index, create=True, model=FakeEncoder()) as retriever:
        for name in ("first", "second"):
            reads = 0
            begun = time.perf_counter()
            report = retriever.sync(folder, wait_for="words")
            spent = time.perf_counter() - begun
            print(
                f"{name} sync: {spent:.1f} s, {reads:,} files read, {report.added:,} documents added, "
                f"{report.unchanged:,} unchanged, {len(report.skipped):,} skipped; {_resident('self')} MB"
            )


def main() -> int:
    """Run the benchmark; 1 if a file took too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--made", type=int, default=10_000)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--no-index", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as work:
        files = make_folder(Path(work) / "files", given.data, given.made)
        seconds, reasons, memory = read_all(files)
        slowest = sorted(seconds, reverse=True)[:5]
        print(f"{len(files):,} files read in {sum(spent for spent, _ in seconds):.0f} s of the processor")
        print("slowest: " + ", ".join(f"{path.name} {spent:.2f} s" for spent, path in slowest))
        print("memory (this process, its child; MB): " + ", ".join(f"{own}+{child}" for own, child in memory))
        print(f"not read: {sum(reasons.values()):,}")
        for reason, count in reasons.most_common(30):
            print(f"  {count:,} {reason}")
        if not given.no_index:
            index_twice(Path(work) / "files", Path(work) / "index")
    return int(slowest[0][0] > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
