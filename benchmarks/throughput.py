"""The throughput of the bundled encoder, compared with sentence-transformers in fp32 on the same weights.

    python benchmarks/throughput.py [--texts FILE] [--rounds 3]

Prints tokens per second for passages and their ratio, the latency of a query, and that of the first query in a new
process. Requires the extra [sentence-transformers] and 1 GB of disk space for the exported model.
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
from functools import partial
from pathlib import Path

from retriever.models import export_model, load_encoder

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
_PEER = "sentence-transformers, fp32"
_BATCHES = (4, 32)
_OPEN = "from retriever.models import load_encoder; load_encoder().encode_queries(['怎样给老旧小区装电梯？'])"


def generate_texts(count: int = 400) -> list[str]:
    """Passages of 25 to 130 Chinese and English words, the same on every run."""
    generator = random.Random(0)
    return ["".join(generator.choices(_WORDS, k=generator.randint(25, 130))) for _ in range(count)]


def read_texts(path: Path | None) -> list[str]:
    """The paragraphs of a file or of the example corpus; generated ones if there is neither."""
    files = [path] if path else sorted([*_CORPUS.glob("**/*.txt"), *_CORPUS.glob("**/*.md")])
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if len(line) > 40] or generate_texts()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, help="a UTF-8 file with one passage per line")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds, of which the best counts")
    options = parser.parse_args()
    texts = read_texts(options.texts)
    bundled = load_encoder()
    tokens = sum(len(bundled.token_spans(text)) for text in texts)
    print(f"{len(texts)} passages, {tokens} tokens, best of {options.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        peer = load_peer(Path(folder) / "model")
        passages: dict[str, Callable[[], object]] = {"bundled, int8": lambda: bundled.encode_passages(texts)}
        for size in _BATCHES:
            passages[f"{_PEER}, batches of {size}"] = partial(peer, texts, "passage", size)
        best = dict.fromkeys(passages, float("inf"))
        for _ in range(options.rounds):  # alternating, so that other load slows all of them
            for name, work in passages.items():
                best[name] = min(best[name], time_call(work))
        for name, time_taken in best.items():
            print(f"{name:45}{tokens / time_taken:>8.0f} tokens/s")
        ours, *theirs = best.values()
        print(f"{'ratio to the fastest of the others':45}{min(theirs) / ours:>8.2f}")
        queries = [text[:20] for text in texts[:100]]
        print(f"{'bundled, one query':45}{time_query(lambda q: bundled.encode_queries([q]), queries):>8.1f} ms")
        print(f"{_PEER + ', one query':45}{time_query(lambda q: peer([q], 'query', 1), queries):>8.1f} ms")
    cold = min(
        time_call(lambda: subprocess.run([sys.executable, "-c", _OPEN], check=True)) for _ in range(options.rounds)
    )
    print(f"{'a new process, start to query vector':45}{1000 * cold:>8.0f} ms")


def load_peer(folder: Path) -> Callable[[list[str], str, int], object]:
    """An encoder of sentence-transformers with the weights in fp32, called with texts, prompt name and batch size."""
    from sentence_transformers import SentenceTransformer

    export_model(folder)
    model = SentenceTransformer(str(folder), device="cpu")

    def encode(texts: list[str], prompt: str, batch: int) -> object:
        return model.encode(texts, prompt_name=prompt, batch_size=batch, normalize_embeddings=True)

    return encode


def time_query(work: Callable[[str], object], queries: list[str]) -> float:
    """The median time of a query in milliseconds."""
    work(queries[0])
    return 1000 * statistics.median(time_call(partial(work, query)) for query in queries)


def time_call(work: Callable[[], object]) -> float:
    """The wall time of one call in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
