"""The backward pass: from the gradient of a result to those of everything it was computed from.

Nodes are visited in reverse topological order, so a gradient is complete when it is passed on. Until then it waits in
a dictionary. All of it is

    for node in reversed(topological_order(root)):
        g = gradients.pop(node)
        for parent, part in zip(node.parents, node.plan.gradients(node, g)):
            gradients[parent] = gradients[parent] + part if parent in gradients else part

and `visit` adds to these lines: with targets, only nodes computed from them are visited; a part is summed over what was
broadcast, and cast; a second part makes a new array, to which later ones are added in place; what a node kept is freed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.graph import topological_order
from autograd.tensor.core.fit import fitted
from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Node, SparseGradient
from autograd.tensor.core.tensor import Tensor, new, wrap
from autograd.tensor.core.versions import count_change, graph_of

# An array or a Tensor, and whether it may be added to in place: True if `add_gradients` made it. None if it is the
# gradient of another node too, as both inputs of a sum get the sum's.
Gradient = tuple[Any, bool | None]
Gradients = dict[Any, Gradient]  # of nodes and leaves


def backward(self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
    """Add the gradient of this tensor with respect to each leaf below it to that leaf's `grad`.

    `gradient`, of this tensor's shape, is what the pass starts from; a tensor of one number starts from 1. The graph
    is freed unless `retain_graph`; with `create_graph=True` the gradients have graphs of their own.
    """
    start = first_gradient(self, gradient, create_graph, "")  # brings the graph up to date
    for leaf, (g, owned) in propagate({self.node: (start, None)}, retain_graph, create_graph).items():
        tensor = leaf.tensor()
        if tensor is not None and tensor.node is not None:  # neither gone nor frozen since
            accumulate(tensor, g, owned)


Tensor.backward = backward  # type: ignore[method-assign]


def gradients_at(xs: Sequence[Tensor], start: Any, retain_graph: bool | None, create_graph: bool) -> list[Any]:
    """Return the gradients that reach some tensors from the nodes in `start`; None where none does."""
    targets: dict[Any, Any] = {x.node: None for x in xs}
    leaves = propagate(start, retain_graph, create_graph, targets)
    return [leaves[x.node][0] if x.node in leaves else targets[x.node] for x in xs]


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
    gradients: Gradients, retain_graph: bool | None, create_graph: bool, targets: dict[Any, Any] | None = None
) -> Gradients:
    """Pass gradients on from the roots, their keys, to the leaves; return those of the leaves.

    With targets, only nodes computed from them are visited; the gradients of targets that are no leaves are put there.
    """
    recording, mode.recording = mode.recording, create_graph
    retain_graph = create_graph if retain_graph is None else retain_graph
    try:
        return visit(graph_order(list(gradients)), gradients, retain_graph, create_graph, targets)
    finally:
        mode.recording = recording


def visit(order: list[Node], gradients: Gradients, retain_graph: bool, create_graph: bool, targets: Any) -> Gradients:
    """Do what `propagate` says, in the reverse of the order."""
    useful, only = None if targets is None else leading_to(order, targets), None
    for node in reversed(order):
        g, _ = gradients.pop(node, (None, False))
        if g is None:
            continue
        if node.retained is not None and (tensor := node.retained()) is not None:
            accumulate(tensor, g, None)
        if useful is not None:
            if node in targets:
                targets[node] = g
            only = [parent in useful for parent in node.parents]
            if True not in only:
                continue
        parts, i = node.plan.gradients(node, g, create_graph, only), 0
        for parent in node.parents:  # the fastest of the ways to go through two lists
            part = parts[i]
            i += 1
            if part is not None:
                if part.shape != parent.shape or part.dtype is not parent.dtype:
                    part = fitted(part, parent, node, parent in gradients)
                before, shared = gradients.get(parent), None if part is g else False
                gradients[parent] = (part, shared) if before is None else add_gradients(*before, part)
        if mode.anomaly:
            for part in parts:
                hooks.check(part, node.op, (g,), "backward")
        if not retain_graph and node.plan.keeps_numbers:
            node.inputs = node.output = node.saved = None
    return gradients


def add_gradients(total: Any, owned: bool | None, part: Any) -> Gradient:
    """Return a gradient with another part added, in place where it is owned: where this function made the array."""
    if type(part) is SparseGradient:
        total = total if owned and type(total) is np.ndarray else np.array(total)  # a sum of two numbers is no array
        total[part.index] += part.values
    elif owned:
        total += part
    else:
        total = total + part
    return total, type(total) is not Tensor


def graph_order(roots: list[Any]) -> list[Node]:
    """Return the nodes below some roots, inputs before outputs."""
    if len(roots) == 1:
        return topological_order(roots[0])
    top = new(Node)
    top.op, top.parents = "roots", tuple(roots)
    return topological_order(top)[:-1]


def leading_to(order: list[Node], targets: Any) -> set[Any]:
    """Return the targets and all nodes that were computed from them."""
    useful = set(targets)
    for node in order:
        if not useful.isdisjoint(node.parents):
            useful.add(node)
    return useful


def accumulate(leaf: Tensor, g: Any, owned: bool | None) -> None:
    """Add a gradient to the `grad` of a leaf; the array itself becomes the `grad` if it is `owned`."""
    if isinstance(g, Tensor):
        leaf._grad = g.clone() if leaf.grad is None else leaf.grad + g  # two leaves may get the same g
    elif leaf.grad is None:
        leaf._grad = wrap(g if owned or (owned is False and g.base is None) else np.array(g))
    elif leaf.grad.node is not None:
        leaf._grad = wrap(leaf.grad._data + g)
    else:
        leaf.grad._data += g
        count_change(leaf.grad)
