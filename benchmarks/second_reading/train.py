"""Train the second reading of questions: retriever/models/bundled/question_weights.npz.

    python benchmarks/second_reading/texts.py WORK
    python benchmarks/second_reading/embed.py WORK
    python benchmarks/second_reading/train.py WORK [--steps 1000] [--write]

The encoder of questions gets low-rank changes (LoRA); passages stay what they are, decoded from the codes that an index
keeps. For a question in one language the teacher is the frozen encoder: its scores of passages in that language (and,
where the question is there in a second one, the mean with those of the translations for the translated question). The
student gives the scores of the translations for the question as it is: it learns the same distribution over the
passages, and which of them match each token of the question. Whole vectors, and questions beside passages in their own
language, stay with the frozen encoder. One thread, fixed seeds; needs torch.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from retriever.models import load
from retriever.models.bundled import e5_file
from retriever.models.bundled.load import DESCRIPTION, BundledInputs, prepare
from retriever.models.bundled.question_weights import DATA
from retriever.models.scoring.product_codes import ProductCodec
from retriever.models.scoring.score_baseline import measure_baseline
from retriever.models.scoring.token_merging import find_words
from retriever.search.fusion import LATE

TARGET = Path(__file__).parents[2] / "retriever" / "models" / "bundled" / DATA
PARTS = ("q", "k", "v", "ao", "fi", "fo")
RANK, SCALE, RATE, BATCH, CANDIDATES, DROPPED = 8, 2.0, 4e-4, 12, 12, 0.4
# The weights of what is learnt beside the distribution: the match of each token, the mean of scores, and nearness.
PROFILE, LEVEL, NEAR = 0.3, 0.3, 0.05
LONGEST = 100
HELD_OUT = 10  # one of so many documents

INPUTS, MODEL, CODEC = BundledInputs(prepare()), load("bundled"), ProductCodec()
BASELINE = measure_baseline(MODEL, CODEC)


class Linear:
    """A frozen linear layer, ``changed`` by a product of two thin matrices."""

    def __init__(self, weights: e5_file.E5File, name: str, generator: torch.Generator) -> None:
        self.weight = torch.from_numpy(weights.matrices[f"{name}.w"].dequantise())
        self.bias = torch.from_numpy(weights.vectors[f"{name}.b"].copy())
        rows, columns = self.weight.shape
        self.right = (torch.randn(RANK, columns, generator=generator) / columns**0.5).requires_grad_()
        self.left = torch.zeros(rows, RANK).requires_grad_()

    def __call__(self, inputs: Tensor) -> Tensor:
        own = functional.linear(inputs, self.weight, self.bias)
        return own + SCALE * (inputs @ self.right.T) @ self.left.T


class Student:
    """The encoder in fp32, with changes of all matrices of its layers."""

    def __init__(self) -> None:
        self.weights = weights = e5_file.read(e5_file.locate())
        generator = torch.Generator().manual_seed(0)
        self.layers = [
            {part: Linear(weights, f"l{layer}.{part}", generator) for part in PARTS} for layer in range(weights.layers)
        ]
        vectors = weights.vectors
        names = [name.removesuffix(".w") for name in vectors if name.endswith("ln.w")]
        self.norms = {
            name: tuple(torch.from_numpy(vectors[f"{name}.{part}"].copy()) for part in "wb") for name in names
        }
        self.places = torch.from_numpy(
            vectors["emb.pos"].reshape(-1, weights.hidden) + vectors["emb.type"][: weights.hidden]
        )

    def linears(self) -> dict[str, Linear]:
        return {f"l{at}.{part}.w": linear for at, layer in enumerate(self.layers) for part, linear in layer.items()}

    def norm(self, name: str, inputs: Tensor) -> Tensor:
        return functional.layer_norm(inputs, inputs.shape[-1:], *self.norms[name], self.weights.epsilon)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states, float32 [batch, tokens, hidden], of int64 ``ids`` where ``mask`` is true."""
        batch, tokens = ids.shape
        hidden, heads = self.weights.hidden, self.weights.heads
        table, flat = self.weights.matrices["emb.word"], ids.reshape(-1).numpy()
        rows = e5_file.QuantisedMatrix(table.nibbles[flat], table.scales[flat]).dequantise()
        state = self.norm("emb.ln", torch.from_numpy(rows).reshape(batch, tokens, hidden) + self.places[:tokens])
        absent = torch.zeros(batch, 1, 1, tokens).masked_fill(~mask[:, None, None, :], -1e9)
        for at, layer in enumerate(self.layers):
            parts = [layer[part](state).reshape(batch, tokens, heads, -1).transpose(1, 2) for part in "qkv"]
            mixed = functional.scaled_dot_product_attention(*parts, attn_mask=absent)
            state = self.norm(f"l{at}.aln", state + layer["ao"](mixed.transpose(1, 2).reshape(batch, tokens, hidden)))
            state = self.norm(f"l{at}.oln", state + layer["fo"](functional.gelu(layer["fi"](state))))
        return state

    def read(self, texts: list[str], languages: list[str]) -> list[Tensor]:
        """The tokens of questions as late interaction compares them: rotated unit vectors, float32 [tokens, hidden]."""
        inputs = INPUTS.build(texts, DESCRIPTION.query_prefix)
        longest = max(len(item.ids) for item in inputs)
        ids, mask = (
            torch.ones(len(texts), longest, dtype=torch.int64),
            torch.zeros(len(texts), longest, dtype=torch.bool),
        )
        for row, item in enumerate(inputs):
            ids[row, : len(item.ids)], mask[row, : len(item.ids)] = torch.from_numpy(item.ids), True
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.forward(ids, mask).float()
        found, offsets = [], MODEL.centering.offsets["query_tokens"]
        for state, item, text, language in zip(states, inputs, texts, languages, strict=True):
            own = state[torch.from_numpy(item.own[find_words(text, item.spans)])]
            centered = functional.normalize(own - torch.from_numpy(offsets.get(language, offsets[""])), dim=-1)
            found.append(functional.normalize(centered @ ROTATION, dim=-1))
        return found


ROTATION = torch.from_numpy(CODEC.rotate(np.eye(DESCRIPTION.dimension, dtype=np.float32)))


class Texts:
    """What ``embed.py`` wrote, and the choice of questions and candidates."""

    def __init__(self, work: Path) -> None:
        known = json.loads((work / "set.json").read_text("utf-8"))
        self.items, self.questions = known["items"], known["Q"]
        self.asked = [(at, language) for at, language in known["flat"]]
        self.place = {(item, language): at for at, (item, language) in enumerate(known["P"])}
        self.of = {asked: at for at, asked in enumerate(self.asked)}
        self.vectors, self.tokens, self.starts = self._open(work / "set-p.npz", work / "set-ptok.npy")
        self.asked_vectors, self.asked_tokens, self.asked_starts = self._open(work / "set-q.npz", work / "set-qtok.npy")
        self.known: dict[str, list[int]] = defaultdict(list)
        for item, language in self.place:
            self.known[language].append(item)
        groups = [f"{item['source']}{item['group'] if '/' in item['group'] else item['id']}" for item in self.items]
        names = sorted(set(groups))
        random.Random(9).shuffle(names)
        held = set(names[: len(names) // HELD_OUT])
        self.held = [group in held for group in groups]
        self.nearest = self._rank()

    @staticmethod
    def _open(vectors: Path, tokens: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with np.load(vectors) as data:
            return data["vec"], np.load(tokens, mmap_mode="r"), np.append(0, np.cumsum(data["n"]))

    def _rank(self) -> dict[int, list[int]]:
        """The passages in a question's language that are nearest to it, by whole vectors."""
        found = {}
        for language, items in self.known.items():
            own = [at for at, (_, asked) in enumerate(self.asked) if asked == language]
            if own:
                passages = self.vectors[[self.place[item, language] for item in items]]
                order = np.argsort(-(self.asked_vectors[own] @ passages.T), axis=1)[:, :60]
                found.update({at: [items[place] for place in row] for at, row in zip(own, order, strict=True)})
        return found

    def text(self, at: int) -> str:
        question, language = self.asked[at]
        return str(self.questions[question]["text"][language])

    def question_tokens(self, at: int) -> Tensor:
        return torch.from_numpy(self.asked_tokens[self.asked_starts[at] : self.asked_starts[at + 1]].astype(np.float32))

    def passages(self, items: list[int], language: str) -> tuple[Tensor, Tensor, Tensor]:
        """Whole vectors, token vectors [passages, tokens, dimension], and which of these there are."""
        places = [self.place[item, language] for item in items]
        runs = [self.tokens[self.starts[at] : self.starts[at + 1]][:LONGEST] for at in places]
        tokens, there = np.zeros((len(runs), max(map(len, runs)), self.tokens.shape[1]), np.float32), None
        there = np.arange(tokens.shape[1])[None] < np.array([len(run) for run in runs])[:, None]
        for row, run in zip(tokens, runs, strict=True):
            row[: len(run)] = run
        return torch.from_numpy(self.vectors[places]), torch.from_numpy(tokens), torch.from_numpy(there)

    def draw(self, generator: random.Random, *, held: bool) -> tuple[int, str, list[int]]:
        """A question, the language of the passages, and the items among which it is asked."""
        while True:
            at = generator.randrange(len(self.asked))
            question, language = self.asked[at]
            item = self.questions[question]["item"]
            others = [other for other in self.items[item]["text"] if other != language]
            if self.held[item] is not held or not others:
                continue
            other = generator.choice(others)
            shared = set(self.known[language]) & set(self.known[other]) - {item}
            both = sorted(shared)
            near = [one for one in self.nearest[at] if one in shared][: CANDIDATES * 2 // 3]
            rest = [one for one in generator.sample(both, min(len(both), CANDIDATES * 2)) if one not in near]
            chosen = near + rest[: CANDIDATES - 1 - len(near)]
            if len(chosen) >= CANDIDATES - 2:
                return at, other, chosen if generator.random() < DROPPED else [item, *chosen]


def match(question: Tensor, tokens: Tensor, there: Tensor) -> Tensor:
    """The largest cosine of each token of the question with a token of each passage: [tokens, passages]."""
    cosines = torch.einsum("td,csd->tcs", question, tokens).masked_fill(~there[None], -1e9)
    return cosines.max(-1).values


def fuse(matches: Tensor, whole: Tensor) -> Tensor:
    """The similarity of passages in deviations from unrelated texts, as a search has it."""
    late = 1.15 * matches.mean(0) + 0.013
    dense = (whole - BASELINE.dense_mean) / BASELINE.dense_deviation
    return LATE.whole * dense + (1 - LATE.whole) * (late - BASELINE.late_mean) / BASELINE.late_deviation


def learn(texts: Texts, student: Student, drawn: list[tuple[int, str, list[int]]]) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch, and the parts of it; ``frozen`` is what the encoder has without changes."""
    read = student.read([texts.text(at) for at, _, _ in drawn], [texts.asked[at][1] for at, _, _ in drawn])
    parts: dict[str, Tensor] = defaultdict(lambda: torch.zeros(()))
    for (at, other, chosen), tokens in zip(drawn, read, strict=True):
        question, language = texts.asked[at]
        with torch.no_grad():
            whole, passages, there = texts.passages(chosen, language)
            before, vector = texts.question_tokens(at), torch.from_numpy(texts.asked_vectors[at])
            matched = match(before, passages, there)
            target = fuse(matched, whole @ vector)
            whole, passages, there = texts.passages(chosen, other)
            unchanged = fuse(match(before, passages, there), whole @ vector)
            if (translated := texts.of.get((question, other))) is not None:
                theirs = match(texts.question_tokens(translated), passages, there)
                target = (target + fuse(theirs, whole @ torch.from_numpy(texts.asked_vectors[translated]))) / 2
            likely = functional.softmax(LATE.slope * target, 0)
        found = match(tokens, passages, there)
        similar = fuse(found, whole @ vector)
        for name, scores in (("across", similar), ("frozen", unchanged)):
            logits = functional.log_softmax(LATE.slope * LATE.stretch * scores, 0)
            parts[name] = parts[name] + (likely * (likely.clamp_min(1e-9).log() - logits)).sum()
        relative = (found - found.mean(1, keepdim=True)) - (matched - matched.mean(1, keepdim=True))
        parts["profile"] = parts["profile"] + 100 * (relative**2).mean()
        parts["level"] = parts["level"] + (similar.mean() - unchanged.mean()) ** 2
        parts["near"] = parts["near"] + (1 - (tokens * before).sum(-1)).mean()
    means = {name: part / len(drawn) for name, part in parts.items()}
    loss = means["across"] + PROFILE * means["profile"] + LEVEL * means["level"] + NEAR * means["near"]
    return loss, {name: float(part.detach()) for name, part in means.items()}


def save(student: Student, path: Path) -> None:
    """The changes in half precision."""
    arrays = {}
    for name, linear in student.linears().items():
        root = SCALE**0.5
        arrays[f"{name}.left"] = (root * linear.left.detach()).numpy().astype(np.float16)
        arrays[f"{name}.right"] = (root * linear.right.detach()).numpy().astype(np.float16)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="where embed.py left its files")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="replace the weights of the library")
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts, student, generator = Texts(options.work), Student(), random.Random(0)
    held = [[texts.draw(generator, held=True) for _ in range(BATCH)] for _ in range(12)]
    changed = [matrix for linear in student.linears().values() for matrix in (linear.left, linear.right)]
    optimiser = torch.optim.AdamW(changed, lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    begun, history = time.process_time(), []
    for step in range(1, options.steps + 1):
        rate = RATE * min(1, step / 40) * (0.05 + 0.95 * (0.5 + 0.5 * np.cos(np.pi * step / options.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss, parts = learn(texts, student, [texts.draw(generator, held=False) for _ in range(BATCH)])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(changed, 1.0)
        optimiser.step()
        history.append(parts)
        if step % 100 == 0 or step == options.steps:
            with torch.no_grad():
                left_out = [learn(texts, student, drawn)[1] for drawn in held]
            for label, rows in (("trained", history), ("left out", left_out)):
                print(
                    step,
                    label,
                    {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]},
                    flush=True,
                )
            print(f"{time.process_time() - begun:.0f} s", flush=True)
            history.clear()
            save(student, options.work / DATA)
    if options.write:
        save(student, TARGET)


if __name__ == "__main__":
    main()
