"""Train the encoder of questions: question_weights.npz in WORK, which ``mix.py`` takes.

    python benchmarks/question_encoder/texts.py WORK
    python benchmarks/question_encoder/embed.py WORK
    python benchmarks/question_encoder/train.py DATA WORK [--steps 1200] [--start FILE] [--seed 0] [--rate 4e-4]

The encoder of questions gets low-rank changes (LoRA); passages stay what they are, decoded from the codes that an index
keeps. ``parallel.py`` and ``laws.py`` say what it learns from. One thread, fixed seeds; needs torch. Documents and laws
that are left out are rated before and after.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from pathlib import Path

import laws
import numpy as np
import parallel
import torch
from student import Student
from torch import Tensor

from retriever.models.bundled.question_weights import DATA

OF_LAWS, OF_TEXTS, RATED = 4, 10, 144
# What each part of the loss counts. Those without a weight are only shown.
WEIGHTS = {
    "across": 1.5, "within": 1.0, "spread": 0.15, "level": 0.3, "near": 0.05, "whole": 0.3, "answer": 0.3,
    "law": 1.0, "law_whole": 0.5, "law_answer": 0.15, "law_level": 0.09, "law_near": 0.1,
}  # fmt: skip
Parts = dict[str, Tensor]


def add_up(rows: list[Parts], count: int) -> Parts:
    """The parts of the loss of several questions, over their number."""
    names = {name for row in rows for name in row}
    return {name: sum((row[name] for row in rows if name in row), torch.zeros(())) / count for name in names}


def show(label: str, rows: list[Parts]) -> None:
    means = {name: np.mean([float(row[name].detach()) for row in rows if name in row]) for row in rows for name in row}
    print(label, {name: round(float(value), 4) for name, value in sorted(means.items())}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="DATA/laws")
    parser.add_argument("work", type=Path, help="where embed.py left its files")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--start", type=Path, help="the changes to begin with")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=4e-4, help="of learning")
    parser.add_argument("--end", type=float, default=0.05, help="the share of the rate that is left at the end")
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts, statutes = parallel.Parallel(options.work), laws.Laws(options.data, options.work)
    student, generator = Student(), random.Random(options.seed)
    if options.start:
        student.load(options.start)
    cuts = torch.tensor([*parallel.START, *laws.START], requires_grad=True)
    held = [texts.draw(random.Random(at), held=True) for at in range(RATED)]
    asked = {
        label: random.Random(1).sample(rows, min(len(rows), 2 * RATED))
        for label, rows in (("laws", statutes.held), ("cited", statutes.held_cited))
    }

    def rate() -> None:
        with torch.no_grad():
            read = [student.read([texts.text(one.at)], [texts.asked[one.at][1]])[0] for one in held]
            show("left out", [parallel.learn(texts, one, own, cuts) for one, own in zip(held, read, strict=True)])
            for label, rows in asked.items():
                answers = {one.text: student.read([one.text], [one.language])[0] for one in rows}
                print(label, laws.rate(statutes, rows, answers), flush=True)

    def learn() -> Parts:
        drawn = [statutes.draw(generator) for _ in range(OF_LAWS)]
        others = [texts.draw(generator) for _ in range(OF_TEXTS)]
        questions = [one.text for one in drawn] + [texts.text(one.at) for one in others]
        languages = [one.language for one in drawn] + [texts.asked[one.at][1] for one in others]
        read = student.read_by_length(questions, languages)
        about_laws = [laws.learn(statutes, one, own, cuts[2:]) for one, own in zip(drawn, read, strict=False)]
        about_texts = [
            parallel.learn(texts, one, own, cuts[:2]) for one, own in zip(others, read[OF_LAWS:], strict=True)
        ]
        return {**add_up(about_laws, OF_LAWS), **add_up(about_texts, OF_TEXTS)}

    groups = [{"params": student.changed(), "times": 1.0}, {"params": [cuts], "times": 10.0}]
    optimiser = torch.optim.AdamW(groups, lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98))
    begun, history = time.process_time(), defaultdict(list)
    rate()
    for step in range(1, options.steps + 1):
        cosine = options.end + (1 - options.end) * (0.5 + 0.5 * np.cos(np.pi * step / options.steps))
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1, step / 40) * cosine * group["times"]
        parts = learn()
        loss = sum((weight * parts[name] for name, weight in WEIGHTS.items() if name in parts), torch.zeros(()))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.changed(), 1.0)
        optimiser.step()
        history["trained"].append(parts)
        if step % 250 == 0 or step == options.steps:
            show(f"{step}, {time.process_time() - begun:.0f} s", history.pop("trained"))
            rate()
            student.save(options.work / DATA)


if __name__ == "__main__":
    main()
