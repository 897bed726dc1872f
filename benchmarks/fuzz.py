"""Coverage-guided fuzzing of the readers, by atheris (libFuzzer for Python).

    pip install "retriever-engine[fuzz]"
    python benchmarks/fuzz.py [--minutes 60] [--formats .docx,.html] [--corpus DIR]

The formats share the time. For each a process of its own mutates whole files, keeps those that reach new code in
``--corpus`` (a temporary folder by default), and looks for a reader that fails, a document that is none, and a file
that takes more than 20 s or a gigabyte. What is found is written there and named. Exits with 1 if there is anything.
PDFium and lxml are machine code without instrumentation: only their callers are covered. Of a DOCX the main part is
mutated, also as a tree, and then packed.
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "documents"))

SECONDS_A_FILE = 20
MEGABYTES = 1024
LARGEST = 50_000
INSTRUMENTED = ["retriever", "striprtf", "markdown_it", "email", "json", "yaml", "zipfile"]
MAIN_PART = "word/document.xml"


def fuzz(suffix: str, arguments: list[str]) -> None:
    """Fuzz the reader of a format in this process, until libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        # Nothing that imports a reader may be imported before; the reader of PDF is imported with its first file only.
        from invariants import check_invariants
        from lxml.etree import XMLSyntaxError
        from mutations import mutate_tree

        import retriever.documents.pdf.read  # noqa: F401
        from retriever.documents import read_file
        from retriever.errors import ReadError, UnfinishedReadError

    path = Path(tempfile.mkdtemp()) / f"a{suffix}"

    def read(data: bytes) -> None:
        path.write_bytes(pack(data) if suffix == ".docx" else data)
        try:
            for document in read_file(path, source=path.name, report=lambda _: None):
                check_invariants(document)
        except UnfinishedReadError as error:
            keep()
            raise error.__cause__ or error from None
        except ReadError:
            pass
        except Exception:
            keep()
            raise

    def keep() -> None:
        """Write the file down: libFuzzer writes what crashes the process, not what raises."""
        Path(f"{arguments[-1]}-found{suffix}").write_bytes(path.read_bytes())

    def mutate(data: bytes, largest: int, seed: int) -> bytes:
        if seed % 2:
            with suppress(XMLSyntaxError):
                return mutate_tree(data, random.Random(seed))[:largest]
        return bytes(atheris.Mutate(data, largest))

    if suffix == ".docx":
        atheris.Setup([sys.argv[0], *arguments], read, custom_mutator=mutate)
    else:
        atheris.Setup([sys.argv[0], *arguments], read)
    atheris.Fuzz()


def pack(main_part: bytes) -> bytes:
    """A DOCX with this main part."""
    from mutations import RICH

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(RICH)) as rich, zipfile.ZipFile(buffer, "w") as package:
        for name in rich.namelist():
            package.writestr(name, main_part if name == MAIN_PART else rich.read(name))
    return buffer.getvalue()


def unpack(data: bytes) -> bytes:
    """The main part of a DOCX."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(MAIN_PART)


def run(suffix: str, seconds: int, folder: Path) -> bool:
    """Fuzz a format in a process of its own for so many seconds; whether nothing was found."""
    from mutations import WORDS, list_seeds

    corpus = folder / suffix.removeprefix(".")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(list_seeds(suffix)):
        (corpus / f"seed{number}").write_bytes(unpack(data) if suffix == ".docx" else data)
    words = folder / f"{corpus.name}.dict"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word[:60]) + '"\n' for word in WORDS[suffix]))
    arguments = [f"-max_total_time={seconds}", f"-timeout={SECONDS_A_FILE}", f"-rss_limit_mb={MEGABYTES}"]
    arguments += [f"-max_len={LARGEST}", "-len_control=0", f"-dict={words}", "-print_final_stats=1"]
    arguments.append(f"-artifact_prefix={folder}/{corpus.name}-")
    command = [sys.executable, __file__, "--child", suffix, *arguments, str(corpus)]
    with (folder / f"{corpus.name}.log").open("wb") as log:
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    report = (folder / f"{corpus.name}.log").read_text(errors="replace").splitlines()
    runs = next((line.split()[-1] for line in report if "number_of_executed_units" in line), "?")
    reached = [line for line in report if " cov: " in line]
    covered = reached[-1].split(" cov: ")[1].split()[0] if reached else "?"
    outcome = "FOUND" if code else "nothing found"
    print(f"{suffix:7} {seconds} s, {runs} files, {covered} edges: {outcome}", flush=True)
    if code:
        print("\n".join(f"  {line}" for line in report[-40:]), flush=True)
    return not code


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], sys.argv[3:])
        return
    from mutations import WORDS

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="for all formats together")
    parser.add_argument("--formats", default=",".join(WORDS), help="extensions")
    parser.add_argument("--corpus", type=Path, help="folder for what reaches new code, and for what is found")
    options = parser.parse_args()
    formats = options.formats.split(",")
    folder = options.corpus or Path(tempfile.mkdtemp(prefix="retriever-fuzz-"))
    results = [run(suffix, int(options.minutes * 60 / len(formats)), folder) for suffix in formats]
    print(f"corpora and logs: {folder}")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
