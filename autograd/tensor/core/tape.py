"""What an operation leaves in the graph: a node with what the backward pass will need, and no more."""

from typing import Any

from autograd.tensor.core.errors import freed_error, version_error
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Node, Shape
from autograd.tensor.core.tensor import Tensor, new, wrap

NOTHING, SHAPE, NUMBERS = 0, 1, 2  # what is kept of an input


def record(plan: Any, inputs: tuple[Any, ...], parents: tuple[Any, ...], y: Any, settings: Any) -> Node:
    """Return the node of a result `y`, with what its plan keeps, and the current version counts."""
    node: Node = new(Node)
    if mode.nodes is not None:
        mode.nodes.append(node)
    node.op, node.parents, node.plan, node.settings = plan.op, parents, plan, settings
    node.shape, node.dtype = y.shape, y.dtype
    node.output = y if plan.keeps_output else None
    node.versions = node.output_counter = node.saved = node.retained = None
    if not plan.keeps_inputs:
        node.inputs = plan.no_inputs
        return node
    kept, i = [], 0
    for kind in plan.kept:
        x = inputs[i]
        if not isinstance(x, Tensor):
            kept.append(x)
        elif kind == NUMBERS:
            kept.append(x)
            if x.version is not None:
                if node.versions is None:
                    node.versions = [0] * len(inputs)
                node.versions[i] = x.version.counter.count
        else:
            kept.append(Shape(x._data) if kind == SHAPE else None)
        i += 1
    node.inputs = kept
    return node


def saved_values(node: Node, g: Any, as_tensors: bool) -> list[Any]:
    """Return a list of g, the output and the inputs that a node kept, as tensors or as arrays.

    Raises RuntimeError if they were freed by an earlier backward pass, or if their memory was changed since.
    """
    if node.inputs is None:
        raise freed_error()
    versions, values, i = node.versions, [g, node.output, *node.inputs], 2
    for x in node.inputs if node.plan.keeps_inputs else ():
        if isinstance(x, Tensor):
            if x.version is not None:
                then = 0 if versions is None else versions[i - 2]
                if x.version.counter.count != then:
                    raise version_error(node, x.shape, x.version.counter.count, then)
            values[i] = x if as_tensors else x._data
        i += 1
    if node.output is not None:
        if node.output_counter is not None and node.output_counter.count:
            raise version_error(node, node.shape, node.output_counter.count, 0)
        if as_tensors:
            values[1] = wrap(node.output)
            values[1].node = node
    return values
