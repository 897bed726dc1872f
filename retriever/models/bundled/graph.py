"""Builds multilingual-e5-small as an ONNX graph from its weights: in int8 for speed, in fp32 for exchange.

Both take token ids and answer the last hidden states. No session is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from retriever.models.bundled.e5_file import BLOCK, PART, E5File, QuantisedMatrix

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnx

    Matrix: TypeAlias = npt.NDArray[np.float32]

IDS, MASK, TYPES, HIDDEN = "input_ids", "attention_mask", "token_type_ids", "last_hidden_state"
WEIGHT_LIMIT = 63
"""Weights use 7 of their 8 bits: on CPUs without VNNI, sums of two 8-bit products would saturate."""

LOUD = (318, 1462, 354, 408, 778, 658, 1152, 413, 563)
"""By layer, the feed-forward channel that the tokens <s> and </s> drive ten times above all others.

With one scale for all activations it would leave the others a handful of steps, so it is computed apart.
Measured on these weights; without it the cosine to fp32 falls from 0.999 to 0.997.
"""

_OPSET, _IR_VERSION = 17, 10
_INLINE, _PAGE = 1024, 4096  # bytes: smaller constants stay in the graph; where those in a file begin
_FUSED = "com.microsoft"


def int8_graph(
    weights: E5File, data: BinaryIO, location: str, shared: Sequence[onnx.TensorProto] = ()
) -> onnx.ModelProto:
    """The graph the bundled encoder runs: int64 ``input_ids`` [1, tokens] -> float32 [1, tokens, hidden].

    Takes one text at a time: its activations are quantised with one scale for the whole input, so texts that
    share an input would change each other's vectors.

    - ``weights``: of the model.
    - ``data``: the file that large constants are written to, which has to lie beside the graph: it is mapped into
      memory when the graph is opened, instead of parsed and copied.
    - ``location``: the name of that file.
    - ``shared``: constants of another graph beside this one, which have their places in that graph's file.
    """
    graph = _Graph(_DataFile(data, location, 1), shared)
    word = _packed_rows(graph, weights.matrices["emb.word"])
    return _encoder(graph, weights, word, _int8_linear, mask=None)


def fp32_graph(weights: E5File, data: BinaryIO, location: str) -> onnx.ModelProto:
    """The graph as other programs expect it, in standard operators.

    int64 ``input_ids``, ``attention_mask`` and ``token_type_ids`` [batch, tokens] ->
    float32 ``last_hidden_state`` [batch, tokens, hidden].

    Weights are written to ``data``, which has to lie beside the graph under the name ``location``: runtimes map such
    a file into memory instead of parsing and copying it.
    """
    graph = _Graph(_DataFile(data, location, _PAGE))
    words = weights.matrices["emb.word"]
    table = graph.rows("word.weight", "FLOAT", words.shape, words.dequantised_parts())
    word = graph.node("Gather", [table, IDS], "word")
    kinds = graph.constant("type.weight", weights.vectors["emb.type"].reshape(weights.types, weights.hidden))
    both = graph.node("Add", [word, graph.node("Gather", [kinds, TYPES], "type")], "word_and_type")
    present = graph.node(
        "Unsqueeze", [graph.node("Cast", [MASK], "present", to=1), graph.ints("axes", [1, 2])], "present_4d"
    )
    absent = graph.node("Sub", [graph.constant("full", np.array(1, np.float32)), present], "absent")
    mask = graph.node("Mul", [absent, graph.constant("lowest", np.array(-1e9, np.float32))], "mask")
    return _encoder(graph, weights, both, _fp32_linear, mask=mask)


class _Graph:
    """The nodes and initialisers of a graph under construction. A node is named like its output."""

    def __init__(self, data: _DataFile, shared: Sequence[onnx.TensorProto] = ()) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []
        self._data = data
        self._shared = {tensor.name: tensor for tensor in shared}

    def constant(self, name: str, values: npt.NDArray[np.generic]) -> str:
        from onnx import TensorProto, helper, numpy_helper

        if values.nbytes >= _INLINE:
            kind = TensorProto.DataType.Name(helper.np_dtype_to_tensor_dtype(values.dtype))
            return self.rows(name, kind, values.shape, [values])
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def rows(self, name: str, kind: str, shape: tuple[int, ...], parts: Iterable[npt.NDArray[np.generic]]) -> str:
        """A large constant, of which a part at a time is in memory; ``kind`` is the type of its values in ONNX."""
        shared = self._shared.get(name)
        self.initialisers.append(self._data.write(name, kind, shape, parts) if shared is None else shared)
        return name

    def ints(self, name: str, values: list[int]) -> str:
        return self.constant(name, np.array(values, dtype=np.int64))

    def node(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output


@dataclass(frozen=True, slots=True)
class _DataFile:
    """The file beside a graph that holds its large constants (ONNX: external data)."""

    file: BinaryIO
    location: str
    alignment: int
    """Each constant begins at a multiple of so many bytes."""

    def write(
        self, name: str, kind: str, shape: tuple[int, ...], parts: Iterable[npt.NDArray[np.generic]]
    ) -> onnx.TensorProto:
        """Write the ``parts`` of a constant one after the other; what describes the constant in the graph."""
        from onnx import TensorProto

        self.file.write(b"\0" * (-self.file.tell() % self.alignment))
        start = self.file.tell()
        for part in parts:
            self.file.write(np.ascontiguousarray(part, part.dtype.newbyteorder("<")).data)
        data_type = TensorProto.DataType.Value(kind)
        tensor = TensorProto(name=name, dims=shape, data_type=data_type, data_location=TensorProto.EXTERNAL)
        entries = {"location": self.location, "offset": start, "length": self.file.tell() - start}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        return tensor


_Linear: TypeAlias = Callable[[_Graph, str, str, "Matrix", "Matrix"], str]


def _int8_linear(graph: _Graph, inputs: str, name: str, weight: Matrix, bias: Matrix) -> str:
    """``inputs @ weight.T + bias`` in int8, with a scale for each row of ``weight``."""
    scales = np.maximum(np.abs(weight).max(axis=1), 1e-12) / WEIGHT_LIMIT
    rounded = np.rint(weight / scales[:, None]).astype(np.int8)
    constants = [
        graph.constant(f"{name}.weight", rounded.T),
        graph.constant(f"{name}.scale", scales.astype(np.float32)),
        graph.constant(f"{name}.zero", np.zeros(len(scales), dtype=np.int8)),
        graph.constant(f"{name}.bias", bias),
    ]
    return graph.node("DynamicQuantizeMatMul", [inputs, *constants], name, domain=_FUSED)


def _fp32_linear(graph: _Graph, inputs: str, name: str, weight: Matrix, bias: Matrix) -> str:
    product = graph.node("MatMul", [inputs, graph.constant(f"{name}.weight", weight.T)], f"{name}.product")
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], name)


def _packed_rows(graph: _Graph, table: QuantisedMatrix) -> str:
    """The rows of the word table that ``input_ids`` names, unpacked from 4 bits as ``QuantisedMatrix.dequantise`` does.

    Step by step: ``GatherBlockQuantized`` gives the same bits, in five times the time.
    """
    parts = (table.nibbles[start : start + PART] for start in range(0, len(table.nibbles), PART))
    packed = graph.rows("word.weight", "UINT8", table.nibbles.shape, parts)
    taken = graph.node("Gather", [packed, IDS], "word.packed")
    half, last = graph.constant("word.half", np.array(4, np.uint8)), graph.ints("word.last", [-1])
    raised = graph.node("BitShift", [taken, half], "word.raised", direction="LEFT")
    halves = [
        graph.node("Unsqueeze", [graph.node("BitShift", [given, half], name, direction="RIGHT"), last], f"{name}.1")
        for given, name in ((raised, "word.low"), (taken, "word.high"))
    ]
    numbers = graph.node("Cast", [graph.node("Concat", halves, "word.pairs", axis=-1)], "word.numbers", to=1)
    centred = graph.node("Sub", [numbers, graph.constant("word.middle", np.array(8, np.float32))], "word.centred")
    shape = graph.ints("word.blocks.shape", [1, -1, table.scales.shape[1], BLOCK])
    blocks = graph.node("Reshape", [centred, shape], "word.blocks")
    scales = graph.node("Gather", [graph.constant("word.scale", table.scales), IDS], "word.scales")
    scaled = graph.node("Mul", [blocks, graph.node("Unsqueeze", [scales, last], "word.scales.1")], "word.scaled")
    return graph.node("Reshape", [scaled, graph.ints("word.shape", [1, -1, table.shape[1]])], "word")


def _encoder(graph: _Graph, weights: E5File, word: str, linear: _Linear, mask: str | None) -> onnx.ModelProto:
    from onnx import TensorProto, helper

    names = [IDS] if mask is None else [IDS, MASK, TYPES]
    batch: str | int = 1 if mask is None else "batch"
    hidden = _embedding(graph, weights, word, with_types=mask is None)
    graph.ints("heads.split", [0, 0, 3, weights.heads, weights.hidden // weights.heads])
    graph.ints("heads.join", [0, 0, weights.hidden])
    for layer in range(weights.layers):
        hidden = _layer(graph, weights, layer, hidden, linear, mask)
    graph.node("Identity", [hidden], HIDDEN)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [batch, "tokens"]) for name in names]
    output = helper.make_tensor_value_info(HIDDEN, TensorProto.FLOAT, [batch, "tokens", weights.hidden])
    body = helper.make_graph(graph.nodes, "multilingual-e5-small", inputs, [output], graph.initialisers)
    graph.initialisers.clear()  # copied
    imports = [helper.make_opsetid("", _OPSET)]
    if mask is None:
        imports.append(helper.make_opsetid(_FUSED, 1))
    return helper.make_model(body, opset_imports=imports, ir_version=_IR_VERSION)


def _embedding(graph: _Graph, weights: E5File, word: str, *, with_types: bool) -> str:
    positions = weights.vectors["emb.pos"].reshape(weights.positions, weights.hidden)
    if with_types:  # every token is of the first type
        positions = positions + weights.vectors["emb.type"][: weights.hidden]
    first, tokens = graph.ints("first", [0]), graph.node("Shape", [IDS], "tokens", start=1, end=2)
    place = graph.node("Slice", [graph.constant("position.weight", positions), first, tokens], "position")
    return _norm(graph, weights, "emb.ln", graph.node("Add", [word, place], "embedding"))


def _layer(graph: _Graph, weights: E5File, layer: int, hidden: str, linear: _Linear, mask: str | None) -> str:
    """One transformer block with the norm after each residual, as in BERT."""

    def name(part: str) -> str:
        return f"l{layer}.{part}"

    def matrix(part: str) -> Matrix:
        return weights.matrices[name(f"{part}.w")].dequantise()

    def bias(part: str) -> Matrix:
        return weights.vectors[name(f"{part}.b")]

    heads = np.concatenate([matrix(part) for part in "qkv"])
    projected = linear(graph, hidden, name("qkv"), heads, np.concatenate([bias(part) for part in "qkv"]))
    attended = linear(graph, _attention(graph, weights, name, projected, mask), name("ao"), matrix("ao"), bias("ao"))
    hidden = _norm(graph, weights, name("aln"), graph.node("Add", [hidden, attended], name("aln.sum")))
    first, first_bias, second = matrix("fi"), bias("fi").copy(), matrix("fo")
    loud = None
    if mask is None and layer < len(LOUD):
        loud = _loud_part(graph, name, hidden, first, first_bias, second, [LOUD[layer]])
    inner = _gelu(graph, linear(graph, hidden, name("fi"), first, first_bias), name("gelu"), fused=mask is None)
    outer = linear(graph, inner, name("fo"), second, bias("fo"))
    if loud:
        outer = graph.node("Add", [outer, loud], name("outer"))
    return _norm(graph, weights, name("oln"), graph.node("Add", [hidden, outer], name("oln.sum")))


def _attention(graph: _Graph, weights: E5File, name: Callable[[str], str], projected: str, mask: str | None) -> str:
    """Scaled dot-product attention over ``projected`` [batch, tokens, 3 * hidden]."""
    from onnx import helper

    split = graph.node("Reshape", [projected, "heads.split"], name("heads"))
    turned = graph.node("Transpose", [split], name("turned"), perm=[2, 0, 3, 1, 4])
    outputs = [name("query"), name("key"), name("value")]
    graph.nodes.append(helper.make_node("Split", [turned], [f"{output}.5d" for output in outputs], axis=0))
    query, key, value = (graph.node("Squeeze", [f"{output}.5d", "first"], output) for output in outputs)
    scale = float((weights.hidden // weights.heads) ** -0.5)
    if mask is None:
        scores = graph.node("FusedMatMul", [query, key], name("scores"), domain=_FUSED, transB=1, alpha=scale)
    else:
        across = graph.node("Transpose", [key], name("across"), perm=[0, 1, 3, 2])
        factor = graph.constant(name("factor"), np.array(scale, dtype=np.float32))
        product = graph.node("MatMul", [graph.node("Mul", [query, factor], name("scaled")), across], name("product"))
        scores = graph.node("Add", [product, mask], name("scores"))
    shares = graph.node("Softmax", [scores], name("shares"), axis=-1)
    mixed = graph.node(
        "Transpose", [graph.node("MatMul", [shares, value], name("mixed"))], name("back"), perm=[0, 2, 1, 3]
    )
    return graph.node("Reshape", [mixed, "heads.join"], name("attention"))


def _loud_part(
    graph: _Graph, name: Callable[[str], str], hidden: str, first: Matrix, bias: Matrix, second: Matrix, loud: list[int]
) -> str:
    """What the loud channels add to the feed-forward output, in fp32; they are silenced in the matrices given."""
    rows = graph.constant(name("loud.in"), first[loud].T)
    shifted = graph.node(
        "Add",
        [graph.node("MatMul", [hidden, rows], name("loud.product")), graph.constant(name("loud.bias"), bias[loud])],
        name("loud"),
    )
    active = _gelu(graph, shifted, name("loud.gelu"), fused=True)
    part = graph.node("MatMul", [active, graph.constant(name("loud.out"), second[:, loud].T)], name("loud.part"))
    first[loud], bias[loud], second[:, loud] = 0, 0, 0
    return part


def _gelu(graph: _Graph, inputs: str, output: str, *, fused: bool) -> str:
    if fused:
        return graph.node("Gelu", [inputs], output, domain=_FUSED)

    def number(part: str, value: float) -> str:
        return graph.constant(f"{output}.{part}", np.array(value, dtype=np.float32))

    bent = graph.node("Erf", [graph.node("Div", [inputs, number("root", 2**0.5)], f"{output}.in")], f"{output}.erf")
    raised = graph.node("Add", [bent, number("one", 1)], f"{output}.plus")
    gate = graph.node("Mul", [raised, number("half", 0.5)], f"{output}.gate")
    return graph.node("Mul", [inputs, gate], output)


def _norm(graph: _Graph, weights: E5File, name: str, inputs: str) -> str:
    scale = graph.constant(f"{name}.weight", weights.vectors[f"{name}.w"])
    shift = graph.constant(f"{name}.bias", weights.vectors[f"{name}.b"])
    return graph.node("LayerNormalization", [inputs, scale, shift], name, axis=-1, epsilon=weights.epsilon)
