"""Mutated files of every format, read as an indexing run reads them, then titled and cut into passages.

    python benchmarks/mutations.py [--trials 2000] [--formats .pdf,.docx] [--first 0] [--keep DIR]

A finding is a reader that fails or dies, a document that is none, an exception in what comes after reading, or a file
that takes more than ``--slow`` seconds of the processor. Findings are listed with the number of their mutation, from
which ``mutate`` in tests/documents/mutations.py makes the file again; ``--keep`` writes the files. Exits with 1 if
there are any. Linux only.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "documents"))

from fake_encoder import FakeEncoder
from invariants import check_invariants
from mixed_files import spent
from mutations import ALIASES, WORDS, mutate

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.documents import IsolatedReader, ReadRequest
from retriever.errors import ReadError, UnfinishedReadError
from retriever.ingest.read import complete


class Trials:
    """The outcomes of one format."""

    def __init__(self, suffix: str, slow: float, keep: Path | None) -> None:
        self.suffix, self.slow, self.keep = suffix, slow, keep
        self.outcomes: Counter[str] = Counter()
        self.findings: list[str] = []
        self.slowest = 0.0
        self.encoder = FakeEncoder()

    def run(self, files: IsolatedReader, folder: Path, seed: int) -> None:
        """Read one mutation, and use what it gives."""
        path = folder / f"a{self.suffix}"
        data = mutate(self.suffix, seed)
        path.write_bytes(data)
        begun = spent()
        outcome, finding = self.read(files, path)
        seconds = spent() - begun
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, seconds)
        if not finding and seconds > self.slow:
            finding = f"{seconds:.1f} s for {len(data):,} bytes, {outcome}"
        if finding:
            self.findings.append(f"{self.suffix} {seed}: {finding}")
            if self.keep is not None:
                self.keep.mkdir(parents=True, exist_ok=True)
                (self.keep / f"{seed}{self.suffix}").write_bytes(data)

    def read(self, files: IsolatedReader, path: Path) -> tuple[str, str]:
        """What became of a file, and what was found wrong."""
        documents = 0
        try:
            for document in files.read(ReadRequest(path, path.name), report=lambda _: None):
                check_invariants(document)
                chunk(complete(document), token_spans=self.encoder.token_spans, limit=500, settings=ChunkSettings())
                documents += 1
        except UnfinishedReadError as error:
            # What is refused for its output alone is refused rightly.
            return ("limited", "") if "unpacks to more than" in str(error) else ("failed", str(error))
        except ReadError:
            return "refused", ""
        except Exception:
            return "failed", traceback.format_exc(limit=-3)
        return "read" if documents else "nothing", ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=2000, help="mutations of each format")
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutation")
    parser.add_argument("--formats", default=",".join((*WORDS, *ALIASES)), help="extensions")
    parser.add_argument("--slow", type=float, default=20.0, help="seconds of the processor that are too many")
    parser.add_argument("--keep", type=Path, help="folder for files with findings")
    options = parser.parse_args()
    findings: list[str] = []
    with tempfile.TemporaryDirectory() as folder, IsolatedReader() as files:
        for suffix in options.formats.split(","):
            trials = Trials(suffix, options.slow, options.keep)
            began = spent()
            for seed in range(options.first, options.first + options.trials):
                trials.run(files, Path(folder), seed)
            counts = ", ".join(f"{count:,} {outcome}" for outcome, count in trials.outcomes.most_common())
            seconds = spent() - began
            print(f"{suffix:7} {counts}; {seconds:.0f} s of the processor, slowest {trials.slowest:.2f} s", flush=True)
            for finding in trials.findings:
                print(f"  {finding}", flush=True)
            findings += trials.findings
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{len(findings)} findings; largest child {peak} MB")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
