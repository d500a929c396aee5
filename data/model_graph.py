"""Makes an ONNX model with 8-bit weights compute with them, instead of turning them into floats first.

Such a model holds its weights as int8 with one scale a column, and a `Cast` and a `Mul` before each `MatMul` that turn
them into float32; ONNX Runtime does that once, when it loads the model, and then reads four times as many bytes for
every text. Here each such `MatMul` becomes a `com.microsoft.MatMulNBits` over the same weights, which rounds its input
to 8 bits too, 128 numbers at a time. A row's answer does not depend on the other rows.

Only the protocol-buffer fields that are changed are read, as onnx.proto numbers them; everything else stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from data.protobuf import fields, written

BLOCK = 128
"""So many numbers of a row share one scale when they are rounded."""

_FLOAT, _UINT8, _INT8 = 1, 2, 3  # TensorProto.DataType
_INT = 2  # AttributeProto.AttributeType
_INPUT_AS_INT8 = 4  # `accuracy_level` of MatMulNBits

# Field numbers of onnx.proto.
_MODEL_GRAPH, _MODEL_OPSET = 7, 8
_GRAPH_NODE, _GRAPH_TENSOR = 1, 5
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 1, 2, 4, 5, 7
_ATTRIBUTE_NAME, _ATTRIBUTE_INT, _ATTRIBUTE_TYPE = 1, 3, 20
_TENSOR_DIMENSION, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_DATA = 1, 2, 8, 9
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2

_Bytes = bytes | memoryview
_Value = int | _Bytes
_Fields = list[tuple[int, _Value]]
"""A message: field numbers with numbers or bytes, in order."""


@dataclass(slots=True)
class _Node:
    fields: _Fields
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    operator: str = ""


def computing_in_8_bits(model: bytes) -> bytes:
    """The model with its 8-bit weights multiplied as they are.

    Given back unchanged when it has none that stand as the module says, or is no ONNX model at all.
    """
    try:
        return _rewritten(model)
    except (ValueError, IndexError, UnicodeDecodeError):
        return model


def _rewritten(model: bytes) -> bytes:
    outer = _read(model)
    graph = _read(b"".join(_contents(outer, _MODEL_GRAPH)))
    nodes = {index: _node(value) for index, (number, value) in enumerate(graph) if number == _GRAPH_NODE}
    made_by = {name: index for index, node in nodes.items() for name in node.outputs}
    readers = Counter(name for node in nodes.values() for name in node.inputs)
    tensors = {
        _text(_read(value), _TENSOR_NAME): index
        for index, (number, value) in enumerate(graph)
        if number == _GRAPH_TENSOR and not isinstance(value, int)
    }
    done: set[int] = set()
    for index, node in nodes.items():
        chain = _weights_of(node, nodes, made_by)
        if chain is None or any(readers[name] > 1 for name in chain.names):
            continue
        if chain.weights not in tensors or chain.scales not in tensors:
            continue
        packed = _packed(graph[tensors[chain.weights]][1], graph[tensors[chain.scales]][1])
        if packed is None:
            continue
        graph[tensors[chain.weights]], graph[tensors[chain.scales]] = packed.weights, packed.scales
        graph[index] = (_GRAPH_NODE, _multiplication(node, chain, packed))
        done |= chain.nodes
    if not done:
        return model
    smaller = written(field for index, field in enumerate(graph) if index not in done)
    outer = [(number, smaller if number == _MODEL_GRAPH else value) for number, value in outer]
    outer.append((_MODEL_OPSET, written([(_OPSET_DOMAIN, b"com.microsoft"), (_OPSET_VERSION, 1)])))
    return written(outer)


@dataclass(frozen=True, slots=True)
class _Chain:
    """What stands before a `MatMul`: the names of the stored weights and scales, and the nodes between."""

    weights: str
    scales: str
    names: tuple[str, ...]
    nodes: frozenset[int]


def _weights_of(node: _Node, nodes: Mapping[int, _Node], made_by: Mapping[str, int]) -> _Chain | None:
    if node.operator != "MatMul" or (product := made_by.get(node.inputs[1])) is None:
        return None
    if nodes[product].operator != "Mul" or (cast := made_by.get(nodes[product].inputs[0])) is None:
        return None
    if nodes[cast].operator != "Cast":
        return None
    (weights,), (floats, scales) = nodes[cast].inputs, nodes[product].inputs
    return _Chain(weights, scales, (weights, scales, floats, node.inputs[1]), frozenset((product, cast)))


@dataclass(frozen=True, slots=True)
class _Packed:
    weights: tuple[int, bytes]
    scales: tuple[int, bytes]
    rows: int
    columns: int


def _packed(weights: _Value, scales: _Value) -> _Packed | None:
    """Weights (rows, columns) and a scale a column, as MatMulNBits takes them: by columns, in blocks, 128 for zero."""
    if isinstance(weights, int) or isinstance(scales, int):
        return None
    kept, scaled = _read(weights), _read(scales)
    shape = [value for number, value in kept if number == _TENSOR_DIMENSION and isinstance(value, int)]
    raw = next(iter(_contents(kept, _TENSOR_DATA)), b"")
    factors = next(iter(_contents(scaled, _TENSOR_DATA)), b"")
    if (_TENSOR_TYPE, _INT8) not in kept or (_TENSOR_TYPE, _FLOAT) not in scaled or len(shape) != 2:
        return None
    rows, columns = shape
    if rows % BLOCK or len(raw) != rows * columns or len(factors) != 4 * columns:
        return None
    whole = np.frombuffer(raw, dtype=np.int8).reshape(rows, columns)
    blocks = np.ascontiguousarray((whole.T.astype(np.int16) + 128).astype(np.uint8))
    repeated = np.repeat(np.frombuffer(factors, dtype="<f4"), rows // BLOCK)
    return _Packed(
        _tensor(_text(kept, _TENSOR_NAME), _UINT8, (columns, rows // BLOCK, BLOCK), blocks.tobytes()),
        _tensor(_text(scaled, _TENSOR_NAME), _FLOAT, (len(repeated),), repeated.tobytes()),
        rows,
        columns,
    )


def _multiplication(node: _Node, chain: _Chain, packed: _Packed) -> bytes:
    """`node`, multiplying with packed weights."""
    settings = {"K": packed.rows, "N": packed.columns, "bits": 8, "block_size": BLOCK, "accuracy_level": _INPUT_AS_INT8}
    left = [(number, value) for number, value in node.fields if number not in (_NODE_INPUT, _NODE_OPERATOR)]
    return written(
        [
            *((_NODE_INPUT, name.encode()) for name in (node.inputs[0], chain.weights, chain.scales)),
            *left,
            (_NODE_OPERATOR, b"MatMulNBits"),
            (_NODE_DOMAIN, b"com.microsoft"),
            *(
                (
                    _NODE_ATTRIBUTE,
                    written([(_ATTRIBUTE_NAME, name.encode()), (_ATTRIBUTE_INT, value), (_ATTRIBUTE_TYPE, _INT)]),
                )
                for name, value in settings.items()
            ),
        ]
    )


def _tensor(name: str, kind: int, shape: Iterable[int], data: bytes) -> tuple[int, bytes]:
    dimensions = ((_TENSOR_DIMENSION, size) for size in shape)
    tensor: _Fields = [*dimensions, (_TENSOR_TYPE, kind), (_TENSOR_NAME, name.encode()), (_TENSOR_DATA, data)]
    return _GRAPH_TENSOR, written(tensor)


def _node(value: _Value) -> _Node:
    message = [] if isinstance(value, int) else _read(value)
    node = _Node(message, operator=_text(message, _NODE_OPERATOR))
    node.inputs = [str(name, "utf-8") for name in _contents(message, _NODE_INPUT)]
    node.outputs = [str(name, "utf-8") for name in _contents(message, _NODE_OUTPUT)]
    return node


def _text(message: _Fields, wanted: int) -> str:
    return str(next(iter(_contents(message, wanted)), b""), "utf-8")


def _contents(message: _Fields, wanted: int) -> list[_Bytes]:
    """The bytes of each field with the number `wanted`."""
    return [value for number, value in message if number == wanted and not isinstance(value, int)]


def _read(message: _Bytes) -> _Fields:
    """The fields of a message. Raises ValueError when it is none, or has fields of fixed width (none is known)."""
    read: _Fields = []
    for one in fields(message):
        if one.fixed:
            raise ValueError("a field of fixed width is not expected here")
        read.append((one.number, one.value))
    return read
