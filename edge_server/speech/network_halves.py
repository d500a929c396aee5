"""Cuts an ONNX network in two, so that its second half can be run on a piece of what the first gives.

A network is a protobuf message (`ModelProto`, field numbers as in ONNX's own onnx.proto). Only what the cut needs is
read; nodes and weights are copied as they stand, each into the half that uses it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from data.protobuf import Field, MessageError, fields, written

_GRAPH = 7
_NODE, _GRAPH_NAME, _WEIGHT, _INPUT, _OUTPUT = 1, 2, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_WEIGHT_NAME, _VALUE_NAME, _VALUE_TYPE = 8, 1, 2
_FLOAT_TENSOR = bytes((0x0A, 0x02, 0x08, 0x01))
"""A type: a tensor of float32 whose shape is not told."""


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
    """`network` cut in front of the node that uses `weight`. Raises CutError when there is none, when what follows the
    cut needs anything else from before it, or when this is no network."""
    try:
        head, graph = _read(network)
    except (MessageError, UnicodeDecodeError) as error:
        raise CutError(f"not a network: {error}") from error
    start = next((node for node in graph.nodes if weight in node.inputs), None)
    if start is None or len(graph.outputs) != 1:
        raise CutError(f"no node uses {weight}, or the network gives several things")
    between = start.inputs[0]
    value = written([(_VALUE_NAME, between.encode()), (_VALUE_TYPE, _FLOAT_TENSOR)])
    made_between, made_output = written([(_OUTPUT, value)]), b"".join(graph.outputs.values())
    taken = b"".join(graph.inputs.values())
    front = head + written([(_GRAPH, _part(graph, [between], ()) + taken + made_between)])
    needed = _part(graph, graph.outputs, (between,), without=graph.inputs)
    back = head + written([(_GRAPH, needed + written([(_INPUT, value)]) + made_output)])
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
    return b"".join((*nodes, written([(_GRAPH_NAME, b"half")]), *weights))


def _read(model: bytes | memoryview) -> tuple[bytes, _Graph]:
    """All of `model` but its graph, and the graph. Raises MessageError and CutError."""
    outer = list(fields(model))
    head = b"".join(one.raw for one in outer if one.number != _GRAPH)
    whole = next((one for one in outer if one.number == _GRAPH), None)
    graph = _Graph([], {}, {}, {})
    for one in fields(_content(whole)) if whole else ():
        if one.number == _NODE:
            node = _content(one)
            graph.nodes.append(_Node(_names(node, _NODE_INPUT), _names(node, _NODE_OUTPUT), one.raw))
        elif one.number == _WEIGHT:
            graph.weights[_name(one, _WEIGHT_NAME)] = one.raw
        elif one.number == _INPUT:
            graph.inputs[_name(one, _VALUE_NAME)] = one.raw
        elif one.number == _OUTPUT:
            graph.outputs[_name(one, _VALUE_NAME)] = one.raw
    return head, graph


def _name(field: Field, wanted: int) -> str:
    """The name of what `field` holds, in its field `wanted`."""
    if names := _names(_content(field), wanted):
        return names[0]
    raise CutError(f"what stands in field {field.number} of the network has no name")


def _names(message: memoryview, wanted: int) -> list[str]:
    return [str(_content(one), "utf-8") for one in fields(message) if one.number == wanted]


def _content(field: Field) -> memoryview:
    """The bytes of a field."""
    if isinstance(field.value, int):
        raise CutError(f"field {field.number} of the network is a number")
    return field.value
