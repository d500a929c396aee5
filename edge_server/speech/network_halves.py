"""Cuts an ONNX network in two, so that its second half can be run on a piece of what the first gives.

A network is a protobuf message (`ModelProto`, field numbers as in ONNX's own onnx.proto). Only what the cut needs is
read; nodes and weights are copied as they stand, each into the half that uses it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

_GRAPH = 7
_NODE, _GRAPH_NAME, _WEIGHT, _INPUT, _OUTPUT = 1, 2, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_WEIGHT_NAME, _VALUE_NAME = 8, 1
_BYTES = 2
"""Wire type of strings and messages."""
_FLOAT_TENSOR = bytes((0x0A, 0x02, 0x08, 0x01))
"""A type: a tensor of float32 whose shape is not told."""

Field = tuple[int, memoryview, memoryview]
"""A field of a message: its number, its content (empty for a number), and all of its bytes."""


class CutError(ValueError):
    """The network has no such place to be cut."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Two networks: `front` gives the one tensor named `between`, `back` takes it and gives what the whole gave."""

    front: bytes
    back: bytes
    between: str


@dataclass(slots=True)
class _Node:
    inputs: list[str]
    outputs: list[str]
    raw: memoryview


@dataclass(slots=True)
class _Graph:
    nodes: list[_Node]
    weights: dict[str, memoryview]
    inputs: dict[str, memoryview]
    outputs: dict[str, memoryview]


def halves(network: bytes | memoryview, weight: str) -> Halves:
    """`network` cut in front of the node that uses `weight`. Raises CutError when there is none, or when what follows
    the cut needs anything else from before it."""
    head, graph = _read(memoryview(network))
    start = next((node for node in graph.nodes if weight in node.inputs), None)
    if start is None or len(graph.outputs) != 1:
        raise CutError(f"no node uses {weight}, or the network gives several things")
    between = start.inputs[0]
    value = _field(_VALUE_NAME, between.encode()) + _field(2, _FLOAT_TENSOR)
    made_between, made_output = _field(_OUTPUT, value), b"".join(graph.outputs.values())
    taken = b"".join(graph.inputs.values())
    front = head + _field(_GRAPH, _part(graph, [between], ()) + taken + made_between)
    needed = _part(graph, graph.outputs, (between,), without=graph.inputs)
    back = head + _field(_GRAPH, needed + _field(_INPUT, value) + made_output)
    return Halves(front, back, between)


def _part(graph: _Graph, wanted: Collection[str], given: Collection[str], without: Collection[str] = ()) -> bytes:
    """The nodes and weights that make the tensors `wanted` of those `given`. Raises CutError when one of `without` is
    needed."""
    makers = {output: node for node in graph.nodes for output in node.outputs}
    needed, todo = set[str](), list(wanted)
    while todo:
        name = todo.pop()
        if name in needed or name in given or not name:
            continue
        if name in without:
            raise CutError(f"{name} is needed on both sides of the cut")
        needed.add(name)
        if name in makers:
            todo += makers[name].inputs
    nodes = (node.raw for node in graph.nodes if not needed.isdisjoint(node.outputs))
    weights = (raw for name, raw in graph.weights.items() if name in needed)
    return b"".join((*nodes, _field(_GRAPH_NAME, b"half"), *weights))


def _read(model: memoryview) -> tuple[bytes, _Graph]:
    """All of `model` but its graph, and the graph."""
    head = b"".join(raw for number, _, raw in _fields(model) if number != _GRAPH)
    whole = next((content for number, content, _ in _fields(model) if number == _GRAPH), memoryview(b""))
    graph = _Graph([], {}, {}, {})
    for number, content, raw in _fields(whole):
        if number == _NODE:
            graph.nodes.append(_Node(_names(content, _NODE_INPUT), _names(content, _NODE_OUTPUT), raw))
        elif number == _WEIGHT:
            graph.weights[_names(content, _WEIGHT_NAME)[0]] = raw
        elif number == _INPUT:
            graph.inputs[_names(content, _VALUE_NAME)[0]] = raw
        elif number == _OUTPUT:
            graph.outputs[_names(content, _VALUE_NAME)[0]] = raw
    return head, graph


def _names(message: memoryview, wanted: int) -> list[str]:
    return [str(content, "utf-8") for number, content, _ in _fields(message) if number == wanted]


def _fields(message: memoryview) -> Iterator[Field]:
    """The fields of a protobuf message. Raises CutError where it is not one."""
    at, end = 0, len(message)
    while at < end:
        begins = at
        key, at = _varint(message, at)
        from_, kind = at, key & 7
        if kind == _BYTES:
            length, from_ = _varint(message, at)
            at = from_ + length
        elif kind == 0:
            _, from_ = _varint(message, at)
            at = from_
        elif kind in (1, 5):
            at = from_ = at + (8 if kind == 1 else 4)
        else:
            raise CutError("not a protobuf message")
        yield key >> 3, message[from_:at], message[begins:at]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    number = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise CutError("not a protobuf message")
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _number(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))
