"""The backward pass: from the gradient of a result to those of everything it was computed from.

Nodes are visited in reverse topological order, so a gradient is complete when it is passed on. Until then it waits in
a dictionary. All of it is

    for node in reversed(topological_order(root)):
        g = gradients.pop(node)
        for parent, part in zip(node.parents, node.plan.gradients(node, g)):
            gradients[parent] = gradients[parent] + part if parent in gradients else part

and `visit` adds to these lines: only what leads to the inputs that are asked for is visited; a part is summed over what
was broadcast, and cast; the first part that arrives is kept as it is, only a second one makes a buffer, which later
ones are added to in place; and what a node kept is let go.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.graph import topological_order
from autograd.tensor.derivatives.shapes import clone
from autograd.tensor.derivatives.special import column_sums
from autograd.tensor.engine import Tensor, graph_of, new, wrap
from autograd.tensor.errors import check_finite
from autograd.tensor.grad_mode import mode
from autograd.tensor.recording import Node, Part

Tensors = Tensor | Sequence[Tensor]


def backward(self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
    """Add the gradient of this tensor with respect to each leaf below it to that leaf's `grad`.

    `gradient`, of this tensor's shape, is what the pass starts from; a tensor of one number starts from 1. The graph
    is freed unless `retain_graph`; with `create_graph=True` the gradients have graphs of their own.
    """
    g = first_gradient(self, gradient, create_graph, "")  # brings the graph up to date
    start = {self.node: g}
    left, borrowed = propagate(start, retain_graph, create_graph)
    for leaf, g in left.items():
        if (tensor := leaf.tensor()) is not None and tensor.node is not None:  # neither gone nor frozen since
            accumulate(tensor, g, leaf in borrowed)


def grad(
    outputs: Tensors, inputs: Tensors, grad_outputs: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Return the gradients of the sum of `outputs` with respect to `inputs`, and leave every `grad` as it is.

    `grad_outputs` weighs the outputs; None stands for 1 and needs an output of one number. An input that no output
    depends on raises an error, or has the gradient None with `allow_unused`, or zeros with `materialize_grads`.
    """
    outputs, wanted = listed(outputs), listed(inputs)
    weights = [None] * len(outputs) if grad_outputs is None else listed(grad_outputs)
    if len(weights) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(weights)} gradients")
    if not all(x.requires_grad for x in wanted):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    start: dict[Any, Any] = {}
    for i, (output, weight) in enumerate(zip(outputs, weights, strict=True)):
        g = first_gradient(output, weight, create_graph, f"[{i}]")
        start[output.node] = start[output.node] + g if output.node in start else g
    found: dict[Any, Any] = {x.node: None for x in wanted}
    left, _ = propagate(start, retain_graph, create_graph, found)
    results: list[Tensor | None] = []
    for x in wanted:
        g = left.get(x.node, found[x.node])
        if g is None and not (allow_unused or materialize_grads):
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        if g is None:
            results.append(wrap(np.zeros_like(x._data)) if materialize_grads else None)
        else:
            results.append(g if isinstance(g, Tensor) else wrap(np.array(g)))
    return tuple(results)


def listed(x: Tensors) -> list[Any]:
    return [x] if isinstance(x, Tensor) else list(x)


def first_gradient(output: Tensor, gradient: Any, create_graph: bool, place: str) -> Any:
    """Return the gradient that a pass starts from at `output`: an array, or a Tensor if it makes a graph."""
    if graph_of(output) is None:
        raise RuntimeError(
            f"element {place.strip('[]') or 0} of tensors does not require grad and does not have a grad_fn"
        )
    if gradient is None:
        if output._data.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs; this one has shape {output.shape}"
            )
        gradient = np.ones(output._data.shape, output._data.dtype)
        return wrap(gradient) if create_graph else gradient
    gradient = gradient.to(output.dtype) if isinstance(gradient, Tensor) else wrap(np.asarray(gradient, output.dtype))
    if gradient.shape != output.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output{place} has a shape of {gradient.shape} "
            f"and output{place} has a shape of {output.shape}."
        )
    return gradient if create_graph else gradient._data


def propagate(
    gradients: dict[Any, Any], retain_graph: bool | None, create_graph: bool, found: dict[Any, Any] | None = None
) -> tuple[dict[Any, Any], set[Any]]:
    """Pass gradients on from the roots, their keys, to the leaves; return those of the leaves.

    If targets are given as the keys of `found`, only what leads to them is visited, and the gradients of computed
    ones are written there. The second result holds the leaves whose gradient may share the memory of another one.
    """
    recording, mode.recording = mode.recording, create_graph
    try:
        order = graph_order(list(gradients))
        return visit(order, gradients, retain_graph or (create_graph and retain_graph is None), create_graph, found)
    finally:
        mode.recording = recording


def visit(
    order: list[Node], gradients: dict[Any, Any], retain_graph: bool, create_graph: bool, found: dict[Any, Any] | None
) -> tuple[dict[Any, Any], set[Any]]:
    """Do what `propagate` says, in the reverse of the order.

    A gradient that is `borrowed` may be the array of another one, as both inputs of a sum get the sum's; one that is
    `owned` was made here, and is added to in place. Towards targets only parents that are `useful` are asked for.
    """
    useful, only = None if found is None else leading_to(order, found), None
    borrowed, owned = set(gradients), set()
    for node in reversed(order):
        g = gradients.pop(node, None)
        if g is None:
            continue
        if node.retained is not None and (tensor := node.retained()) is not None:
            accumulate(tensor, g, True)
        if useful is not None:
            if node in found:
                found[node] = g
            only = [parent in useful for parent in node.parents]
            if True not in only:
                continue
        i = 0  # counted by hand: zip(..., strict=True) costs 0.3 µs a node
        parts = node.plan.gradients(node, g, create_graph, only)
        for parent in node.parents:
            part = parts[i]
            i += 1
            if part is None:
                continue
            if part.shape != parent.shape:
                if type(part) is Part:
                    add_part(part, parent, gradients, owned, borrowed)
                    continue
                part = unbroadcast(part, parent.shape, node)
            if part.dtype is not parent.dtype:
                part = part.to(parent.dtype) if create_graph else part.astype(parent.dtype, copy=False)
            if parent not in gradients:
                gradients[parent] = part
                if part is g or create_graph or part.base is not None:
                    borrowed.add(parent)
            elif parent in owned:
                gradients[parent] += part
            else:
                gradients[parent] = gradients[parent] + part
                borrowed.discard(parent)
                if not create_graph:
                    owned.add(parent)
        if mode.anomaly:
            for part in parts:
                check_finite(part.g if type(part) is Part else part, node.op, (g,), "backward")
        if not retain_graph and node.plan.frees:
            node.inputs = node.output = node.saved = None
    return gradients, borrowed


def add_part(part: Part, parent: Any, gradients: dict[Any, Any], owned: set[Any], borrowed: set[Any]) -> None:
    """Add a part to the gradient of a parent, in a buffer that the pass owns."""
    if parent not in owned or not parent.shape:  # a sum of two numbers is no array
        before = gradients.get(parent)
        gradients[parent] = np.zeros(parent.shape, parent.dtype) if before is None else np.array(before)
        owned.add(parent)
        borrowed.discard(parent)
        if before is None:
            gradients[parent][part.index] = part.g
            return
    gradients[parent][part.index] += part.g


def graph_order(roots: list[Any]) -> list[Node]:
    """Return the nodes below some roots, inputs before outputs."""
    if len(roots) == 1:
        return topological_order(roots[0])
    top = new(Node)
    top.op, top.parents = "roots", tuple(roots)
    return topological_order(top)[:-1]


def leading_to(order: list[Node], targets: set[Any]) -> set[Any]:
    """Return the targets and all nodes that were computed from them."""
    useful = set(targets)
    for node in order:
        if not useful.isdisjoint(node.parents):
            useful.add(node)
    return useful


def unbroadcast(g: Any, shape: tuple[int, ...], node: Node) -> Any:
    """Return a gradient summed over the dimensions along which an input of this shape was broadcast."""
    extra = len(g.shape) - len(shape)
    if extra > 0 and g.shape[extra:] == shape and type(g) is np.ndarray and g.size:
        total = column_sums(g if extra == len(shape) == 1 else g.reshape(-1, math.prod(shape)))
        return total if len(shape) == 1 else total.reshape(shape)
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 != g.shape[i + extra]) if extra >= 0 else ()
    fits = extra >= 0 and all(n in (1, m) for n, m in zip(shape, g.shape[extra:], strict=True))
    if not fits:
        raise RuntimeError(
            f"{node.op}: a VJP returned a gradient of shape {tuple(g.shape)} for an input of shape {tuple(shape)}"
        )
    if extra:
        g = np.sum(g, axis=tuple(range(extra)))
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def accumulate(leaf: Tensor, g: Any, is_borrowed: bool) -> None:
    """Add a gradient to the `grad` of a leaf."""
    if isinstance(g, Tensor):
        leaf.grad = clone(g) if leaf.grad is None else leaf.grad + g  # two leaves may get the same g
    elif leaf.grad is None:
        leaf.grad = wrap(np.array(g) if is_borrowed else g)
    elif leaf.grad.node is not None:
        leaf.grad = wrap(leaf.grad._data + g)
    else:
        leaf.grad._data += g
        if leaf.grad.version is not None:
            leaf.grad.version.counter.count += 1
