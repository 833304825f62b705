"""Writes the graph that the default embedder runs: ``python -m rag.embedding.graph``.

The weights stay where they are, in the model file of a data-only package: the graph written
here (a few tens of kilobytes, ``rag/assets/all-minilm-l6-v2/graph.onnx``) points into that
file by offset, and multiplies its int8 weights as integers, where the package's own graph
turns them into floats first. Activations are quantised row by row, one token at a time, so
that no vector depends on its neighbours, and twice, the second time what the first has left,
so that nothing of note is lost. Run by developers only; needs ``onnx``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, load, numpy_helper

from rag.embedding.minilm import GRAPH, model_path

LAYERS, HEADS, WIDTH = 6, 12, 384
KINDS = ("query", "key", "value")
EPSILON = 1e-12  # of every layer norm
# Seven bits, since processors without integer dot products add pairs of products in 16 bits.
LEVELS, MIDDLE = 63, 64
FINER = 2 * LEVELS  # rounding leaves half a step at most
MICROSOFT = "com.microsoft"  # the domain of onnxruntime's own operators


def build() -> bytes:
    """Return the graph, serialised: from ids (n,) to the last hidden states (n, 384)."""
    drawing = _Drawing()
    states = _embeddings(drawing)
    for layer in range(LAYERS):
        states = _layer(drawing, layer, states)
    return drawing.finish(states)


class _Drawing:
    """A graph while it is drawn; every tensor is named after its place."""

    def __init__(self) -> None:
        path = model_path()
        self._bytes = path.read_bytes()
        self._model: ModelProto = load(path)
        self._source = {tensor.name: tensor for tensor in self._model.graph.initializer}
        self._tensors: list[TensorProto] = []
        self._nodes: list[Any] = []

    @property
    def products(self) -> list[str]:
        """Names of the weights that the source multiplies by, in the order of its layers."""
        found = [n.input[1] for n in self._model.graph.node if n.op_type == "MatMul"]
        return [name for name in found if f"{name}_q" in self._source]

    def shape(self, name: str) -> list[int]:
        """Return the shape of a tensor of the source."""
        return list(self._source[name].dims)

    def weights(self, name: str, shape: Sequence[int] | None = None) -> str:
        """Point to a tensor of the source, in its own shape or another of equal size."""
        found = self._source[name]
        tensor = TensorProto(name=name, dims=shape or found.dims, data_type=found.data_type)
        tensor.data_location = TensorProto.EXTERNAL
        offset = self._bytes.index(found.raw_data)
        place = {"location": "model.onnx", "offset": offset, "length": len(found.raw_data)}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self._tensors.append(tensor)
        return name

    def constant(self, name: str, value: Any) -> str:
        """Add a small tensor of our own, once."""
        if all(tensor.name != name for tensor in self._tensors):
            self._tensors.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op: str, inputs: Sequence[str], out: str, **attributes: Any) -> str:
        """Add a node with one output; onnxruntime's own operators as ``ms:Name``."""
        own = op.startswith("ms:")
        node = helper.make_node(
            op.removeprefix("ms:"), inputs, [out], domain=MICROSOFT if own else "", **attributes
        )
        self._nodes.append(node)
        return out

    def finish(self, states: str) -> bytes:
        """Return the whole, with its input and output named."""
        self.add("Identity", [states], "states")
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("states", TensorProto.FLOAT, ["n", WIDTH])],
            self._tensors,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        return bytes(model.SerializeToString(deterministic=True))


def _embeddings(d: _Drawing) -> str:
    """Sum the vectors of word, place and kind, normalised."""
    d.add("Shape", ["ids"], "n")
    d.add("Expand", [d.constant("middle", np.uint8(MIDDLE)), "n"], "middles")
    place = "inner.embeddings."
    words, positions = (place + kind + "_embeddings.weight" for kind in ("word", "position"))
    start = d.constant("start", np.array([0], np.int64))
    for table in (words, positions):
        for part in ("_q", "_scale"):
            whole = d.weights(table + part)
            if table == words:
                d.add("Gather", [whole, "ids"], whole + "_here")
            else:
                d.add("Slice", [whole, start, "n"], whole + "_here")
        d.add("Cast", [table + "_q_here"], table + "_float", to=TensorProto.FLOAT)
        d.add("Mul", [table + "_float", table + "_scale_here"], table)
    kinds = d.weights(place + "token_type_embeddings.weight")
    d.add("Gather", [kinds, d.constant("first", np.int64(0))], "kind")
    d.add("Add", [words, "kind"], "word_and_kind")
    d.add("Add", ["word_and_kind", positions], "embedded")
    norm = [d.weights(f"{place}LayerNorm.{name}") for name in ("weight", "bias")]
    return d.add("LayerNormalization", ["embedded", *norm], "states0", epsilon=EPSILON)


def _layer(d: _Drawing, layer: int, states: str) -> str:
    """Draw attention and the two dense layers of one transformer layer."""
    at, name = f"layer{layer}.", f"inner.encoder.layer.{layer}."
    *three, out, wide, narrow = d.products[6 * layer : 6 * layer + 6]
    axis = d.constant("axis0", np.array([0], np.int64))
    parts = _parts(d, states, at + "states")
    heads = []
    for weight, kind in zip(three, KINDS, strict=True):
        product = _product(d, parts, weight, at + kind)
        heads.append(d.add("Unsqueeze", [product, axis], at + kind + "_batch"))
    biases = [d.weights(f"{name}attention.self.{kind}.bias") for kind in KINDS]
    bias = d.add("Concat", biases, at + "bias", axis=0)
    d.add("ms:MultiHeadAttention", [*heads, bias], at + "heads", num_heads=HEADS)
    attended = d.add("Squeeze", [at + "heads", axis], at + "attended")
    mixed = _product(d, _parts(d, attended, attended), out, at + "mixed")
    middle = _normed(d, [mixed, states], name + "attention.output.", at + "middle")
    widened = _product(d, _parts(d, middle, middle), wide, at + "wide")
    bias = d.weights(name + "intermediate.dense.bias")
    bent = d.add("ms:BiasGelu", [widened, bias], at + "gelu")
    last = _product(d, _parts(d, bent, bent), narrow, at + "narrow")
    return _normed(d, [last, middle], name + "output.", at + "out")


def _normed(d: _Drawing, pair: list[str], name: str, out: str) -> str:
    """Sum a product, its bias and what it is added to, normalised."""
    norm = [d.weights(f"{name}LayerNorm.{part}") for part in ("weight", "bias")]
    bias = d.weights(name + "dense.bias")
    return d.add("ms:SkipLayerNormalization", [*pair, *norm, bias], out, epsilon=EPSILON)


def _parts(d: _Drawing, x: str, at: str) -> tuple[str, str, str]:
    """Return each row as bytes, what they leave of it as finer bytes, and its scale (n, 1)."""
    d.add("Abs", [x], at + "_abs")
    d.add("ReduceMax", [at + "_abs"], at + "_max", keepdims=1, axes=[1])
    step = d.constant("step", np.float32(1 / LEVELS))
    scale = d.add("Mul", [at + "_max", step], at + "_scale")
    axis = d.constant("axis1", np.array([1], np.int64))
    scales = d.add("Squeeze", [scale, axis], at + "_scales")
    coarse = d.add("QuantizeLinear", [x, scales, "middles"], at + "_coarse", axis=0)
    d.add("DequantizeLinear", [coarse, scales, "middles"], at + "_taken", axis=0)
    d.add("Sub", [x, at + "_taken"], at + "_left")
    d.add("Mul", [scales, d.constant("finer", np.float32(1 / FINER))], at + "_finer")
    fine = d.add("QuantizeLinear", [at + "_left", at + "_finer", "middles"], at + "_fine", axis=0)
    return coarse, fine, scale


def _product(d: _Drawing, parts: tuple[str, str, str], weight: str, out: str) -> str:
    """Multiply both parts (n, k) by int8 weights (k, m) and give the sum its scales back."""
    *bytes_, scale = parts
    whole = d.weights(weight + "_q")
    columns = d.weights(weight + "_scale", d.shape(weight + "_q")[1:])
    factors = {"whole": np.float32(1), "finer": np.float32(1 / FINER)}
    for part, (name, factor) in zip(bytes_, factors.items(), strict=True):
        inputs = [part, whole, d.constant(name, factor), columns, "middle"]
        d.add("ms:MatMulIntegerToFloat", inputs, f"{out}_{name}")
    d.add("Add", [out + "_whole", out + "_finer"], out + "_unscaled")
    return d.add("Mul", [out + "_unscaled", scale], out)


if __name__ == "__main__":
    GRAPH.write_bytes(build())
