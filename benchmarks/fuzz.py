"""Coverage-guided fuzzing of the readers, by atheris (libFuzzer for Python).

    pip install "retriever-engine[fuzz]"
    python benchmarks/fuzz.py [--minutes 60] [--formats .docx,.html] [--corpus DIR]

The formats share the time. For each a process of its own mutates whole files, keeps those that reach new code in
``--corpus`` (a temporary folder by default), and looks for a reader that fails, a document that is none, and a file
that takes more than 20 s or a gigabyte. What is found is written there and named. Exits with 1 if there is anything.
All times are of the processor, so that other work beside it neither takes any nor makes a file seem slow.
PDFium and lxml are machine code without instrumentation: only their callers are covered. Of a document that is an
archive one part is mutated, also as a tree, and then packed; its number is the first byte of what the fuzzer holds.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "documents"))

SECONDS_A_FILE = 20
# By the clock: for a file that waits and computes nothing.
PATIENCE = 900
MEGABYTES = 1024
LARGEST = 50_000
INSTRUMENTED = ["retriever", "striprtf", "markdown_it", "email", "json", "yaml", "zipfile"]
INSTRUMENTED += ["tarfile", "py7zr", "olefile", "xlrd", "quopri", "html"]


def fuzz(suffix: str, seconds: float, last: Path, arguments: list[str]) -> None:
    """Fuzz the reader of a format in this process for so many seconds; ``last`` is the file that is read."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        # Nothing that imports a reader may be imported before; the reader of PDF is imported with its first file only.
        from invariants import check_invariants
        from lxml.etree import XMLSyntaxError
        from mutations import PACKAGES, mutate_tree

        import retriever.documents.pdf.read  # noqa: F401
        from retriever.documents import read_file
        from retriever.errors import ReadError, UnfinishedReadError

    # What a signal says in Python waits for machine code to return; this one prints where it is and ends the process.
    faulthandler.register(signal.SIGPROF, all_threads=False, chain=True)
    end = time.process_time() + seconds

    def read(data: bytes) -> None:
        if time.process_time() > end:
            signal.setitimer(signal.ITIMER_PROF, 0)
            os.kill(os.getpid(), signal.SIGUSR1)
            return
        last.write_bytes(pack(suffix, data) if suffix in PACKAGES else data)
        signal.setitimer(signal.ITIMER_PROF, SECONDS_A_FILE)
        try:
            for document in read_file(last, source=last.name, report=lambda _: None):
                check_invariants(document)
        except UnfinishedReadError as error:
            raise error.__cause__ or error from None
        except ReadError:
            pass

    def mutate(data: bytes, largest: int, seed: int) -> bytes:
        if seed % 2:
            with suppress(XMLSyntaxError):
                return data[:1] + mutate_tree(data[1:], random.Random(seed))[: largest - 1]
        return bytes(atheris.Mutate(data, largest))

    if suffix in PACKAGES:
        atheris.Setup([sys.argv[0], *arguments], read, custom_mutator=mutate)
    else:
        atheris.Setup([sys.argv[0], *arguments], read)
    atheris.Fuzz()


def pack(suffix: str, data: bytes) -> bytes:
    """A document in which the part that the first byte numbers is the rest of ``data``."""
    parts = unpack(suffix)
    number = data[0] % len(parts) if data else 0
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for at, (name, part) in enumerate(parts.items()):
            package.writestr(name, data[1:] if at == number else part)
    return buffer.getvalue()


@lru_cache
def unpack(suffix: str) -> dict[str, bytes]:
    """The parts of a document, by name."""
    from mutations import list_seeds

    with zipfile.ZipFile(io.BytesIO(list_seeds(suffix)[-1])) as package:
        return {name: package.read(name) for name in package.namelist()}


def make_corpus(suffix: str) -> list[bytes]:
    """What the fuzzer of a format begins with."""
    from mutations import PACKAGES, list_seeds

    if suffix not in PACKAGES:
        return list_seeds(suffix)
    return [bytes([number]) + part for number, part in enumerate(unpack(suffix).values())]


def run(suffix: str, seconds: float, folder: Path) -> bool:
    """Fuzz a format in a process of its own for so many seconds; whether nothing was found."""
    from mutations import WORDS

    corpus = folder / suffix.removeprefix(".")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(make_corpus(suffix)):
        (corpus / f"seed{number}").write_bytes(data)
    words = folder / f"{corpus.name}.dict"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word[:60]) + '"\n' for word in WORDS[suffix]))
    last = folder / f"{corpus.name}-last{suffix}"
    arguments = [f"-timeout={PATIENCE}", f"-report_slow_units={PATIENCE}", f"-rss_limit_mb={MEGABYTES}"]
    arguments += [f"-max_len={LARGEST}", "-len_control=0", f"-dict={words}", "-print_final_stats=1"]
    arguments.append(f"-artifact_prefix={folder}/{corpus.name}-")
    command = [sys.executable, __file__, "--child", suffix, str(seconds), str(last), *arguments, str(corpus)]
    begun = sum(os.times()[2:4])
    with (folder / f"{corpus.name}.log").open("wb") as log:
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    report = (folder / f"{corpus.name}.log").read_text(errors="replace").splitlines()
    runs = next((line.split()[-1] for line in report if "number_of_executed_units" in line), "?")
    reached = [line for line in report if " cov: " in line]
    covered = reached[-1].split(" cov: ")[1].split()[0] if reached else "?"
    outcome = f"FOUND: {last}" if code else "nothing found"
    spent = sum(os.times()[2:4]) - begun
    print(f"{suffix:7} {spent:.0f} s, {runs} files, {covered} edges: {outcome}", flush=True)
    if code:
        print("\n".join(f"  {line}" for line in report[-40:]), flush=True)
    return not code


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]), sys.argv[5:])
        return
    from mutations import WORDS

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="for all formats together")
    parser.add_argument("--formats", default=",".join(WORDS), help="extensions")
    parser.add_argument("--corpus", type=Path, help="folder for what reaches new code, and for what is found")
    options = parser.parse_args()
    formats = options.formats.split(",")
    folder = options.corpus or Path(tempfile.mkdtemp(prefix="retriever-fuzz-"))
    results = [run(suffix, options.minutes * 60 / len(formats), folder) for suffix in formats]
    print(f"corpora and logs: {folder}")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
