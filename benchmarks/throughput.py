"""How fast the bundled encoder is, beside sentence-transformers in fp32 on the same weights in the same run.

    python benchmarks/throughput.py [--texts FILE] [--rounds 3]

Prints a table: tokens a second while indexing, the ratio, the time of one query, the time to open the model.
Needs the extra [sentence-transformers] and 1 GB of room for the exported model.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from retriever.models import load
from retriever.models.export import export_bundled
from retriever.models.interface import Encoder
from retriever.models.st_model import load_sentence_transformers

_CORPUS = Path(__file__).parent.parent / "examples" / "corpus"
_WORDS = (
    *(
        "社区",
        "电梯",
        "加装",
        "居民",
        "补贴",
        "改造",
        "养老",
        "服务",
        "学校",
        "医院",
        "交通",
        "预算",
        "审批",
        "公示",
        "规划",
    ),
    *(
        "budget ",
        "committee ",
        "school ",
        "repair ",
        "measure ",
        "report ",
        "district ",
        "growth ",
        "water ",
        "quality ",
    ),
)
_OPEN = "from retriever.models import load; load().encode_queries(['怎样给老旧小区装电梯？'])"


def synthetic(count: int = 400) -> list[str]:
    """Passages of 60 to 300 words' length, in Chinese and English, the same on every run."""
    chance = random.Random(0)
    return ["".join(chance.choices(_WORDS, k=chance.randint(25, 130))) for _ in range(count)]


def read_texts(path: Path | None) -> list[str]:
    """The paragraphs of a file, or of the example corpus, or made-up ones where there is neither."""
    files = [path] if path else sorted([*_CORPUS.glob("**/*.txt"), *_CORPUS.glob("**/*.md")])
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if len(line) > 40] or synthetic()


def seconds(work: Callable[[], object]) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def query_milliseconds(encoder: Encoder, texts: list[str]) -> float:
    """The median time of one query, taken over the openings of texts."""
    queries = [text[:20] for text in texts[:100]]
    encoder.encode_queries(queries[:3])
    return 1000 * statistics.median(seconds(lambda query=query: encoder.encode_queries([query])) for query in queries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, help="a UTF-8 file, a passage a line")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that the best is taken of")
    options = parser.parse_args()
    texts = read_texts(options.texts)
    with tempfile.TemporaryDirectory() as folder:
        export_bundled(Path(folder) / "model")
        encoders = {
            "bundled, int8": load(),
            "sentence-transformers, fp32": load_sentence_transformers(Path(folder) / "model"),
        }
        tokens = sum(len(encoders["bundled, int8"].token_spans(text)) for text in texts)
        best = dict.fromkeys(encoders, float("inf"))
        for _ in range(options.rounds):  # in turn, so that a busy machine slows both
            for name, encoder in encoders.items():
                best[name] = min(best[name], seconds(lambda encoder=encoder: encoder.encode_passages(texts)))
        print(f"{len(texts)} passages, {tokens} tokens, best of {options.rounds}")
        print(f"{'':30}{'tokens/s':>10}{'one query':>12}")
        for name, encoder in encoders.items():
            print(f"{name:30}{tokens / best[name]:>10.0f}{query_milliseconds(encoder, texts):>9.1f} ms")
    first, second = best.values()
    print(f"ratio {second / first:.2f}")
    cold = min(
        seconds(lambda: subprocess.run([sys.executable, "-c", _OPEN], check=True)) for _ in range(options.rounds)
    )
    print(f"a new process, from its start to a query's vector: {cold:.2f} s")


if __name__ == "__main__":
    main()
