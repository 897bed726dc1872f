"""How fast the bundled encoder is, beside sentence-transformers in fp32 on the same weights in the same run.

    python benchmarks/throughput.py [--texts FILE] [--rounds 3]

Prints tokens a second over passages, their ratio, the time of one query, and of one in a new process.
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


def synthetic(count: int = 400) -> list[str]:
    """Passages of 60 to 300 words' length, in Chinese and English, the same on every run."""
    chance = random.Random(0)
    return ["".join(chance.choices(_WORDS, k=chance.randint(25, 130))) for _ in range(count)]


def read_texts(path: Path | None) -> list[str]:
    """The paragraphs of a file, or of the example corpus, or made-up ones where there is neither."""
    files = [path] if path else sorted([*_CORPUS.glob("**/*.txt"), *_CORPUS.glob("**/*.md")])
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if len(line) > 40] or synthetic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, help="a UTF-8 file, a passage a line")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that the best is taken of")
    options = parser.parse_args()
    texts = read_texts(options.texts)
    bundled = load_encoder()
    tokens = sum(len(bundled.token_spans(text)) for text in texts)
    print(f"{len(texts)} passages, {tokens} tokens, best of {options.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        peer = exported_peer(Path(folder) / "model")
        passages: dict[str, Callable[[], object]] = {"bundled, int8": lambda: bundled.encode_passages(texts)}
        for size in _BATCHES:
            passages[f"{_PEER}, batches of {size}"] = partial(peer, texts, "passage", size)
        best = dict.fromkeys(passages, float("inf"))
        for _ in range(options.rounds):  # in turn, so that a busy machine slows all
            for name, work in passages.items():
                best[name] = min(best[name], seconds(work))
        for name, time_taken in best.items():
            print(f"{name:45}{tokens / time_taken:>8.0f} tokens/s")
        ours, *theirs = best.values()
        print(f"{'ratio to the best of the others':45}{min(theirs) / ours:>8.2f}")
        queries = [text[:20] for text in texts[:100]]
        print(f"{'bundled, one query':45}{milliseconds(lambda q: bundled.encode_queries([q]), queries):>8.1f} ms")
        print(f"{_PEER + ', one query':45}{milliseconds(lambda q: peer([q], 'query', 1), queries):>8.1f} ms")
    cold = min(
        seconds(lambda: subprocess.run([sys.executable, "-c", _OPEN], check=True)) for _ in range(options.rounds)
    )
    print(f"{'a new process, start to a query vector':45}{1000 * cold:>8.0f} ms")


def exported_peer(folder: Path) -> Callable[[list[str], str, int], object]:
    """sentence-transformers itself on the bundled model's weights in fp32: texts, prompt and batch size."""
    from sentence_transformers import SentenceTransformer

    export_model(folder)
    model = SentenceTransformer(str(folder), device="cpu")

    def encode(texts: list[str], prompt: str, batch: int) -> object:
        return model.encode(texts, prompt_name=prompt, batch_size=batch, normalize_embeddings=True)

    return encode


def milliseconds(work: Callable[[str], object], queries: list[str]) -> float:
    """The median time of one query."""
    work(queries[0])
    return 1000 * statistics.median(seconds(partial(work, query)) for query in queries)


def seconds(work: Callable[[], object]) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
