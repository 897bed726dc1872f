"""The encoder of questions while it is trained: the bundled model in fp32, with low-rank changes of its layers.

Shared by ``parallel.py``, ``laws.py`` and ``train.py``; needs torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.session import open_session
from retriever.models.bundled import e5_file
from retriever.models.bundled.load import DESCRIPTION, PASSAGE_FILE, BundledInputs, prepare
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.scoring.product_codes import ProductCodec
from retriever.models.scoring.score_baseline import measure_baseline
from retriever.models.scoring.token_merging import find_words, scale_to_unit
from retriever.search.fusion import LATE

PARTS = ("q", "k", "v", "ao", "fi", "fo")
RANK, SCALE = 32, 2.0
SIDES = ("left", "right")
LONGEST = 100  # tokens of a passage that are compared

FOLDER = prepare()
INPUTS, CODEC = BundledInputs(FOLDER), ProductCodec()
# Questions are read by the encoder of passages, which is what they were read by before.
MODEL = EmbeddingModel.of(
    OnnxEncoder(DESCRIPTION, INPUTS, partial(open_session, FOLDER / PASSAGE_FILE, optimise=False))
)
BASELINE = measure_baseline(MODEL, CODEC)
ROTATION = torch.from_numpy(CODEC.rotate(np.eye(DESCRIPTION.dimension, dtype=np.float32)))
# Similarities are multiplied by these before the softmax: within a language as a search weighs them, across by half as
# much again, as searches did when the weights that ship were trained.
WITHIN, ACROSS = LATE.slope, LATE.slope * 1.5


class Question(NamedTuple):
    """What a question is compared by: its whole vector [dimension], and those of its tokens [tokens, dimension]."""

    whole: Tensor
    tokens: Tensor


class Passages(NamedTuple):
    """Whole vectors [n, dimension], token vectors [n, tokens, dimension], and which of these there are."""

    whole: Tensor
    tokens: Tensor
    there: Tensor


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

    def changed(self) -> list[Tensor]:
        """What is trained."""
        return [matrix for linear in self.linears().values() for matrix in (linear.left, linear.right)]

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
            mixed = attend(*parts, absent)
            state = self.norm(f"l{at}.aln", state + layer["ao"](mixed.transpose(1, 2).reshape(batch, tokens, hidden)))
            state = self.norm(f"l{at}.oln", state + layer["fo"](functional.gelu(layer["fi"](state))))
        return state

    def read(self, texts: Sequence[str], languages: Sequence[str]) -> list[Question]:
        """Questions as a search compares them: centered and of unit length, the tokens rotated as codes are."""
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
        found, means = [], MODEL.centering.offsets
        for state, there, item, text, language in zip(states, mask, inputs, texts, languages, strict=True):
            own = state[torch.from_numpy(item.own[find_words(text, item.spans)])]
            whole = functional.normalize(state[there].mean(0), dim=-1)
            whole, own = (
                functional.normalize(vectors - torch.from_numpy(means[kind].get(language, means[kind][""])), dim=-1)
                for vectors, kind in ((whole, "query"), (own, "query_tokens"))
            )
            found.append(Question(whole, functional.normalize(own @ ROTATION, dim=-1)))
        return found

    def read_by_length(self, texts: Sequence[str], languages: Sequence[str]) -> list[Question]:
        """``read`` in two batches, the short ones beside each other."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: dict[int, Question] = {}
        for part in (order[: len(order) // 2], order[len(order) // 2 :]):
            found.update(zip(part, self.read([texts[at] for at in part], [languages[at] for at in part]), strict=True))
        return [found[place] for place in range(len(texts))]

    def load(self, path: Path) -> None:
        """Begin with changes that were saved, of as high a rank or a lower one."""
        saved, root = np.load(path), SCALE**0.5
        for name, linear in self.linears().items():
            left, right = (torch.from_numpy(saved[f"{name}.{side}"].astype(np.float32)) / root for side in SIDES)
            linear.left.data[:, : left.shape[1]], linear.right.data[: len(right)] = left, right

    def save(self, path: Path) -> None:
        """The changes in half precision."""
        arrays = {}
        for name, linear in self.linears().items():
            root = SCALE**0.5
            arrays[f"{name}.left"] = (root * linear.left.detach()).numpy().astype(np.float16)
            arrays[f"{name}.right"] = (root * linear.right.detach()).numpy().astype(np.float16)
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)


def attend(queries: Tensor, keys: Tensor, values: Tensor, absent: Tensor) -> Tensor:
    """Attention step by step: with torch's own in one call the way back takes half as long again, on a CPU."""
    weights = functional.softmax(queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5 + absent, dim=-1)
    return weights.to(values.dtype) @ values


def read_frozen(text: str, language: str) -> Question:
    """A question as the encoder of passages has it."""
    tokens = scale_to_unit(CODEC.rotate(MODEL.embed_query_tokens(text, language).vectors))
    whole = MODEL.centering.center(MODEL.embed_queries([text]), [language], "query")[0]
    return Question(torch.from_numpy(whole), torch.from_numpy(tokens))


def gather(whole: np.ndarray, tokens: np.ndarray, starts: np.ndarray, places: Sequence[int]) -> Passages:
    """Some of the passages whose tokens stand one behind another, those of ``places[i]`` from ``starts[places[i]]``."""
    runs = [tokens[starts[at] : starts[at + 1]][:LONGEST] for at in places]
    padded = np.zeros((len(runs), max(map(len, runs)), tokens.shape[1]), np.float32)
    for row, run in zip(padded, runs, strict=True):
        row[: len(run)] = run
    there = np.arange(padded.shape[1])[None] < np.array([len(run) for run in runs])[:, None]
    return Passages(torch.from_numpy(whole[list(places)]), torch.from_numpy(padded), torch.from_numpy(there))


def match(question: Question, passages: Passages) -> Tensor:
    """The largest cosine of each token of the question with a token of each passage: [tokens, passages]."""
    cosines = torch.einsum("td,csd->tcs", question.tokens, passages.tokens)
    return cosines.masked_fill(~passages.there[None], -1e9).max(-1).values


def deviate(question: Question, passages: Passages) -> Tensor:
    """The similarity of whole vectors, in deviations from unrelated texts."""
    return (passages.whole @ question.whole - BASELINE.dense_mean) / BASELINE.dense_deviation


def fuse(question: Question, passages: Passages, matches: Tensor) -> Tensor:
    """The similarity of passages in deviations from unrelated texts, as a search has it, words left out."""
    late = (1.15 * matches.mean(0) + 0.013 - BASELINE.late_mean) / BASELINE.late_deviation
    return LATE.whole * deviate(question, passages) + (1 - LATE.whole) * late
